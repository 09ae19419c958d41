"""Read handwriting: a picture of a line, or of a page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from pipelines.base import Pipeline
from pipelines.bundle.folder import Bundle
from pipelines.ctc.alphabet import read_alphabet
from pipelines.ctc.decoding import Reading, read_greedily, search_beams
from pipelines.ctc.language_model import SymbolScorer, read_language_model
from pipelines.errors import BundleError, ConfigurationError
from pipelines.handwriting.geometry import Affine, Box, Point, clip
from pipelines.handwriting.lines import WIDTH_STEP, LinePreprocessing, normalise_line
from pipelines.handwriting.page_xml import LaidOutPage, Outline, restore_outlines
from pipelines.handwriting.pages import FoundLine, find_lines
from pipelines.handwriting.results import Handwriting, TextLine, join_lines
from pipelines.handwriting.words import find_baseline, split_words
from pipelines.images import ImageSource, describe, read_grey_page
from pipelines.options import READING_BEAMS, ReadingOptions
from pipelines.session import Graph, expect

LOWEST_PAGE = 100  # pixels; a lower picture is one line, however little it looks like one


class LinePicture(NamedTuple):
    """A line cut out of a picture.

    Attributes:
        pixels: uint8 [height, width], 0 paper and 255 ink.
        placement: where they are in the picture.
        box: where the line was found.
    """

    pixels: np.ndarray
    placement: Affine
    box: Box


class PagePicture(NamedTuple):
    """The lines of a picture, its size in pixels, and the outlines that a layout gives."""

    lines: list[LinePicture]
    size: tuple[int, int]
    outlines: list[Outline]


class HandwritingRecognition(Pipeline[ImageSource, PagePicture, ReadingOptions, Handwriting]):
    """Read pictures of handwriting with a bundle; make one with `pipelines.load`.

    Attributes:
        alphabet: the characters that the bundle knows.
    """

    options_class = ReadingOptions

    gpu_batch_size = 8

    def __init__(self, bundle: Bundle, *, device: str = "auto", threads: int | None = None) -> None:
        super().__init__(bundle, device=device, threads=threads)
        self.alphabet = read_alphabet(bundle)
        self.preprocessing = bundle.read_preprocessing(LinePreprocessing)

    def make_options(self, options: dict[str, Any]) -> ReadingOptions:
        made = super().make_options(options)
        if made.language_weight and self._language_model is None:
            raise ConfigurationError(
                f"{self.bundle.name} has no language model; leave language_weight out"
            )
        return made

    def decode(self, source: ImageSource, options: ReadingOptions) -> PagePicture:
        """Decode a picture and cut its lines out."""
        (grey, factor), name = read_grey_page(source), describe(source)
        laid_out = source.cut(grey, factor) if isinstance(source, LaidOutPage) else []
        found = [line.found for line in laid_out] or _choose_lines(grey, options.layout)
        lines = [self._normalise(line, factor, name) for line in found]
        size = (grey.width * factor, grey.height * factor)
        return PagePicture(lines, size, [line.outline for line in laid_out])

    def infer(
        self, graph: Graph, examples: Sequence[PagePicture], options: ReadingOptions
    ) -> list[Handwriting]:
        """Read the lines of all pictures in one run of the network."""
        outputs = iter(self._run(graph, [line for page in examples for line in page.lines]))
        return [
            join_lines(
                restore_outlines(
                    [self._read(next(outputs), line, page.size, options) for line in page.lines],
                    page.outlines,
                ),
                page.size,
                options.min_confidence,
            )
            for page in examples
        ]

    def _normalise(self, found: FoundLine, factor: int, name: str) -> LinePicture:
        pixels, placement = normalise_line(found.grey, self.preprocessing, name)
        on_page = placement.then(Affine.moved(found.box.left, found.box.top))
        whole = on_page.then(Affine.scaled(factor, factor))
        return LinePicture(pixels, whole, found.box.scaled(factor))

    def _run(self, graph: Graph, lines: Sequence[LinePicture]) -> Iterator[np.ndarray]:
        """Give the log-probabilities of each line: float32 [frames, symbols + 1].

        Lines of similar width share a run, so that little of it is padding.
        """
        outputs: dict[int, np.ndarray] = {}
        by_width = sorted(range(len(lines)), key=lambda index: lines[index].pixels.shape[1])
        for start in range(0, len(by_width), self.default_batch_size):
            indices = by_width[start : start + self.default_batch_size]
            widths = np.array([lines[index].pixels.shape[1] for index in indices], np.int32)
            images = pad_lines([lines[index].pixels for index in indices])
            outputs_of_run = graph.run(image=images, width=widths)
            frames = widths // WIDTH_STEP
            shape = (len(indices), int(frames.max()), None)
            (found,) = expect(outputs_of_run, shape)  # [batch, frames, symbols + 1]
            self._check_symbols(found)
            outputs |= {i: row[:n] for i, row, n in zip(indices, found, frames, strict=True)}
        return (outputs[index] for index in range(len(lines)))

    def _check_symbols(self, found: np.ndarray) -> None:
        if found.shape[2] != len(self.alphabet.symbols) + 1:
            raise BundleError(
                f"{self.bundle.path}: {len(self.alphabet.symbols)} symbols for {found.shape[2]} "
                "outputs; export the model again"
            )

    def _read(
        self, output: np.ndarray, line: LinePicture, size: tuple[int, int], options: ReadingOptions
    ) -> TextLine:
        readings = self._decode_output(output, options)
        texts = [self.alphabet.decode(reading.symbols).strip() for reading in readings]
        words = split_words(self.alphabet, readings[0], line.pixels, line.placement)
        return TextLine(
            text=texts[0],
            words=words,
            box=line.box,
            baseline=_find_baseline(line, size),
            polygon=_outline(line, size),
            alternatives=tuple(texts[1 : options.n_best]),
        )

    def _decode_output(self, output: np.ndarray, options: ReadingOptions) -> list[Reading]:
        weight = options.language_weight
        weight = self.preprocessing.language_weight if weight is None else weight
        model = self._language_model if weight else None
        beams = options.beams or max(READING_BEAMS if model else 1, options.n_best)
        if beams == 1:
            return [read_greedily(output, len(output))]
        if model is None:
            return search_beams(output, len(output), beams=beams)

        characters = self.alphabet.symbols

        def score(before: tuple[int, ...], symbol: int) -> float:
            return weight * model(before, characters[symbol])

        return search_beams(output, len(output), beams=beams, score_symbol=score)

    @cached_property
    def _language_model(self) -> SymbolScorer | None:
        return read_language_model(self.bundle, self.alphabet)


def pad_lines(lines: Sequence[np.ndarray]) -> np.ndarray:
    """Put lines of one height into one array, paper behind each: uint8 [line, height, width]."""
    width = max(line.shape[1] for line in lines)
    images = np.zeros((len(lines), lines[0].shape[0], width), np.uint8)
    for image, line in zip(images, lines, strict=True):
        image[:, : line.shape[1]] = line
    return images


def _choose_lines(grey: Image.Image, layout: str) -> list[FoundLine]:
    """Find the lines of a page, or take the picture as one line."""
    whole = FoundLine(Box(0, 0, *grey.size), grey)
    if layout == "line" or (layout == "auto" and grey.height < LOWEST_PAGE):
        return [whole]
    found = find_lines(grey)
    return found if len(found) > 1 or layout == "page" else [whole]


def _find_baseline(line: LinePicture, size: tuple[int, int]) -> tuple[Point, ...]:
    row, width = find_baseline(line.pixels), line.pixels.shape[1]
    return clip(line.placement.place([(0, row), (width, row)]), *size)


def _outline(line: LinePicture, size: tuple[int, int]) -> tuple[Point, ...]:
    height, width = line.pixels.shape
    return clip(line.placement.place(Box(0, 0, width, height).corners), *size)
