"""Streams: every symbol comes once, each after the one before it."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from dltasks.data.texts import Passage
from dltasks.tasks.text_generation.config import TextGenerationConfig
from dltasks.tasks.text_generation.learning import learn_vocabulary
from dltasks.tasks.text_generation.streams import (
    TrainingStreams,
    ValidationStreams,
    whole_lines,
    write_symbols,
)
from pipelines.text_generation.vocabularies import (
    BOUNDARY,
    SPECIAL,
    UNKNOWN,
    CharacterVocabulary,
    PieceVocabulary,
)
from tests.writing import VERSE

RING = np.arange(100, dtype=np.uint8)


def texts(*contents: str) -> list[Passage]:
    return [Passage(content, "", is_text=True) for content in contents]


def test_texts_follow_one_another_each_after_a_boundary() -> None:
    symbols = write_symbols(texts("ab", "c"), CharacterVocabulary("abc"))
    a, b, c = range(SPECIAL, SPECIAL + 3)
    assert symbols.numbers.tolist() == [BOUNDARY, a, b, BOUNDARY, c]
    assert (symbols.characters, symbols.texts) == (3, 2)
    assert symbols.numbers.dtype == np.uint8


def test_rows_go_on_where_they_stopped() -> None:
    streams = TrainingStreams(RING, rows=4, window=6, seed=1)
    read = [streams.at(step) for step in range(40)]
    for (inputs, following), (later, _) in pairwise(read):
        np.testing.assert_array_equal(following[:, -1], later["pieces"][:, 0])
        np.testing.assert_array_equal(inputs["pieces"][:, 1:], following[:, :-1])
    assert streams.steps_per_epoch == 4
    seen = np.concatenate([inputs["pieces"].ravel() for inputs, _ in read[:5]])
    assert set(seen) == set(range(100))


def test_where_rows_read_follows_from_the_step_alone() -> None:
    streams = TrainingStreams(RING, rows=4, window=6, seed=1)
    (inputs, following), (again, same) = streams.at(17), streams.at(17)
    np.testing.assert_array_equal(inputs["begin"], again["begin"])
    np.testing.assert_array_equal(following, same)
    begins = np.array([streams.at(step)[0]["begin"] for step in range(1000)])
    assert 0.01 < begins.mean() < 0.03


def test_a_text_that_is_shorter_than_a_batch_is_read_again_and_again() -> None:
    streams = TrainingStreams(RING[:5], rows=4, window=6, seed=1)
    assert streams.steps_per_epoch == 1
    inputs, _ = streams.at(0)
    assert inputs["pieces"].shape == (4, 6)


@pytest.mark.parametrize("count", [2, 3, 40, 129, 400, 1001])
def test_validation_weighs_every_symbol_once_and_evenly(count: int) -> None:
    symbols = np.arange(count, dtype=np.int32)
    streams = ValidationStreams(symbols, most_rows=8, first_row=4, window=4)
    weight_of = np.zeros(count)
    slots = 0
    for step in range(streams.steps):
        inputs, following, weights = streams.at(step)
        is_own = weights > 0
        np.testing.assert_array_equal(following[is_own], inputs["pieces"][is_own] + 1)
        np.add.at(weight_of, following[is_own], weights[is_own])
        slots += weights.size
        assert inputs["row"].tolist() == list(range(4, 4 + streams.rows))
    np.testing.assert_allclose(weight_of[1:], slots / (count - 1), rtol=1e-6)
    assert weight_of[0] == 0


def test_validation_rows_begin_with_what_stands_before_their_part() -> None:
    streams = ValidationStreams(np.arange(1001), most_rows=4, first_row=0, window=4)
    first, _, weights = streams.at(0)
    assert streams.rows == 4
    assert first["pieces"][1:, 0].tolist() == [250 - 16, 500 - 16, 750 - 16]
    assert not weights.any()
    begins = np.array([streams.at(step)[0]["begin"] for step in range(streams.steps)])
    assert begins[:5, 0].tolist() == [1] * 5  # it begins when it comes to the beginning
    assert begins[0].tolist() == [1] * 4
    assert not begins[5:].any()
    assert not begins[1:, 1:].any()


def test_texts_are_cut_after_line_breaks() -> None:
    assert list(whole_lines(["ab", "c\nd", "e\n", "f"])) == ["abc\n", "de\n", "f"]
    assert "".join(whole_lines(["ab\n\ncd", "ef"])) == "ab\n\ncdef"


def test_pieces_keep_every_character() -> None:
    config = TextGenerationConfig(unit="pieces", vocabulary=300)
    pieces = learn_vocabulary(texts(VERSE * 20), config, None)
    assert isinstance(pieces, PieceVocabulary)
    text = "  the cat\tsat.\n\n\n Señor 🙂  rat \n"
    numbers = pieces.encode(text)
    assert pieces.decode(numbers) == text
    assert not {BOUNDARY, UNKNOWN} & set(numbers.tolist())
    assert len(pieces.encode(VERSE)) < len(VERSE)
    writer = pieces.writer()
    assert "".join(map(writer.write, numbers.tolist())) + writer.end() == text


def test_an_alphabet_goes_on_from_a_known_one() -> None:
    known = CharacterVocabulary("ba")
    found = learn_vocabulary(texts("abc", "é"), TextGenerationConfig(), known)
    assert isinstance(found, CharacterVocabulary)
    assert found.symbols == ("b", "a", "c", "é")


def test_a_vocabulary_is_the_same_however_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(VERSE, encoding="utf-8")
    one = learn_vocabulary([Passage(str(path), "")], TextGenerationConfig(), None)
    other = learn_vocabulary(texts(VERSE[:30], VERSE[30:]), TextGenerationConfig(), None)
    assert isinstance(one, CharacterVocabulary)
    assert isinstance(other, CharacterVocabulary)
    assert one.symbols == other.symbols
