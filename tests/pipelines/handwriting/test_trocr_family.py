"""Reading with the family "trocr", with graphs that write given texts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from pipelines import BundleError, ConfigurationError, load
from pipelines.handwriting import pipeline, trocr_decoding
from pipelines.handwriting.geometry import Affine, Box
from pipelines.handwriting.pages import FoundLine
from pipelines.handwriting.pipeline import HandwritingRecognition
from pipelines.handwriting.trocr_decoding import TrocrGraphs
from pipelines.handwriting.trocr_pictures import read_square, restore_colours, squeeze
from pipelines.handwriting.trocr_pieces import SentencePieces
from pipelines.handwriting.trocr_settings import TrocrPreprocessing
from pipelines.images import Page
from tests.line_reader import BarFinder, draw_bars
from tests.trocr_stand_in import SIDE, learn_sentencepiece
from tests.trocr_writer import SURE, UNSURE, change_manifest, write_bundle, writing

PIECES = SentencePieces(learn_sentencepiece(), "test")
LAZY, QUICK = PIECES.encode("the lazy dog"), PIECES.encode("quick fox")
Load = Callable[..., tuple[HandwritingRecognition, TrocrGraphs]]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_bundle(tmp_path_factory.mktemp("bundles") / "writer")


@pytest.fixture
def reader(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    def make(*texts: Any, **settings: Any) -> tuple[HandwritingRecognition, TrocrGraphs]:
        graphs = writing(texts, **settings)
        monkeypatch.setattr(HandwritingRecognition, "load_graphs", lambda self, threads: graphs)
        monkeypatch.setattr(pipeline, "load_finder", lambda *args, **settings: BarFinder())
        return load(bundle, device="cpu", threads=2), graphs

    return make


def page_of(*texts: str) -> Image.Image:
    page = Image.new("L", (500, 60 * len(texts) + 60), 255)
    for number, text in enumerate(texts):
        page.paste(draw_bars(text), (20, 40 + 60 * number))
    return page


def test_a_line_is_what_the_network_writes(reader: Load) -> None:
    read, _ = reader(LAZY)
    result = read(draw_bars("aabb"))
    assert result.text == "the lazy dog"
    (line,) = result.lines
    assert [word.text for word in line.words] == ["the", "lazy", "dog"]
    assert [word.confidence for word in line.words] == pytest.approx([SURE] * 3, abs=1e-5)
    assert line.box == (0, 0, 80, 32)
    assert len(line.polygon) == 4
    assert line.alternatives == ()


def test_a_word_is_as_sure_as_its_least_sure_piece(reader: Load) -> None:
    doubted = LAZY[-1]
    read, _ = reader(LAZY, unsure=[doubted])
    for beams in (1, 4):
        (line,) = read(draw_bars("aabb"), beams=beams).lines
        expected = [UNSURE if doubted in PIECES.encode(word.text) else SURE for word in line.words]
        assert UNSURE in expected
        confidences = [word.confidence for word in line.words]
        assert confidences == pytest.approx(expected, abs=1e-5)
    assert read(draw_bars("aabb"), min_confidence=0.95).lines == ()


def test_the_boxes_of_words_divide_the_writing_by_their_letters(reader: Load) -> None:
    read, _ = reader(LAZY)
    (line,) = read(page_of("aabbaabb").crop((0, 0, 500, 90)), layout="line").lines
    the, lazy, dog = (word.box for word in line.words)
    left, right = 32, 32 + 16 * 7 + 6  # of the bars
    assert the.left == pytest.approx(left, abs=3)
    assert dog.right == pytest.approx(right, abs=3)
    assert the.right <= lazy.left <= lazy.right <= dog.left
    assert lazy.left - left == pytest.approx((right - left) * 4 / 12, abs=3)


def test_a_page_is_read_line_by_line(reader: Load) -> None:
    read, graphs = reader(LAZY)
    result = read(page_of("aabbaab", "bbbbaaa", "abababab"))
    assert result.text == "\n".join(["the lazy dog"] * 3)
    tops = [line.box.top for line in result.lines]
    assert tops == sorted(tops)
    assert [image.shape for image in graphs.encoder.images] == [(3, SIDE, SIDE, 3)]


@pytest.mark.parametrize("batch_size", [1, 2, 5])
def test_lines_come_back_in_order_and_blank_ones_are_empty(reader: Load, batch_size: int) -> None:
    read, _ = reader(LAZY, QUICK)
    dark = Image.fromarray(np.asarray(draw_bars("aaaa")) // 2)
    pictures = [draw_bars("a"), Image.new("L", (200, 40), 250), dark, draw_bars("b")]
    results = list(read.stream(pictures, batch_size=batch_size))
    assert [item.text for item in results] == ["quick fox", "", "the lazy dog", "quick fox"]
    assert results[1].lines[0].words == ()


def test_a_blank_picture_has_no_text_and_is_not_shown_to_the_network(reader: Load) -> None:
    read, graphs = reader(LAZY)
    for size in ((1, 1), (300, 40), (600, 800)):
        assert read(Image.new("L", size, 250)).text == ""
    assert read(Image.new("RGB", (600, 800), (250, 240, 200)), layout="page").lines == ()
    assert not graphs.encoder.images


def test_beam_search_gives_other_texts_of_a_line(reader: Load) -> None:
    other = PIECES.encode("the lazy dox")[-1]
    read, _ = reader(LAZY, instead={LAZY[-1]: other})
    (line,) = read(draw_bars("aabb"), beams=8, n_best=3).lines
    assert line.text == "the lazy dog"
    assert line.alternatives[0] == PIECES.decode([*LAZY[:-1], other]).strip()
    assert len(line.alternatives) == 2
    assert len({line.text, *line.alternatives}) == 3
    assert len(read(draw_bars("aabb"), n_best=2).lines[0].alternatives) == 1


def test_options_of_other_families_are_refused(reader: Load) -> None:
    read, _ = reader(LAZY)
    with pytest.raises(ConfigurationError, match="writer has no language model; leave lang"):
        read(draw_bars("a"), language_weight=0.5)
    assert read(draw_bars("a"), language_weight=0.0).text == "the lazy dog"
    with pytest.raises(ConfigurationError, match="n_best 3 is greater than beams 2"):
        read(draw_bars("a"), beams=2, n_best=3)


def test_a_text_without_end_ends_where_a_line_is_longest(reader: Load) -> None:
    read, _ = reader(LAZY * 50)
    assert len(PIECES.encode(read(draw_bars("a")).text)) <= 40


def test_white_space_that_a_network_writes_does_not_break_lines(reader: Load) -> None:
    start = PIECES.encode("the")
    read, _ = reader([0, *start, 3, *start])  # special pieces are not text
    assert read(draw_bars("a")).text == "the the"


def test_few_lines_are_searched_at_once_where_memory_is_short(
    reader: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    pictures = [draw_bars("a")] * 5
    read, graphs = reader(LAZY)
    whole = [item.text for item in read.stream(pictures, batch_size=5)]
    assert max(graphs.step.rows) == 5
    monkeypatch.setattr(trocr_decoding, "SEEN_BYTES", 100)
    read, graphs = reader(LAZY)
    assert [item.text for item in read.stream(pictures, batch_size=5, beams=2)] == whole
    assert max(graphs.step.rows) == 2


def test_a_picture_is_squeezed_in_its_colours(tmp_path: Path) -> None:
    colours = np.random.default_rng(0).integers(0, 256, (20, 90, 3), dtype=np.uint8)
    picture = Image.fromarray(colours)
    preprocessing = TrocrPreprocessing(SIDE, "bicubic", 40)
    wanted = np.asarray(picture.resize((SIDE, SIDE), Image.Resampling.BICUBIC))
    np.testing.assert_array_equal(squeeze(picture, preprocessing), wanted)
    picture.save(tmp_path / "line.png")
    np.testing.assert_array_equal(read_square(tmp_path / "line.png", preprocessing), wanted)


def test_a_line_of_a_page_gets_its_colours_but_for_what_was_painted_over() -> None:
    page = Page(Image.new("RGB", (60, 40), (200, 30, 40)), 1)
    box = Box(10, 5, 50, 25)
    whole = page.grey.crop(box)
    grey = np.array(whole)
    grey[:4] = 255
    placement = Affine.moved(box.left, box.top)
    found = np.asarray(restore_colours(FoundLine(Image.fromarray(grey), placement), page))
    assert (found[:4] == 255).all()
    assert (found[4:] == (200, 30, 40)).all()
    untouched = restore_colours(FoundLine(whole, placement), page)
    assert (np.asarray(untouched) == (200, 30, 40)).all()


@pytest.mark.parametrize(
    ("part", "changes", "message"),
    [
        ("config", {"vocabulary": 20}, "pieces for 20 outputs; get the model again"),
        ("config", {"family": "other"}, "family 'other' is not one of ctc, trocr; upgrade"),
        ("config", {"family": ["trocr"]}, "is not one of ctc, trocr"),
        ("config", {"width": "two"}, "unusable config"),
        ("preprocessing", {"side": 0}, "unusable preprocessing"),
        ("preprocessing", {"interpolation": "nearest"}, "unusable preprocessing"),
        ("preprocessing", {"height": 3}, "unusable preprocessing"),
    ],
)
def test_a_damaged_manifest_is_told(part: str, changes: dict, message: str, tmp_path: Path) -> None:
    bundle = write_bundle(tmp_path / "damaged")
    change_manifest(bundle, part, **changes)
    with pytest.raises(BundleError, match=message):
        load(bundle)


def test_a_damaged_or_missing_vocabulary_is_told(tmp_path: Path) -> None:
    damaged = write_bundle(tmp_path / "damaged", **{"sentencepiece.bpe.model": b"x"})
    with pytest.raises(BundleError, match="not a SentencePiece model"):
        load(damaged)
    without = write_bundle(tmp_path / "without", **{"sentencepiece.bpe.model": None})
    with pytest.raises(BundleError, match=r"the bundle has no 'tokenizer\.json'"):
        load(without)


class WrongGraph:
    """Gives outputs of another network."""

    def run(self, **inputs: np.ndarray) -> list[np.ndarray]:
        return [np.zeros((1, 1), np.float32)]


def test_graphs_of_another_network_are_told(reader: Load) -> None:
    read, graphs = reader(LAZY)
    for wrong in (
        TrocrGraphs(WrongGraph(), graphs.step),
        TrocrGraphs(graphs.encoder, WrongGraph()),
    ):
        read._graphs.clear()
        type(read).load_graphs = lambda self, threads, wrong=wrong: wrong  # type: ignore[method-assign]
        with pytest.raises(BundleError, match="the model gives outputs"):
            read(draw_bars("a"))
