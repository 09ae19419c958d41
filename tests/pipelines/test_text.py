"""Text is taken apart into sentences, and put together again as it was."""

from __future__ import annotations

import pytest

from pipelines.text import split_text, tidy


def sentences(text: str) -> list[str]:
    return [part.text for part in split_text(text) if part.is_sentence]


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "One.",
        "  One.  Two!\tThree?  ",
        "One.\r\nTwo.\n\n\nThree",
        "1.\n2.\n- 3 -\n",
        "👍👍\u2028¿Qué? ¡No! «Sí.» Luego",
        "tab\tinside and  two spaces",
    ],
)
def test_the_parts_make_the_text_again(text: str) -> None:
    assert "".join(part.text for part in split_text(text)) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("How are you? I'm fine.", ["How are you?", "I'm fine."]),
        ("¿Qué? ¡No! Bien.", ["¿Qué?", "¡No!", "Bien."]),
        ('"Go." "Why?"', ['"Go."', '"Why?"']),
        ("Mr. Smith met Dr. Who.", ["Mr. Smith met Dr. Who."]),
        ("J. R. Tolkien. El Sr. Ruiz.", ["J. R. Tolkien.", "El Sr. Ruiz."]),
        ("It is 3.14 or so. no capital", ["It is 3.14 or so. no capital"]),
        ("He said no. He left.", ["He said no.", "He left."]),
        ("one\ntwo", ["one", "two"]),
        ("42\n😀\n---", []),
    ],
)
def test_sentences_end_where_people_end_them(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


def test_white_space_around_sentences_is_not_in_them() -> None:
    assert sentences("  One.   Two.  \n Three") == ["One.", "Two.", "Three"]


def test_tidy_composes_accents_and_makes_one_space_of_many() -> None:
    assert tidy(" cafe\u0301 \t\u00a0 au  lait\n") == "café au lait"
