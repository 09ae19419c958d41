"""The family "marian": published translators of a pair or a group of languages, such as OPUS-MT."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from typing import ClassVar

from pipelines.bundle.folder import Bundle
from pipelines.errors import BundleError
from pipelines.search.beam_search import BeamSearch, Hypothesis
from pipelines.translation.family import LoadGraph
from pipelines.translation.languages import EXACT, SAME, distance
from pipelines.translation.marian_cutting import Stretch, cut, join
from pipelines.translation.marian_decoding import MarianGraphs, search_translations
from pipelines.translation.marian_pieces import LANGUAGE, UNKNOWN, read_pieces
from pipelines.translation.marian_settings import MarianSettings, MarianShape
from pipelines.translation.marian_stand_ins import Prepared, find_stand_ins, put_stand_ins
from pipelines.translation.sentences import Job

ENCODER_FILE = "encoder.onnx"
STEP_FILE = "step.onnx"


class MarianFamily:
    """See `pipelines.translation.family.Family`.

    Raises:
        BundleError: the bundle lacks something, or its parts do not fit together.
    """

    length_penalty: ClassVar[float] = 1.0  # as OPUS-MT's models were measured
    coverage_penalty: ClassVar[float] = 0.0  # likewise
    length_offset: ClassVar[float] = 0.0
    first_column: ClassVar[int] = 0
    confidence: tuple[float, ...] = ()

    def __init__(self, bundle: Bundle, target: str) -> None:
        self.longest = bundle.read_preprocessing(MarianSettings).longest
        self._shape = bundle.read_config(MarianShape)
        self.pieces = read_pieces(bundle)
        known = self.pieces.target.pieces
        if len(known) > self._shape.target_vocabulary:
            raise BundleError(
                f"{bundle.path}: {len(known)} pieces for {self._shape.target_vocabulary} outputs; "
                "get the model again"
            )
        prefix = self.pieces.source.number_of.get(f">>{target}<<")
        self._prefix = [] if prefix is None else [prefix]
        self._forbidden = never_said(known, self._shape)

    @staticmethod
    def directions(bundle: Bundle) -> tuple[tuple[str, str], ...]:
        settings = bundle.read_preprocessing(MarianSettings)
        pairs = product(settings.sources, settings.targets)
        return tuple(pair for pair in pairs if distance(*pair) not in (EXACT, SAME))

    def load(self, load_graph: LoadGraph) -> MarianGraphs:
        return MarianGraphs(load_graph(ENCODER_FILE), load_graph(STEP_FILE))

    def translate(
        self, graphs: MarianGraphs, jobs: Sequence[Job], search: BeamSearch
    ) -> list[list[Hypothesis]]:
        """Translate sentences; where a mark got lost, again without it.

        A hypothesis without all marks is left out while there are others. Where there are none, the
        sentence is cut at the lost marks, and its parts are translated.
        """
        prepared = [put_stand_ins(job, self.pieces) for job in jobs]
        found = self._search(graphs, prepared, search)
        cuts: dict[int, list[Stretch]] = {}
        for number, (job, own) in enumerate(zip(jobs, prepared, strict=True)):
            checked = [find_stand_ins(item, own, self.pieces) for item in found[number]]
            whole = [item for item, lost in checked if not lost]
            lost = own.unwritten or (checked[0][1] if not whole else set())
            found[number] = whole
            if lost:
                cuts[number] = cut(job, lost, self.pieces)
        parts = [item.job for stretches in cuts.values() for item in stretches if item.is_text]
        said = iter(self.translate(graphs, parts, search) if parts else [])
        for number, stretches in cuts.items():
            best = [next(said)[0] for item in stretches if item.is_text]
            found[number] = [join(jobs[number], stretches, best, self.pieces)]
        return found

    def show_source(self, pieces: Sequence[int]) -> tuple[str, ...]:
        return (*map(self.pieces.text_of, pieces), self.pieces.source.pieces[self._shape.end])

    def show_target(self, pieces: Sequence[int]) -> tuple[str, ...]:
        return (*map(self.pieces.target_text, pieces), self.pieces.target.pieces[self._shape.end])

    def _search(
        self, graphs: MarianGraphs, prepared: Sequence[Prepared], search: BeamSearch
    ) -> list[list[Hypothesis]]:
        """Search for all sentences whose marks have stand-ins; the others get no hypotheses."""
        searched = [number for number, item in enumerate(prepared) if not item.unwritten]
        sources = [self.frame(prepared[number].pieces) for number in searched]
        results = search_translations(
            graphs, self._shape, sources, forbidden=self._forbidden, search=search
        )
        found: list[list[Hypothesis]] = [[] for _ in prepared]
        for number, hypotheses in zip(searched, results, strict=True):
            count = len(prepared[number].pieces)
            found[number] = [self._over_pieces(item, count) for item in hypotheses]
        return found

    def frame(self, pieces: Sequence[int]) -> list[int]:
        """Put the wanted language, where the model has to be told, before pieces and the end after
        them."""
        return [*self._prefix, *pieces, self._shape.end]

    def _over_pieces(self, hypothesis: Hypothesis, count: int) -> Hypothesis:
        """Keep the attention over a sentence's pieces and its end; each row adds up to 1."""
        first = len(self._prefix)
        attention = hypothesis.attention[:, first : first + count + 1]
        total = attention.sum(axis=1, keepdims=True)
        return replace(hypothesis, attention=attention / total.clip(min=1e-9))


def never_said(pieces: Sequence[str], shape: MarianShape) -> list[int]:
    """List what no translation has: its beginning, the unknown, languages, and no pieces at all."""
    special = [
        number
        for number, piece in enumerate(pieces)
        if piece == UNKNOWN or LANGUAGE.fullmatch(piece)
    ]
    return sorted({shape.begin, *special, *range(len(pieces), shape.target_vocabulary)})
