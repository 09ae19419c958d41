"""Pairs as pieces, the loss, the marks, and the vocabulary."""

from __future__ import annotations

import numpy as np
import pytest

from dltasks.data.examples import Example
from dltasks.tasks.translation.keeping import with_marks
from dltasks.tasks.translation.sentences import Sentences
from dltasks.tasks.translation.vocabulary import learn_pieces
from pipelines.errors import BundleError, ConfigurationError
from pipelines.search.graph_decoder import PADDING
from pipelines.search.pieces import BEGIN, END
from pipelines.text import KEPT_MARKS
from pipelines.translation.pieces import TranslationPieces

PAIRS = [
    Example("Where is Tom?", "¿Dónde está Tom?"),
    Example("He has 12 houses, a dog and 3 cats.", "Tiene 12 casas, un perro y 3 gatos."),
    Example("I like it very much.", "Me gusta mucho."),
]
TEXTS = [text for pair in PAIRS for text in (pair.source, pair.target)]
BOTH = (("es", False), ("en", True))


@pytest.fixture(scope="module")
def pieces() -> TranslationPieces:
    return TranslationPieces(learn_pieces(TEXTS * 5, ("en", "es"), 340), origin="test")


def cut(pieces: TranslationPieces, **changes) -> Sentences:
    settings = {"segmentations": 1, "longest": 100, **changes}
    return Sentences(PAIRS, pieces, BOTH, **settings)


def batches(sentences: Sentences, seed: int = 1, start: int = 0, size: int = 2) -> list:
    import tensorflow as tf

    order = tf.data.Dataset.range(start, 6).map(lambda number: (number, number))
    found = sentences.batches(order, size, seed=seed, drop_remainder=False)
    return [[part.numpy() for part in tf.nest.flatten(batch)] for batch in found]


@pytest.mark.parametrize("text", [*TEXTS, "日本 👍 ñandú ő", "{name} <b>x</b>", "tab\there", ""])
def test_what_is_cut_into_pieces_comes_back(pieces: TranslationPieces, text: str) -> None:
    assert pieces.decode(pieces.encode(text)) == " ".join(text.split())
    for variant in pieces.encode_variants(text, 4):
        assert pieces.decode(variant) == " ".join(text.split())


def test_the_same_text_gives_the_same_vocabulary() -> None:
    first, second = (learn_pieces(TEXTS * 5, ("en", "es"), 340) for _ in range(2))
    assert first == second


def test_too_small_a_vocabulary_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="vocabulary 20 cannot be learned"):
        learn_pieces(TEXTS, ("en", "es"), 20)


def test_a_damaged_vocabulary_is_named() -> None:
    with pytest.raises(BundleError, match="here: not a SentencePiece model"):
        TranslationPieces(b"not a model", origin="here")


def test_marks_are_one_piece_and_keep_their_spaces(pieces: TranslationPieces) -> None:
    text = f"Tom {KEPT_MARKS[0]}, {KEPT_MARKS[1]}{KEPT_MARKS[2]}!"
    found = pieces.encode(text)
    assert [pieces.mark(mark) in found for mark in KEPT_MARKS[:4]] == [True, True, True, False]
    assert pieces.decode(found) == text


def test_no_special_piece_but_the_end_is_ever_said(pieces: TranslationPieces) -> None:
    special = pieces.special()
    assert END not in special
    assert {BEGIN, pieces.language("en"), pieces.mark(KEPT_MARKS[0])} <= set(special)
    assert not set(special) & set(pieces.encode(" ".join(TEXTS)))


def test_a_word_is_foreign_where_only_bytes_can_write_it(pieces: TranslationPieces) -> None:
    assert pieces.is_foreign("日本")
    assert pieces.is_foreign("👍")
    assert not pieces.is_foreign("gatos")


def test_batches_hold_both_directions_shifted_by_one_piece(pieces: TranslationPieces) -> None:
    sentences = cut(pieces)
    assert len(sentences) == 2 * len(PAIRS)
    rows = [row for batch in batches(sentences) for row in zip(*batch, strict=True)]
    for (source, target, following), text in zip(
        rows, [pair.target for pair in PAIRS] + [pair.source for pair in PAIRS], strict=True
    ):
        count = int((following != PADDING).sum())
        assert following[count - 1] == END
        assert pieces.decode(following[: count - 1]) == text
        np.testing.assert_array_equal(target[1:count], following[: count - 1])
        assert target[0] == BEGIN
        assert not following[count:].any()
        assert source[0] in (pieces.language("en"), pieces.language("es"))
    assert rows[0][0][0] == pieces.language("es")
    assert rows[3][0][0] == pieces.language("en")


def test_the_draw_of_segmentations_depends_on_seed_and_position_alone(
    pieces: TranslationPieces,
) -> None:
    sentences = cut(pieces, segmentations=8)

    def sources(**settings) -> list[list[int]]:
        return [
            row[row > 0].tolist() for batch in batches(sentences, **settings) for row in batch[0]
        ]

    assert sources() == sources()
    assert sources(start=2) == sources()[2:]
    assert sources(seed=1) != sources(seed=2)
    first = cut(pieces)
    assert sentences.target_pieces == first.target_pieces
    np.testing.assert_array_equal(sentences.lengths, first.lengths)


def test_pairs_that_are_too_long_are_counted(pieces: TranslationPieces) -> None:
    longest = max(len(pieces.encode(text)) for text in TEXTS)
    assert cut(pieces, longest=longest).left_out == 0
    assert cut(pieces, longest=longest - 1).left_out == 1


def test_marks_stand_for_what_both_sides_have_once() -> None:
    first, second = with_marks(PAIRS, 1.0, seed=1)
    assert first.source == f"Where is {first.target[-2]}?"
    assert first.target[-2] in KEPT_MARKS
    in_source = [letter for letter in second.source if letter in KEPT_MARKS]
    assert len(set(in_source)) == 2
    assert sorted(in_source) == sorted(letter for letter in second.target if letter in KEPT_MARKS)
    assert not any(digit.isdigit() for digit in second.source)


def test_the_part_that_is_marked_is_drawn_by_seed() -> None:
    names = [Example(f"I see Tom {n}x.", f"Veo a Tom {n}y.") for n in range(200)]
    half = with_marks(names, 0.5, seed=1)
    assert 70 < len(half) < 130
    assert half == with_marks(reversed(names), 0.5, seed=1)[::-1]
    assert half != with_marks(names, 0.5, seed=2)
    assert with_marks(names, 0.0, seed=1) == []
