"""Long lines take time in proportion to their length, whatever is in them."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from pipelines import load
from pipelines.errors import InputError
from pipelines.text import split_text
from pipelines.translation import pipeline as translation
from pipelines.translation.keeping import Keeper

SHORT, LONG = 20_000, 100_000
MOST_TIMES = 10  # as long, for five times the length
LINES = {
    "letters": "a",
    "dashes": "-",
    "dots": ".",
    "digits": "1",
    "entities": "&aaa",
    "one entity": "&" + LONG * "a",
    "at signs": "a@",
    "addresses": "http://",
    "dots of addresses": "http://....",
    "tags": "<a",
    "braces": "{",
    "dollars": "${a",
    "percents": "%(a",
    "digits and dots": "1....",
    "quotes": "a.\"'",
    "brackets": "?)",
    "spaces": "a. ",
    "sentences": "It is a. ",
    "placeholders": "%s word ",
    "line breaks": "\n",
}


def seconds(work: Callable[[str], object], line: str, length: int) -> float:
    text = (line * (length // len(line) + 1))[:length]
    taken = []
    for _ in range(3):
        started = time.process_time()
        work(text)
        taken.append(time.process_time() - started)
    return max(min(taken), 1e-3)


@pytest.mark.parametrize("line", LINES)
def test_five_times_the_text_takes_at_most_ten_times_as_long(line: str) -> None:
    keeper = Keeper()

    def work(text: str) -> None:
        split_text(text)
        keeper.mark(text)

    short, long = (seconds(work, LINES[line], length) for length in (SHORT, LONG))
    assert long <= MOST_TIMES * short


@pytest.mark.parametrize("line", ["letters", "at signs", "placeholders", "sentences"])
def test_planning_a_long_line_takes_time_in_proportion(line: str) -> None:
    translator = load("translation", device="cpu")

    def work(text: str) -> None:
        translator._planner.plan([text], Keeper(is_foreign=translator._foreign))

    short, long = (seconds(work, LINES[line], length) for length in (SHORT, LONG))
    assert long <= MOST_TIMES * short


def test_a_text_that_is_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(translation, "MOST_CHARACTERS", 20)
    translate = load("translation", device="cpu")
    assert translate("Good morning.").text
    with pytest.raises(InputError, match="a text of 21 characters is too long; translate at most"):
        translate(21 * "a")
