"""The family "trocr": networks that write the text of a line piece by piece."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar, NamedTuple

import numpy as np

from pipelines.bundle.folder import Bundle
from pipelines.errors import BundleError, ConfigurationError
from pipelines.handwriting.family import LoadGraph
from pipelines.handwriting.lines import LinePreprocessing
from pipelines.handwriting.pages import FoundLine
from pipelines.handwriting.pictures import LinePicture, cut_line
from pipelines.handwriting.results import TextLine
from pipelines.handwriting.trocr_decoding import TrocrGraphs, search_lines
from pipelines.handwriting.trocr_pictures import restore_colours, squeeze
from pipelines.handwriting.trocr_pieces import read_pieces
from pipelines.handwriting.trocr_settings import TrocrPreprocessing, TrocrShape
from pipelines.handwriting.trocr_words import spell, split_words
from pipelines.images import Page
from pipelines.options import ReadingOptions
from pipelines.search.beam_search import BeamSearch, Hypothesis

ENCODER_FILE = "encoder.onnx"
STEP_FILE = "step.onnx"


class TrocrLine(NamedTuple):
    """A line, and its picture as the network takes it, uint8 [side, side, 3]."""

    line: LinePicture
    square: np.ndarray


class TrocrFamily:
    """See `pipelines.handwriting.family.Family`."""

    sees_colours: ClassVar[bool] = True

    def __init__(self, bundle: Bundle) -> None:
        self._name = bundle.name
        self.preprocessing = bundle.read_preprocessing(TrocrPreprocessing)
        self.shape = bundle.read_config(TrocrShape)
        self.pieces = read_pieces(bundle)
        if self.pieces.size > self.shape.vocabulary:
            raise BundleError(
                f"{bundle.path}: {self.pieces.size} pieces for {self.shape.vocabulary} outputs; "
                "get the model again"
            )
        self._forbidden = [self.shape.padding, *range(self.pieces.size, self.shape.vocabulary)]

    def check(self, options: ReadingOptions) -> None:
        if options.language_weight:
            raise ConfigurationError(
                f"{self._name} has no language model; leave language_weight out"
            )

    def load(self, load_graph: LoadGraph) -> TrocrGraphs:
        return TrocrGraphs(load_graph(ENCODER_FILE), load_graph(STEP_FILE))

    def cut(self, found: FoundLine, page: Page, name: str) -> TrocrLine:
        line = cut_line(found, page, LinePreprocessing(), name)
        return TrocrLine(line, squeeze(restore_colours(found, page), self.preprocessing))

    def read(
        self,
        graphs: TrocrGraphs,
        lines: Sequence[TrocrLine],
        options: ReadingOptions,
        *,
        at_once: int,
    ) -> Iterator[TextLine]:
        """Read lines; blank ones without the network, which would always write something."""
        beams = options.beams or options.n_best
        squares = [item.square for item in lines if not item.line.is_blank]
        found = iter(self.search(graphs, squares, beams))
        return (
            self._describe(item.line, [] if item.line.is_blank else next(found), options.n_best)
            for item in lines
        )

    def search(
        self, graphs: TrocrGraphs, squares: Sequence[np.ndarray], beams: int
    ) -> list[list[Hypothesis]]:
        """Search the texts of pictures, uint8 [side, side, 3] each; of each all hypotheses."""
        return search_lines(
            graphs,
            self.shape,
            squares,
            longest=self.preprocessing.longest,
            forbidden=self._forbidden,
            # As the published models are measured: by the mean of their pieces.
            search=BeamSearch(beams, n_best=beams, length_penalty=1.0, length_offset=0.0),
        )

    def text_of(self, found: Hypothesis) -> str:
        """Give the text of a hypothesis; between words there is one space."""
        return " ".join("".join(letter.text for letter in spell(self.pieces, found)).split())

    def _describe(self, line: LinePicture, found: Sequence[Hypothesis], n_best: int) -> TextLine:
        """Say what was read; other pieces may be the same text."""
        texts = list(dict.fromkeys(map(self.text_of, found))) or [""]
        words = split_words(spell(self.pieces, found[0]), line) if found else ()
        return line.describe(texts[0], words, texts[1:n_best])
