"""The family "ctc": our own networks, which give symbols for each stretch of a line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import ClassVar

import numpy as np

from pipelines.bundle.folder import Bundle
from pipelines.ctc.alphabet import read_alphabet
from pipelines.ctc.decoding import Reading, read_greedily, search_beams
from pipelines.ctc.language_model import SymbolScorer, read_language_model
from pipelines.errors import BundleError, ConfigurationError
from pipelines.handwriting.family import LoadGraph
from pipelines.handwriting.lines import WIDTH_STEP, LinePreprocessing, pad_lines
from pipelines.handwriting.pages import FoundLine
from pipelines.handwriting.pictures import LinePicture, cut_line
from pipelines.handwriting.results import TextLine
from pipelines.handwriting.words import split_words
from pipelines.images import Page
from pipelines.options import READING_BEAMS, ReadingOptions
from pipelines.session import Graph, expect

GRAPH_FILE = "model.onnx"


class CtcFamily:
    """See `pipelines.handwriting.family.Family`.

    Attributes:
        alphabet: the characters that the bundle knows.
    """

    sees_colours: ClassVar[bool] = False

    def __init__(self, bundle: Bundle) -> None:
        self._bundle = bundle
        self.alphabet = read_alphabet(bundle)
        self._preprocessing = bundle.read_preprocessing(LinePreprocessing)

    @cached_property
    def language_model(self) -> SymbolScorer | None:
        """The bundle's model of the language, if it has one; read when it is first asked for."""
        return read_language_model(self._bundle, self.alphabet)

    def check(self, options: ReadingOptions) -> None:
        if options.language_weight and self.language_model is None:
            raise ConfigurationError(
                f"{self._bundle.name} has no language model; leave language_weight out"
            )

    def load(self, load_graph: LoadGraph) -> Graph:
        return load_graph(GRAPH_FILE)

    def cut(self, found: FoundLine, page: Page, name: str) -> LinePicture:
        return cut_line(found, page, self._preprocessing, name)

    def read(
        self, graphs: Graph, lines: Sequence[LinePicture], options: ReadingOptions, *, at_once: int
    ) -> Iterator[TextLine]:
        outputs = self._run(graphs, lines, at_once)
        return (
            self._read(output, line, options) for output, line in zip(outputs, lines, strict=True)
        )

    def _run(
        self, graph: Graph, lines: Sequence[LinePicture], at_once: int
    ) -> Iterator[np.ndarray]:
        """Give the log-probabilities of each line: float32 [frames, symbols + 1].

        Lines of similar width share a run, so that little of it is padding.
        """
        outputs: dict[int, np.ndarray] = {}
        by_width = sorted(range(len(lines)), key=lambda index: lines[index].pixels.shape[1])
        for start in range(0, len(by_width), at_once):
            indices = by_width[start : start + at_once]
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
                f"{self._bundle.path}: {len(self.alphabet.symbols)} symbols for {found.shape[2]} "
                "outputs; export the model again"
            )

    def _read(self, output: np.ndarray, line: LinePicture, options: ReadingOptions) -> TextLine:
        readings = self._decode(output, options)
        texts = [self.alphabet.decode(reading.symbols).strip() for reading in readings]
        words = split_words(self.alphabet, readings[0], line.pixels, line.placement)
        return line.describe(texts[0], words, texts[1 : options.n_best])

    def _decode(self, output: np.ndarray, options: ReadingOptions) -> list[Reading]:
        weight = options.language_weight
        weight = self._preprocessing.language_weight if weight is None else weight
        model = self.language_model if weight else None
        beams = options.beams or max(READING_BEAMS if model else 1, options.n_best)
        if beams == 1:
            return [read_greedily(output, len(output))]
        if model is None:
            return search_beams(output, len(output), beams=beams)

        characters = self.alphabet.symbols

        def score(before: tuple[int, ...], symbol: int) -> float:
            return weight * model(before, characters[symbol])

        return search_beams(output, len(output), beams=beams, score_symbol=score)
