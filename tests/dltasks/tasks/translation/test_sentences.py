"""Pairs as pieces, the loss, the marks, and the vocabulary."""

from __future__ import annotations

import numpy as np
import pytest

from dltasks.data.examples import Example
from dltasks.tasks.translation.lexicon import build_lexicon
from dltasks.tasks.translation.preparing import Direction, make_directions
from dltasks.tasks.translation.sentences import Sentences
from dltasks.tasks.translation.vocabulary import learn_pieces
from pipelines.errors import BundleError, ConfigurationError
from pipelines.search.graph_decoder import PADDING
from pipelines.search.pieces import BEGIN, END
from pipelines.translation.marks import ANY_MARK, MARKS, NAMES, NUMBERS
from pipelines.translation.names import Lexicon
from pipelines.translation.pieces import TranslationPieces

PAIRS = [
    Example("Where is Tom?", "¿Dónde está Tom?"),
    Example("He has 12 houses, a dog and 3 cats.", "Tiene 12 casas, un perro y 3 gatos."),
    Example("I like it very much.", "Me gusta mucho."),
]
TEXTS = [text for pair in PAIRS for text in (pair.source, pair.target)]
NAMED = ["Al", "Bo", "Cy", "Di", "Ed", "Flo", "Gus", "Hal", "Ian", "Jo"] * 3
BOTH = {
    "es": [(pair.source, pair.target) for pair in PAIRS],
    "en": [(pair.target, pair.source) for pair in PAIRS],
}


@pytest.fixture(scope="module")
def pieces() -> TranslationPieces:
    return TranslationPieces(learn_pieces(TEXTS * 5, ("en", "es"), 340), origin="test")


def cut(pieces: TranslationPieces, **changes) -> Sentences:
    settings = {"segmentations": 1, "longest": 100, **changes}
    return Sentences(BOTH, pieces, **settings)


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
    text = f"Tom {MARKS[0]}, {MARKS[1]}{MARKS[2]}!"
    found = pieces.encode(text)
    assert [pieces.mark(mark) in found for mark in MARKS[:4]] == [True, True, True, False]
    assert pieces.decode(found) == text


def test_no_special_piece_but_the_end_is_ever_said(pieces: TranslationPieces) -> None:
    special = pieces.special()
    assert END not in special
    assert {BEGIN, pieces.language("en"), pieces.mark(MARKS[0])} <= set(special)
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
    assert cut(pieces, longest=longest - 1).left_out == 2  # in each direction


def directions(words: str = "") -> list[Direction]:
    lexicons = {code: Lexicon(words.split()) for code in ("en", "es")}
    return make_directions("en", "es", lexicons, both=True)


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [
        ("- He has 12 dogs.", "- Tiene 12 perros.", ("He has # dogs.", "Tiene # perros.")),
        ("It costs 1.5 €", "Cuesta 1,5 €", ("It costs #", "Cuesta #")),
        ("from 2 to 3", "del 3 al 2", ("From # to ##", "Del ## al #")),
        ("SAVE THE FILE", "GUARDA EL ARCHIVO", ("Save the file", "Guarda el archivo")),
        ("January", "enero", ("January", "Enero")),
        ("(now)", "(ahora)", ("Now", "Ahora")),
        ("two dogs", "2 perros", None),
        ("(now)", "ahora", None),
    ],
)
def test_a_pair_is_prepared_as_run_time_sees_it(
    source: str, target: str, expected: tuple[str, str] | None
) -> None:
    found = directions()[0].prepare_pair(source, target)
    shown = {NUMBERS[0]: "#", NUMBERS[1]: "##"}
    assert expected == (
        found and tuple(ANY_MARK.sub(lambda match: shown[match[0]], text) for text in found)
    )


def test_the_other_direction_turns_pairs_round() -> None:
    forward, back = directions()
    assert forward.prepare([PAIRS[2]]) == [("I like it very much.", "Me gusta mucho.")]
    assert back.prepare([PAIRS[2]]) == [("Me gusta mucho.", "I like it very much.")]


def test_unknown_names_are_marked_on_both_sides_and_known_ones_come_twice() -> None:
    direction = directions("I i see a veo Tom and y")[0]
    pair = Example("I see Tom and Jane.", "Veo a Tom y a Jane.")
    first, second = direction.prepare_for_training([pair], marked=1.0, seed=1)
    assert f"Tom and {NAMES[0]}" in first[0] or f"tom and {NAMES[0]}" in first[0]
    assert first[1] == f"veo a Tom y a {NAMES[0]}."
    assert second == (f"I see {NAMES[1]} and {NAMES[0]}.", f"veo a {NAMES[1]} y a {NAMES[0]}.")


def test_some_sources_lose_their_capitals_as_seed_and_pair_draw() -> None:
    direction = directions()[0]
    pairs = [
        Example(f"I see a Cat {one}{other}.", f"Veo un Gato {one}{other}.")
        for one in "abcdefghijklmnopq"
        for other in "abcdefghijklmnopq"
    ]
    found = direction.prepare_for_training(pairs, marked=0.0, seed=1)
    lower = [pair for pair in found if "cat" in pair[0]]
    assert 5 < len(lower) < 40
    assert all("Gato" in target for _, target in found)
    assert found == direction.prepare_for_training(pairs[::-1], marked=0.0, seed=1)[::-1]
    assert found != direction.prepare_for_training(pairs, marked=0.0, seed=2)


def test_a_lexicon_has_what_changes_and_what_is_frequent() -> None:
    rare = [
        (f"Then {name}{n} saw us.", f"Luego {name}{n} nos vio.")
        for n, name in zip("abcdefghijklmnopqrstuvwxyz", NAMED, strict=False)
    ]
    pairs = [
        *rare,
        *[("We live in Spain.", "Vivimos en España.")] * 3,
        *[("They know Tom well.", "Conocen bien a Tom.")] * 60,
        *[("They know Jane well.", "Conocen bien a Jane.")] * 4,
        *[("Use LIVE or URL now.", "Use VIVO o dirección ahora.")] * 2,
    ]
    known = build_lexicon(pairs)
    assert {"live", "in", "Spain", "Tom", "URL"} <= known.words
    assert not {"Jane", "LIVE", *NAMED} & known.words


def test_where_nouns_have_capitals_nothing_is_a_name() -> None:
    nouns = [(f"Ich sehe Haus{chr(97 + n)}.", f"I see house{chr(97 + n)}.") for n in range(26)]
    assert build_lexicon(nouns).words == frozenset()
