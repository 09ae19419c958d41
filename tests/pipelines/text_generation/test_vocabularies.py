"""Texts as numbers: nothing is lost, and what is unknown is said."""

from __future__ import annotations

import pytest

from pipelines.text_generation.vocabularies import (
    SPECIAL,
    UNKNOWN,
    ByteVocabulary,
    CharacterVocabulary,
    Vocabulary,
)

TEXT = "Señor  Ünï\tcode 🙂\n\nЖ"


@pytest.mark.parametrize("vocabulary", [ByteVocabulary(), CharacterVocabulary(sorted(set(TEXT)))])
def test_what_goes_in_comes_out(vocabulary: Vocabulary) -> None:
    numbers = vocabulary.encode(TEXT)
    assert vocabulary.decode(numbers) == TEXT
    assert numbers.min() >= SPECIAL
    assert numbers.max() < len(vocabulary)
    writer = vocabulary.writer()
    assert "".join(writer.write(number) for number in numbers) + writer.end() == TEXT


def test_a_character_appears_when_its_bytes_are_complete() -> None:
    vocabulary = ByteVocabulary()
    writer = vocabulary.writer()
    assert [writer.write(number) for number in vocabulary.encode("é")] == ["", "é"]
    writer.write(vocabulary.encode("🙂")[0])
    assert writer.end() == "�"


def test_unknown_characters_are_named_once() -> None:
    vocabulary = CharacterVocabulary("abe")
    assert vocabulary.unknown_in("axbxyé") == ("x", "y", "é")
    assert vocabulary.encode("axb").tolist() == [SPECIAL, UNKNOWN, SPECIAL + 1]
    assert ByteVocabulary().unknown_in("aé🙂") == ()


def test_unknown_characters_are_written_by_like_ones() -> None:
    vocabulary = CharacterVocabulary("ae'\"- \n")
    text, stood_for = vocabulary.replace_unknown("é “æ”—’Ж")
    assert text == 'e "ae"-\'Ж'
    assert stood_for == {"“": '"', "”": '"', "é": "e", "æ": "ae", "—": "-", "’": "'", "Ж": ""}


def test_the_symbols_of_a_bundle_may_be_line_breaks() -> None:
    import json

    symbols = ("\n", "\r", " ", "\u2028", '"')
    assert tuple(json.loads(CharacterVocabulary(symbols).to_bytes())) == symbols
