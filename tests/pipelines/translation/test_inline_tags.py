"""Tags are taken off a sentence and put around the words that they belong to."""

from __future__ import annotations

import numpy as np
import pytest

from pipelines import load
from pipelines.translation.inline_tags import Place, hide_tags, put_back, take_off, word_weights
from pipelines.translation.pipeline import Translation
from tests.copying import write_copying_bundle

TURNED = np.array([[1, 0, 0], [0, 0, 1], [0, 1, 0]], np.float32)  # the red house, la casa roja


@pytest.fixture(scope="module")
def translate(tmp_path_factory: pytest.TempPathFactory) -> Translation:
    return load(write_copying_bundle(tmp_path_factory.mktemp("bundles") / "copying"))


def dress(source: str, translation: str, weights: np.ndarray) -> str:
    hidden, tags = hide_tags(source)
    _, places = take_off(hidden, tags.pairs)
    return tags.show(put_back(translation, places, weights))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("the <b>red</b> house", "la casa <b>roja</b>"),
        ("the red <i>house</i>.", "la <i>casa</i> roja"),
        ("<b>the</b> <i>red</i> house", "<b>la</b> casa <i>roja</i>"),
        ("the <b>red house</b>", "la <b>casa roja</b>"),
        ("the <b><i>red</i></b> house", "la casa <b><i>roja</i></b>"),
        ("the <br/>red house", "la casa <br/>roja"),
        ("the red <br> house", "la <br> casa roja"),
        ("the red house<br>", "la casa<br> roja"),
    ],
)
def test_tags_move_with_their_words(source: str, expected: str) -> None:
    assert dress(source, "la casa roja", TURNED) == expected


def test_tags_stand_within_punctuation() -> None:
    alone = np.ones((1, 1), np.float32)
    assert dress("(<b>red</b>).", "(rojo).", alone) == "(<b>rojo</b>)."


def test_a_tag_whose_words_nothing_attends_to_is_not_lost() -> None:
    nowhere = np.array([[1, 0, 0]], np.float32)
    assert dress("the <b>red</b> house", "esto", nowhere) == "<b>esto</b>"
    assert dress("the <b>red</b> house", "", np.zeros((0, 0), np.float32)) == "<b></b>"


def test_places_count_words() -> None:
    hidden, tags = hide_tags('a <a href="x y. Z">b c</a> d<br> e')
    first, end, line = tags.stands_for
    text, places = take_off(hidden, tags.pairs)
    assert text == "a b c d e"
    assert places == (Place(first, end, 1, 3), Place("", line, 3, 4))


def test_weights_of_pieces_add_up_to_words() -> None:
    pieces = np.arange(6, dtype=np.float32).reshape(2, 3)
    found = word_weights(pieces, ["▁no", "▁sé"], ["▁I", "▁k", "now"])
    np.testing.assert_array_equal(found, [[0, 3], [3, 9]])


@pytest.mark.parametrize(
    "text",
    [
        "Click <b>here</b> to see <a href='x. Y'>the red house</a>.",
        "<p>The house is <i>big.</i> I like it.</p>",
        "The <b>house. I</b> like it.",
        "<b>the</b> unclosed <i>tag is big",
        "THE <b>WHITE</b> HOUSE IS BIG",
        "<br/><br/>",
        "A mark of ours \ue100 <b>is</b> no tag.",
    ],
)
def test_a_copying_network_leaves_tags_where_they_are(translate: Translation, text: str) -> None:
    assert translate(text).text == text


def test_a_part_of_a_long_sentence_keeps_its_tags(translate: Translation) -> None:
    text = "the house, " * 20 + "the <b>white</b> house, " + "the house, " * 20 + "is <i>big</i>."
    assert translate(text).text == text
