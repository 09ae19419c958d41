"""Marian's translators at run time, with graphs that say the source again or lose a part of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipelines import BundleError, load
from pipelines.options import TranslationOptions
from pipelines.translation.marian_pieces import MarianPieces, MarianSide
from pipelines.translation.pipeline import Translation
from tests.bundles import write_bundle_files
from tests.marian_stand_in import (
    PLAIN,
    TURNED,
    copying,
    learn_side,
    list_pieces,
    write_copying_bundle,
)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> tuple[Translation, list[str]]:
    path, pieces = write_copying_bundle(tmp_path_factory.mktemp("bundles") / "copying")
    return load(path), pieces


def translate(
    bundle: tuple[Translation, list[str]], text: str, *, lose: str = "", **options: Any
) -> Any:
    """Translate with graphs that say ! wherever the source has a piece of `lose`."""
    pipeline, pieces = bundle
    wrong = pieces.index("!")
    lost = {number: wrong for number, piece in enumerate(pieces) if lose and lose in piece}
    graphs = copying(len(pieces), replaced=lost)
    return pipeline.infer(graphs, [text], TranslationOptions(**options))[0]


@pytest.mark.parametrize(
    "text",
    [
        "one two three",
        "one {name} two",
        "{name} one, two.",
        "one (https://a.org/b) two {x}, three",
        "one 2024 two",
        "one two: {name}",
        "one 😀 two",
        "one {a} {b} {c} {d} {e} {f} {g} {h} {i} two",
    ],
)
@pytest.mark.parametrize("lose", ["", "Q", "2"])
def test_what_is_kept_comes_out_whether_the_network_copies_it_or_not(
    bundle: tuple[Translation, list[str]], text: str, lose: str
) -> None:
    assert translate(bundle, text, lose=lose).text == text


def test_a_number_stands_for_itself_and_other_things_get_a_code(
    bundle: tuple[Translation, list[str]],
) -> None:
    pipeline, pieces = bundle
    graphs = copying(len(pieces))
    pipeline.infer(graphs, ["One 1204 {name} two"], TranslationOptions(beams=1))
    (source,) = graphs.step.sources
    assert "".join(pieces[piece] for piece in source) == "▁One▁1204▁Q845▁two</s>"


def test_only_what_got_lost_is_cut_out(bundle: tuple[Translation, list[str]]) -> None:
    pipeline, pieces = bundle
    lost = {pieces.index("7"): pieces.index("!")}  # of Q731, not of Q845
    graphs = copying(len(pieces), replaced=lost)
    (result,) = pipeline.infer(graphs, ["One {a} two {b} three"], TranslationOptions(beams=1))
    assert result.text == "One {a} two {b} three"
    sources = ["".join(map(pieces.__getitem__, row)) for row in graphs.step.sources]
    assert [source.replace("<pad>", "") for source in sources] == [
        "▁One▁Q731▁two▁Q845▁three</s>",
        "▁One</s>",
        "▁two▁Q731▁three</s>",
        "▁two</s>",
        "▁three</s>",
    ]


@pytest.mark.parametrize("lose", ["", "Q"])
def test_an_alignment_has_a_row_for_each_piece_and_a_column_for_each_of_the_source(
    bundle: tuple[Translation, list[str]], lose: str
) -> None:
    result = translate(bundle, "one {name} two", lose=lose, align=True, beams=1)
    (alignment,) = result.alignments
    weights = np.array(alignment.weights)
    assert weights.shape == (len(alignment.target), len(alignment.source))
    np.testing.assert_allclose(weights.sum(axis=1), 1, atol=1e-6)
    assert alignment.source[-1] == alignment.target[-1] == "</s>"
    assert alignment.source[0] == alignment.target[0]
    assert weights[0, 0] == weights[-1, -1] == 1


def test_the_wanted_language_goes_in_front_and_is_never_said(tmp_path: Path) -> None:
    path, pieces = write_copying_bundle(tmp_path / "many", languages=["spa", "fra"])
    pipeline = load(path, target="fr")
    assert (pipeline.source, pipeline.target) == ("en", "fra")
    graphs = copying(len(pieces), skipped=1)
    (result,) = pipeline.infer(graphs, ["One two"], TranslationOptions(beams=1, align=True))
    assert result.text == "One two"
    assert graphs.step.sources[0][0] == pieces.index(">>fra<<")
    assert "".join(result.alignments[0].source) == "▁One▁two</s>"
    graphs = copying(len(pieces))
    (result,) = pipeline.infer(graphs, ["one"], TranslationOptions(beams=1))
    assert ">>" not in result.text


def test_pieces_that_only_the_source_has_are_joined_with_their_spaces() -> None:
    models = learn_side(PLAIN), learn_side(TURNED)
    pieces = list_pieces(*models)
    source, target = (MarianSide(model, pieces, "test") for model in models)
    numbers = source.encode("one two three")
    assert target.unknown not in numbers
    assert MarianPieces(source, target).decode(numbers) == "one two three"


def test_sentences_of_different_length_do_not_change_each_other(
    bundle: tuple[Translation, list[str]],
) -> None:
    pipeline, pieces = bundle
    texts = ["one", "one two three {x} four.", "two 2024"]
    found = pipeline.infer(copying(len(pieces)), texts, TranslationOptions())
    assert [item.text for item in found] == texts


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"[]", "not a list of pieces"),
        (b'{"a": "0"}', "not a list of pieces"),
        (b'{"a": 0, "b": 0}', "do not count up from 0"),
        (b'{"a": 0}', "there is no piece '<unk>'"),
        (b'{"', "not JSON"),
    ],
)
def test_a_damaged_vocabulary_is_named(content: bytes, message: str, tmp_path: Path) -> None:
    path, _ = write_copying_bundle(tmp_path / "copying")
    bundle = load(path).bundle
    files = {file: (path / file).read_bytes() for file in bundle.files} | {"vocab.json": content}
    damaged = write_bundle_files(
        tmp_path / "damaged",
        "translation",
        files,
        config=bundle.config,
        preprocessing=bundle.preprocessing,
    )
    with pytest.raises(BundleError, match=message) as caught:
        load(damaged)
    assert "vocab.json" in str(caught.value)
