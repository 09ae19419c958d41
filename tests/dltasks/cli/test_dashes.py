"""A text that begins with a dash is a text, an option is an option."""

from __future__ import annotations

from typing import Any

import click
import pytest
from click.testing import CliRunner

from dltasks.cli.dashes import TextCommand, take_off


def parse(*arguments: str) -> Any:
    """Give the INPUTs and options of a call, or its message."""
    found: list[Any] = []
    command = TextCommand(
        "say",
        callback=lambda inputs, **options: found.append((inputs, options)),
        params=[
            click.Argument(["inputs"], nargs=-1, callback=take_off),
            click.Option(["--keep"]),
            click.Option(["-o", "--output"]),
            click.Option(["--seed"], type=int),
            click.Option(["-q", "--quiet"], is_flag=True),
        ],
    )
    result = CliRunner().invoke(command, list(arguments))
    return found[0] if found else result.output


@pytest.mark.parametrize(
    "text",
    [
        "- Where are you?",
        "-5 degrees outside",
        "-5",
        "-Yes, I know.",
        "-¿Dónde estás?",
        "--What? he said",
        "-- and then",
        "— No.",
        "-",
        "-...",
    ],
)
def test_what_no_option_looks_like_is_a_text(text: str) -> None:
    inputs, options = parse(text, "-q", "Hello.", "--keep", "x")
    assert inputs == (text, "Hello.")
    assert options == {"keep": "x", "output": None, "seed": None, "quiet": True}


def test_the_value_of_an_option_is_never_a_text() -> None:
    assert parse("a", "--keep", "- x", "--seed", "-5") == (
        ("a",),
        {"keep": "- x", "output": None, "seed": -5, "quiet": False},
    )
    assert parse("--keep=- x", "-o", "-a file", "-oanother file")[1]["output"] == "another file"


def test_behind_two_dashes_all_is_text() -> None:
    assert parse("-q", "--", "--keep", "- x", "-q")[0] == ("--keep", "- x", "-q")


@pytest.mark.parametrize("word", ["--kep", "-x", "--kep=a b", "-xyz"])
def test_a_mistaken_option_is_one(word: str) -> None:
    assert "No such option" in parse("a", word)
