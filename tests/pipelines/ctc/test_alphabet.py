from __future__ import annotations

from collections import Counter

import pytest

from pipelines.ctc.alphabet import Alphabet, alphabet_of, parse_alphabet
from pipelines.errors import ConfigurationError


def test_alphabet_of_texts_is_sorted_and_has_each_character_once() -> None:
    alphabet = alphabet_of(["ba", "añ b"])
    assert alphabet.symbols == (" ", "a", "b", "ñ")
    assert alphabet.blank == 4


def test_texts_come_back_from_their_indices() -> None:
    alphabet = alphabet_of(["¿dónde está?"])
    assert alphabet.decode(alphabet.encode("está ¿dónde?")) == "está ¿dónde?"


def test_a_character_that_is_not_in_it_is_named() -> None:
    with pytest.raises(ConfigurationError, match=r"'é' \(U\+00E9\) is not in the alphabet"):
        alphabet_of(["abc"]).encode("bé")
    assert alphabet_of(["abc"]).count_unknown(["éa", "é!"]) == Counter({"é": 2, "!": 1})


def test_file_keeps_order_and_space() -> None:
    alphabet = Alphabet(("z", " ", "#", "é"))
    lines = alphabet.to_bytes().decode().split("\n")[:-1]
    assert parse_alphabet(lines, "alphabet.txt") == alphabet


def test_a_decomposed_letter_is_one_symbol() -> None:
    assert parse_alphabet(["e\u0301"], "alphabet.txt").symbols == ("é",)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["a", "bc"], "alphabet.txt line 2: 'bc' is not one character"),
        (["a", ""], "alphabet.txt line 2: '' is not one character"),
        (["a", "b", "a"], "alphabet.txt line 3: 'a' is already in line 1"),
        ([], "alphabet.txt: no symbols in it"),
    ],
)
def test_a_mistake_in_the_file_is_named_by_its_line(lines: list[str], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        parse_alphabet(lines, "alphabet.txt")


def test_texts_without_characters_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="no alphabet"):
        alphabet_of(["", ""])
