"""Reading handwriting, with a network that reads bars."""

from __future__ import annotations

import io
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, TiffImagePlugin

from dltasks.tasks.ctc.language_model import learn_language_model
from pipelines import load
from pipelines.base import Failure
from pipelines.errors import BundleError, ConfigurationError, InputError
from pipelines.handwriting import pipeline
from pipelines.handwriting.geometry import Affine
from pipelines.handwriting.lines import pad_lines
from pipelines.handwriting.pages import FoundLine, FoundPage, find_lines
from pipelines.handwriting.pages.cutting import ChooseWay
from pipelines.handwriting.pipeline import HandwritingRecognition
from pipelines.images.tiff_tags import NEW_SUBFILE_TYPE, SMALLER_COPY
from tests.line_reader import BarFinder, BarGraph, draw_bars, write_bundle


@pytest.fixture
def graph() -> BarGraph:
    return BarGraph()


@pytest.fixture
def reader(
    tmp_path: Path, graph: BarGraph, monkeypatch: pytest.MonkeyPatch
) -> HandwritingRecognition:
    monkeypatch.setattr(HandwritingRecognition, "load_graphs", lambda self, threads: graph)
    monkeypatch.setattr(pipeline, "load_finder", lambda *args, **settings: BarFinder())
    return load(write_bundle(tmp_path / "bars"), device="cpu", threads=2)


def _page(*texts: str) -> Image.Image:
    page = Image.new("L", (500, 60 * len(texts) + 60), 255)
    for number, text in enumerate(texts):
        page.paste(draw_bars(text), (20, 40 + 60 * number))
    return page


def test_line_reads_as_its_bars(reader: HandwritingRecognition) -> None:
    result = reader(draw_bars("abba"))
    assert result.text == "abba"
    (line,) = result.lines
    assert line.box == (0, 0, 80, 32)
    assert [word.text for word in line.words] == ["abba"]
    assert line.words[0].confidence == pytest.approx(0.85)
    assert line.alternatives == ()


def test_every_kind_of_source_reads_the_same(
    reader: HandwritingRecognition, tmp_path: Path
) -> None:
    picture = draw_bars("ab")
    path = tmp_path / "line.png"
    picture.save(path)
    content = path.read_bytes()
    sources = [path, str(path), content, io.BytesIO(content), picture, np.asarray(picture)]
    assert {reader(source).text for source in sources} == {"ab"}


def test_page_is_read_line_by_line(reader: HandwritingRecognition) -> None:
    result = reader(_page("aabbaab", "bbbbaaa", "abababab"))
    assert result.text == "aabbaab\nbbbbaaa\nabababab"
    tops = [line.box.top for line in result.lines]
    assert tops == sorted(tops)
    assert all(line.box.right <= 500 for line in result.lines)


def test_no_page_of_a_file_of_several_is_lost(reader: HandwritingRecognition) -> None:
    scan = io.BytesIO()
    draw_bars("a").save(scan, "TIFF", save_all=True, append_images=[draw_bars("b")])
    with pytest.raises(InputError, match="2 pages in one file; save each"):
        reader(scan.getvalue())


def test_a_preview_in_a_file_is_no_page(reader: HandwritingRecognition) -> None:
    preview, scan = draw_bars("b"), io.BytesIO()
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[NEW_SUBFILE_TYPE] = SMALLER_COPY
    preview.encoderinfo = {"tiffinfo": tags}
    draw_bars("a").save(scan, "TIFF", save_all=True, append_images=[preview])
    assert reader(scan.getvalue()).text == "a"


def test_a_line_tells_its_place_in_the_picture(reader: HandwritingRecognition) -> None:
    page = _page("aabbaab", "bbbbaaa")
    result = reader(page)
    assert (result.width, result.height) == page.size
    for number, line in enumerate(result.lines):
        top = 40 + 60 * number
        (word,) = line.words
        np.testing.assert_allclose(word.box, (32, top + 4, 134, top + 28), atol=4)
        np.testing.assert_allclose(line.baseline, [(32, top + 28), (134, top + 28)], atol=5)
        assert len(line.polygon) == 4


def test_layout_says_whether_to_look_for_lines(reader: HandwritingRecognition) -> None:
    page = _page("aabbaab", "bbbbaaa")
    assert len(reader(page, layout="line").lines) == 1
    assert len(reader(page, layout="page").lines) == 2
    with pytest.raises(ConfigurationError, match="'column' is not one of auto, line, page"):
        reader(page, layout="column")  # type: ignore[arg-type]


def test_a_blank_picture_has_no_text(reader: HandwritingRecognition) -> None:
    for size in ((1, 1), (300, 40), (600, 800)):
        result = reader(Image.new("L", size, 250))
        assert result.text == ""
    assert reader(Image.new("L", (600, 800), 250), layout="page").lines == ()


def test_what_was_found_and_reads_as_nothing_is_no_line(
    reader: HandwritingRecognition, monkeypatch: pytest.MonkeyPatch
) -> None:
    def find(grey: Image.Image, finder: Any, order: str, choose: ChooseWay) -> FoundPage:
        found = find_lines(grey, finder)
        blank = FoundLine(Image.new("L", (100, 40), 250), Affine())
        return found._replace(lines=(blank, *found.lines))

    monkeypatch.setattr(pipeline, "find_lines", find)
    result = reader(_page("aabbaab", "bbbbaaa"), layout="page")
    assert [line.text for line in result.lines] == ["aabbaab", "bbbbaaa"]
    assert len(reader(Image.new("L", (300, 40), 250), layout="line").lines) == 1


@pytest.mark.parametrize("texts", [("ab",), ("ab", "ba")])
def test_a_word_or_two_do_not_turn_a_picture_over(
    reader: HandwritingRecognition, monkeypatch: pytest.MonkeyPatch, texts: tuple[str, ...]
) -> None:
    def turn_over(grey: Image.Image, finder: Any, order: str, choose: ChooseWay) -> FoundPage:
        upright = find_lines(grey, finder)
        return choose(upright._replace(quarters=2), upright)

    monkeypatch.setattr(pipeline, "find_lines", turn_over)
    assert reader(_page(*texts), layout="page").turned == 0


def test_lines_that_are_not_sure_enough_are_left_out(reader: HandwritingRecognition) -> None:
    page = _page("aabbaab", "bbbbaaa")  # every symbol has a probability of 0.85
    assert len(reader(page, min_confidence=0.8).lines) == 2
    assert reader(page, min_confidence=0.9).lines == ()
    assert reader(Image.new("L", (300, 40), 250), min_confidence=1.0).text == ""
    with pytest.raises(ConfigurationError, match=r"min_confidence 1\.5"):
        reader(page, min_confidence=1.5)


@pytest.mark.parametrize("name", ["espresso.jpg", "cat.jpg", "rocket.jpg"])
def test_a_photograph_without_writing_says_nothing_surely(photograph: Path, name: str) -> None:
    read = load("handwriting", device="cpu")
    assert read(photograph.with_name(name), min_confidence=0.6).text == ""
    assert read(photograph.with_name("linea.png"), min_confidence=0.6).text.startswith(
        "¿Dónde está"
    )


@pytest.mark.parametrize("turned", [0, 90, 180, 270])
def test_a_page_reads_the_same_whichever_way_it_lies(photograph: Path, turned: int) -> None:
    with Image.open(photograph.with_name("linea.png")) as picture:
        line = picture.convert("L")
    page = Image.new("L", (line.width + 120, 8 * line.height), 255)
    for row in range(3):
        page.paste(line, (60, (1 + 2 * row) * line.height))
    result = load("handwriting", device="cpu")(page.rotate(turned, expand=True))
    assert result.turned == turned
    assert [one.text.startswith("¿Dónde está") for one in result.lines] == [True] * 3


@pytest.mark.parametrize("batch_size", [1, 2, 5])
def test_lines_come_back_in_order_whatever_their_width(
    reader: HandwritingRecognition, batch_size: int
) -> None:
    texts = ["abab" * 6, "a", "bbab", "ab" * 9, "b"]
    results = reader.stream(map(draw_bars, texts), batch_size=batch_size)
    assert [result.text for result in results] == texts


def test_a_picture_too_wide_is_a_failure_among_the_others(reader: HandwritingRecognition) -> None:
    wide = np.full((2, 20_000), 255, np.uint8)
    first, failure, last = reader.stream(
        [draw_bars("a"), wide, draw_bars("b")], batch_size=3, on_error="return"
    )
    assert (first.text, last.text) == ("a", "b")
    assert isinstance(failure, Failure)
    with pytest.raises(InputError, match="too wide for one line"):
        reader(wide)


def test_beam_search_gives_other_texts_of_a_line(reader: HandwritingRecognition) -> None:
    result = reader(draw_bars("ab"), beams=8, n_best=3)
    assert result.text == "ab"
    assert len(result.lines[0].alternatives) == 2
    assert "ab" not in result.lines[0].alternatives
    assert len(reader(draw_bars("ab"), n_best=3).lines[0].alternatives) == 2


@pytest.mark.parametrize(
    "options",
    [
        *({"beams": 0}, {"beams": 1.5}, {"beams": 10**9}),
        *({"n_best": 0}, {"n_best": 2.5}, {"beams": 1, "n_best": 2}),
        *({"language_weight": weight} for weight in (-1.0, 1e9, math.nan, math.inf)),
    ],
)
def test_unusable_options_are_refused(
    reader: HandwritingRecognition, options: dict[str, Any]
) -> None:
    with pytest.raises(ConfigurationError):
        reader(draw_bars("ab"), **options)


def test_language_model_has_its_say_but_with_one_beam(
    tmp_path: Path, graph: BarGraph, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(HandwritingRecognition, "load_graphs", lambda self, threads: graph)
    model = learn_language_model(["bb"] * 200)
    bundle = write_bundle(tmp_path / "bars", **{"language_model.npz": model})
    reader = load(bundle, device="cpu")
    bars = draw_bars("ab")
    assert reader(bars, beams=4).text == "ab"
    assert reader(bars, beams=4, language_weight=20.0).text == "bb"
    assert reader(bars, beams=4, language_weight=0.0).text == "ab"
    assert reader(bars, language_weight=20.0).text == "bb"
    with pytest.raises(ConfigurationError, match="has no effect with beams 1"):
        reader(bars, beams=1, language_weight=20.0)


def test_the_weight_of_a_language_model_that_is_not_there_is_refused(reader: Any) -> None:
    with pytest.raises(ConfigurationError, match="bars has no language model"):
        reader(draw_bars("ab"), language_weight=1.0)
    assert reader(draw_bars("ab"), language_weight=0.0).text == "ab"


def test_padding_is_paper() -> None:
    lines = [np.full((4, 8), 9, np.uint8), np.full((4, 12), 7, np.uint8)]
    padded = pad_lines(lines)
    assert padded.shape == (2, 4, 12)
    assert padded[0, :, 8:].max() == 0
    assert (padded[1] == 7).all()


def test_a_damaged_alphabet_or_preprocessing_is_a_bundle_error(tmp_path: Path) -> None:
    damaged = write_bundle(tmp_path / "damaged", **{"alphabet.txt": b"ab\n"})
    with pytest.raises(BundleError, match="'ab' is not one character"):
        load(damaged)
    bundle = write_bundle(tmp_path / "odd")
    manifest = (bundle / "bundle.json").read_text().replace('"deskew"', '"unskew"')
    (bundle / "bundle.json").write_text(manifest)
    with pytest.raises(BundleError, match="unusable preprocessing"):
        load(bundle)


def test_an_alphabet_that_does_not_fit_the_network_is_told(
    tmp_path: Path, graph: BarGraph, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(HandwritingRecognition, "load_graphs", lambda self, threads: graph)
    bundle = write_bundle(tmp_path / "short", **{"alphabet.txt": b"a\nb\n"})
    with pytest.raises(BundleError, match="2 symbols for 4 outputs"):
        load(bundle)(draw_bars("a"))
