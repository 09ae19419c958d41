"""dltasks generate, with a network of random weights."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dltasks.cli.generate import generate_command
from dltasks.cli.group import CommandGroup
from pipelines import load
from tests.writing import write_random_bundle

Run = Callable[..., Result]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_random_bundle(tmp_path_factory.mktemp("bundles") / "random")


@pytest.fixture
def generate(model: Path) -> Run:
    """Run the command on the random model."""
    group = CommandGroup(commands={"generate": generate_command})

    def run(*words: str | Path, stdin: bytes | None = None, length: int | None = 20) -> Result:
        arguments = ["generate", *map(str, words), "--model", str(model)]
        arguments += ["--length", str(length)] if length else []
        return CliRunner().invoke(group, arguments, input=stdin)

    return run


def test_a_text_follows_its_prompt_and_is_the_pipelines(generate: Run, model: Path) -> None:
    expected = load(model)("a cab", length=20, temperature=0.8, seed=3).text
    for words in (["--prompt", "a cab"], ["a cab"]):
        result = generate(*words, "--seed", "3")
        assert result.exit_code == 0
        assert result.stdout == f"a cab{expected}\n"
    again = generate("a cab", "--seed", "3", "--samples", "2").stdout
    first, second = again.split("-----\n")
    assert first == f"a cab{expected}\n" != second


def test_without_a_prompt_a_text_begins(generate: Run, model: Path) -> None:
    assert generate().stdout == load(model)("", length=20, temperature=0.8).text + "\n"


def test_files_and_standard_input_give_a_prompt_a_line(generate: Run, tmp_path: Path) -> None:
    path = tmp_path / "prompts.txt"
    path.write_text("a\nbad\n", encoding="utf-8")
    expected = [
        json.loads(line)
        for line in generate("a", "bad", "--format", "jsonl").stdout.split("\n")[:-1]
    ]
    for words, stdin in (([path], None), (["-"], b"a\nbad\n")):
        lines = generate(*words, "--format", "jsonl", stdin=stdin).stdout.splitlines()
        assert [json.loads(line) for line in lines] == expected
    assert [record["input"] for record in expected] == ["a", "bad"]
    assert list(expected[0]) == ["input", "task", "model", "result"]
    result = expected[0]["result"]
    assert result["text"] == result["samples"][0]["text"]
    assert len(result["samples"][0]["log_probabilities"]) == len(result["samples"][0]["pieces"])


def test_prompts_with_one_seed_draw_other_numbers_however_they_are_batched(generate: Run) -> None:
    words = ["a cab", "a cab", "a cab", "--seed", "3", "--format", "jsonl"]
    found = [generate(*words, "--batch-size", str(size)).stdout for size in (1, 2, 16)]
    assert found[0] == found[1] == found[2]
    texts = [json.loads(line)["result"]["text"] for line in found[0].splitlines()]
    assert len(set(texts)) == 3
    assert f"a cab{texts[0]}\n" == generate("a cab", "--seed", "3").stdout


def test_csv_has_a_row_for_each_sample(generate: Run) -> None:
    result = generate("a", "--format", "csv", "--samples", "3")
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert [row["sample"] for row in rows] == ["1", "2", "3"]
    assert all(float(row["score"]) < 0 for row in rows)


def test_what_the_model_does_not_know_is_said(generate: Run) -> None:
    for words in (["á Ж"], ["á Ж", "a"]):
        result = generate(*words)
        assert result.exit_code == 0
        assert "'á' (U+00E1) is not known to the model: read as 'a'" in result.stderr
        assert "'Ж' (U+0416) is not known to the model: left out" in result.stderr


def test_a_bad_prompt_among_good_ones_is_reported(generate: Run) -> None:
    result = generate("-", "--format", "jsonl", stdin=b"a\n\xff\xfe\nb\n")
    assert result.exit_code == 3
    assert len(result.stdout.splitlines()) == 3
    assert result.stderr.count("Error: ") == 1
    assert generate("-", stdin=b"\xff\xfe\n").exit_code == 3


def test_stop_takes_a_line_break_by_its_name(generate: Run) -> None:
    for seed in range(5):
        text = generate("a", "--stop", r"\n", "--seed", str(seed)).stdout
        assert text.count("\n") == 1


def test_interactive_answers_each_line(generate: Run) -> None:
    result = generate("--interactive", stdin=b"bad\nbad\n")
    assert result.exit_code == 0
    assert result.stdout.startswith("bad")
    assert result.stdout.count("bad") >= 2


def test_surprise_is_shown_in_colours_and_as_a_page(generate: Run, tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("a <bad>\ncab", encoding="utf-8")
    coloured = generate("--surprisal", "colour", path, length=None)
    assert coloured.exit_code == 0
    assert "\033[30;48;5;" in coloured.stdout
    assert "bits per character" in coloured.stdout
    page = tmp_path / "letter.html"
    assert generate("--surprisal", "html", path, "-o", page, length=None).exit_code == 0
    written = page.read_text(encoding="utf-8")
    assert written.count("<span ") == len("a <bad>\ncab")
    assert "&lt;" in written
    assert " bits" in written


def test_a_binary_file_has_no_surprise(generate: Run, tmp_path: Path) -> None:
    path = tmp_path / "picture.txt"
    path.write_bytes(b"\x89PNG\0\0\xff")
    result = generate("--surprisal", "html", path, length=None)
    assert result.exit_code == 3
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "words",
    [
        ["a", "--surprisal", "colour", "--samples", "2"],
        ["a", "--surprisal", "html", "--interactive"],
        ["--interactive", "--samples", "2"],
        ["--interactive", "--prompt", "a"],
        ["--interactive", "-o", "x.txt"],
    ],
)
def test_an_option_without_effect_is_refused(generate: Run, words: list[str]) -> None:
    result = generate(*words, length=None)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "has no effect with --" in result.stderr


def test_surprise_in_colours_is_not_written_as_a_page(generate: Run, tmp_path: Path) -> None:
    result = generate("a", "--surprisal", "colour", "-o", tmp_path / "x.html", length=None)
    assert result.exit_code == 2
    assert "has the wrong ending for --surprisal colour" in result.stderr


def test_empty_input_gives_no_text_and_that_is_said(generate: Run) -> None:
    result = generate("-", stdin=b"")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "the input has no prompt; nothing is generated\n"


def test_unusable_options_are_refused(generate: Run, tmp_path: Path) -> None:
    assert generate("--top-p", "1.5").exit_code == 2
    path = tmp_path / "a.txt"
    path.write_text("a", encoding="utf-8")
    assert generate(path, "-o", path).exit_code == 2
    assert path.read_text(encoding="utf-8") == "a"
