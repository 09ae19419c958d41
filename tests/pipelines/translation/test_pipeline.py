"""The pipeline of translation, with a network that repeats what it is given."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pipelines import BundleError, ConfigurationError, InputError, load
from pipelines.base import Failure
from pipelines.translation.pipeline import Translation
from tests.copying import write_copying_bundle


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_copying_bundle(tmp_path_factory.mktemp("bundles") / "copying")


@pytest.fixture
def translate(folder: Path) -> Translation:
    return load(folder)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Where is the station?",
        "  Where is it?  I like it.\r\n\r\n\tThe house. \n",
        "42\n😀\n",
        "Click <b>here</b> {name}, at https://a.org/b?c=1 or 12:30!",
        "the house " * 60 + "is big.",
        "日本 the house 👍👍 is big ő.",
        "{0}{1}{2}{3}{4}{5} is {6}{7}{8}{9} here",
    ],
)
def test_what_a_copying_network_is_given_comes_out(translate: Translation, text: str) -> None:
    assert translate(text).text == text


def test_a_glossary_is_honoured(translate: Translation) -> None:
    found = translate("The White House is big.", glossary={"white house": "Casa Blanca"})
    assert found.text == "The Casa Blanca is big."


def test_a_pattern_is_kept_whatever_the_network_thinks_of_it(translate: Translation) -> None:
    assert translate("I like QX-7 here.", keep=r"QX-\d").text == "I like QX-7 here."


def test_a_list_gives_a_list(translate: Translation) -> None:
    texts = ["Where is it?", "", "The house."]
    assert [found.text for found in translate(texts)] == texts


def test_n_best_are_ordered_and_begin_with_the_text(translate: Translation) -> None:
    found = translate("The house is big.", n_best=4)
    scores = [item.score for item in found.alternatives]
    assert len({item.text for item in found.alternatives}) > 1
    assert len(scores) == 4
    assert scores == sorted(scores, reverse=True)
    assert (found.text, found.score) == (found.alternatives[0].text, scores[0])


def test_the_alignment_of_a_copy_is_the_diagonal(translate: Translation) -> None:
    (alignment,) = translate("The house.", align=True).alignments
    assert alignment.source[0] == "<2es>"
    assert alignment.source[1:] == alignment.target
    np.testing.assert_array_equal(np.array(alignment.weights)[:, 1:], np.eye(len(alignment.target)))
    assert translate("The house.").alignments == ()
    assert "data:image/png" in translate("The house.", align=True)._repr_html_()
    assert translate("The house.")._repr_html_() == "<pre>The house.</pre>"


def test_each_sentence_has_a_confidence(translate: Translation) -> None:
    first, second = translate("The house is big.\nI like it!").sentences
    assert (first.source, first.text) == ("The house is big.", "The house is big.")
    assert second.source == "I like it!"
    assert 0.9 < second.confidence <= 1


def test_a_calibrated_bundle_has_its_own_confidence(tmp_path: Path) -> None:
    settings = {"directions": [["en", "es"]], "longest": 40, "confidence": [0.0, 0.0, -2.0]}
    translate = load(write_copying_bundle(tmp_path / "unsure", preprocessing=settings))
    found = translate("The HOUSE is <b>big</b>, {name}.", min_confidence=0.5)
    assert [round(item.confidence, 3) for item in found.sentences] == [0.119]
    assert found.doubtful == found.sentences
    assert found.text == "The HOUSE is <b>big</b>, {name}."


def test_below_the_wanted_confidence_the_source_is_left_standing(folder: Path) -> None:
    translate = load(folder)
    source = "SEE the <b>house</b> of 4.5 m. i like it?"
    found = translate(source, glossary={"like": "LOVE"})
    assert found.text == source.replace("like", "LOVE").replace("4.5", "4,5")
    assert translate(source, min_confidence=1.0).text == source


def test_another_language_is_told(translate: Translation) -> None:
    assert translate("Where is the nearest train station, please?").language is None
    assert translate("¿Dónde está la estación de tren más cercana?").language == "es"
    assert translate("Das ist ganz und gar nicht richtig.").language == "de"
    assert translate("OK").language is None


def test_a_direction_is_chosen_by_language(folder: Path) -> None:
    assert (load(folder).source, load(folder).target) == ("en", "es")
    assert load(folder, target="en").source == "es"
    assert load(folder).between("es", None).target == "en"
    with pytest.raises(
        ConfigurationError, match=r"'copying' does not translate en to fr \(it translates"
    ):
        load(folder, source="en", target="fr")


def test_an_option_of_another_task_is_refused(folder: Path) -> None:
    with pytest.raises(ConfigurationError, match="'colour' is not an option of translation"):
        load(folder, colour="red")


@pytest.mark.parametrize("wrong", [7, None, b"\xff\xfe", "a\0b", np.zeros(3)])
def test_what_is_no_text_is_refused(translate: Translation, wrong: object) -> None:
    with pytest.raises(InputError):
        translate(wrong)  # type: ignore[arg-type]


def test_a_wrong_text_in_a_stream_leaves_the_others_alone(translate: Translation) -> None:
    first, failure, last = translate.stream(["One.", "a\0b", b"Two."], on_error="return")
    assert isinstance(failure, Failure)
    assert [first.text, last.text] == ["One.", "Two."]
    with pytest.raises(InputError):
        list(translate.stream(["One.", "a\0b"]))


def test_batches_of_any_size_give_the_same(translate: Translation) -> None:
    texts = [f"The house {number} is big. I like it." for number in range(40)]
    expected = [translate(text).text for text in texts]
    for batch_size in (1, 7, 100):
        found = translate.stream(texts, batch_size=batch_size)
        assert [item.text for item in found] == expected


def test_half_a_character_becomes_a_question_mark(translate: Translation) -> None:
    assert translate("The \ud800 house.").text == "The ? house."


@pytest.mark.parametrize(
    "preprocessing", [{}, {"directions": 3, "longest": 9}, {"directions": [["en", "es"]]}]
)
def test_damaged_preprocessing_is_named(tmp_path: Path, preprocessing: dict) -> None:
    folder = write_copying_bundle(tmp_path / "damaged", preprocessing=preprocessing)
    with pytest.raises(BundleError, match="unusable preprocessing"):
        load(folder)


def test_a_language_without_a_piece_is_named(tmp_path: Path) -> None:
    settings = {"directions": [["en", "fr"]], "longest": 9}
    with pytest.raises(BundleError, match="<2fr>"):
        load(write_copying_bundle(tmp_path / "french", preprocessing=settings))
