"""Ending at a string, while the text is shown as it is written."""

from __future__ import annotations

import pytest

from pipelines.text_generation.stopping import StopAt


@pytest.mark.parametrize(
    ("strings", "text", "shown", "ends"),
    [
        ((), "abc", "abc", False),
        (("x",), "abc", "abc", False),
        (("b",), "abc", "a", True),
        (("bc", "c"), "abcd", "a", True),
        (("\n\n",), "one\ntwo\n\nthree", "one\ntwo", True),
        (("aab",), "aaab", "a", True),
        (("abab",), "aba", "aba", False),
        (("",), "abc", "abc", False),
    ],
)
def test_a_text_ends_where_a_string_begins(
    strings: tuple[str, ...], text: str, shown: str, ends: bool
) -> None:
    for size in (1, 2, len(text)):
        stop, found, has_ended = StopAt(strings), "", False
        for first in range(0, len(text), size):
            sure, has_ended = stop.add(text[first : first + size])
            found += sure
            if has_ended:
                break
        assert (found + stop.end(), has_ended) == (shown, ends)


def test_what_may_be_the_beginning_of_a_string_is_held_back() -> None:
    stop = StopAt(["END"])
    assert stop.add("the E") == ("the ", False)
    assert stop.add("N") == ("", False)
    assert stop.add("T") == ("ENT", False)
