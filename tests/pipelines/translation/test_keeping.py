"""What is not translated is marked, and comes back as it was."""

from __future__ import annotations

import pytest

from pipelines.errors import ConfigurationError
from pipelines.text import KEPT_MARKS
from pipelines.translation.keeping import Keeper, unmark


def kept(sentence: str, keeper: Keeper | None = None) -> list[str]:
    return [text for part in (keeper or Keeper()).mark(sentence) for _, text in part.kept]


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("Hello {name}, hi {{ user }}.", ["{name}", "{{ user }}"]),
        ("Click <b>here</b><br/>", ["<b>", "</b>", "<br/>"]),
        ("See https://a.org/b?c=d.", ["https://a.org/b?c=d"]),
        ("Write to me@example.org!", ["me@example.org"]),
        ("%s of %(count)d files, 100%", ["%s", "%(count)d"]),
        ("At 12:30 in 2024, for 1,000.50 of 7", ["12:30", "2024", "1,000.50"]),
        ("a &nbsp; b", ["&nbsp;"]),
        ("5 < 6 and 50% are plain", []),
    ],
)
def test_placeholders_tags_addresses_and_long_numbers_are_kept(
    sentence: str, expected: list[str]
) -> None:
    assert kept(sentence) == expected


def test_a_pattern_keeps_more() -> None:
    assert kept("Use FOO_BAR now", Keeper(r"[A-Z]+_[A-Z]+")) == ["FOO_BAR"]


def test_words_of_foreign_script_are_kept() -> None:
    keeper = Keeper(is_foreign=lambda word: not word.isascii())
    assert kept("Say 日本 to him 👍👍!", keeper) == ["日本", "👍👍"]


def test_a_glossary_puts_its_terms_in_place_the_longest_first() -> None:
    keeper = Keeper(glossary={"house": "casa", "white house": "Casa Blanca"})
    assert kept("The White House is no house, warehouse", keeper) == ["Casa Blanca", "casa"]


@pytest.mark.parametrize(
    "sentence", ["", "plain", "{a}", "{a} is {b}", "{0}{1}{2}{3}{4} {5}{6}{7}{8} and {9}{10} end"]
)
def test_unmarking_gives_back_what_was_marked(sentence: str) -> None:
    parts = Keeper().mark(sentence)
    assert "".join(unmark(part.text, part.kept) for part in parts) == sentence
    assert all(len(part.kept) <= len(KEPT_MARKS) for part in parts)


def test_a_mark_in_the_text_itself_is_not_taken_for_one_of_ours() -> None:
    sentence = f"{KEPT_MARKS[1]} and {{name}}"
    (part,) = Keeper().mark(sentence)
    assert unmark(part.text, part.kept) == sentence


def test_what_lost_its_mark_comes_at_the_end() -> None:
    (part,) = Keeper().mark("Hello {name}")
    assert unmark("Hola", part.kept) == "Hola {name}"


@pytest.mark.parametrize("pattern", ["(", "x*"])
def test_an_unusable_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(ConfigurationError, match="keep"):
        Keeper(pattern)
