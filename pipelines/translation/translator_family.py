"""The family "translator": small networks with one vocabulary, marks and languages in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

from pipelines.bundle.folder import Bundle
from pipelines.errors import ConfigurationError
from pipelines.search.beam_search import WU_OFFSET, BeamSearch, Hypothesis
from pipelines.search.pieces import END
from pipelines.session import Graph
from pipelines.settings import Settings, setting
from pipelines.translation.decoding import translate
from pipelines.translation.family import LoadGraph
from pipelines.translation.pieces import TranslationPieces, frame_source
from pipelines.translation.sentences import Job

PIECES_FILE = "pieces.model"
ENCODER_FILE = "encoder.onnx"
STEP_FILE = "step.onnx"


class TranslatorGraphs(NamedTuple):
    """The encoder, run once per sentence, and a step of the decoder, run for each piece."""

    encoder: Graph
    step: Graph


@dataclass(frozen=True)
class TranslationPreprocessing(Settings):
    """What a bundle says of its texts.

    Attributes:
        directions: what the model can do, each (source, target) as language codes.
        longest: pieces that it translates at once.
        confidence: see `pipelines.translation.confidence`; none where it is not calibrated.
    """

    directions: list[list[str]] = setting()
    longest: int = setting(minimum=4, maximum=10_000)
    confidence: tuple[float, ...] = setting(())

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.directions or not all(map(_is_direction, self.directions)):
            raise ConfigurationError(f"directions {self.directions!r} are not pairs of languages")
        if len(self.confidence) not in (0, 3):
            raise ConfigurationError(f"confidence {self.confidence!r} is not three numbers")


def _is_direction(value: Any) -> bool:
    pair = isinstance(value, (list, tuple)) and len(value) == 2
    return pair and all(isinstance(code, str) for code in value)


class TranslatorFamily:
    """See `pipelines.translation.family.Family`."""

    length_penalty: ClassVar[float] = 0.6
    # Of 0 to 0.4, the chrF of held-out sentences and documentation is best here, both ways.
    coverage_penalty: ClassVar[float] = 0.2
    length_offset: ClassVar[float] = WU_OFFSET
    first_column: ClassVar[int] = 1  # the language comes first

    def __init__(self, bundle: Bundle, target: str) -> None:
        preprocessing = bundle.read_preprocessing(TranslationPreprocessing)
        self.longest, self.confidence = preprocessing.longest, preprocessing.confidence
        origin = str(bundle.path / PIECES_FILE)
        self.pieces = TranslationPieces(bundle.read(PIECES_FILE), origin=origin)
        self._language = self.pieces.language(target)
        self._forbidden = self.pieces.special()

    @staticmethod
    def directions(bundle: Bundle) -> tuple[tuple[str, str], ...]:
        preprocessing = bundle.read_preprocessing(TranslationPreprocessing)
        return tuple((str(one), str(other)) for one, other in preprocessing.directions)

    def load(self, load_graph: LoadGraph) -> TranslatorGraphs:
        return TranslatorGraphs(load_graph(ENCODER_FILE), load_graph(STEP_FILE))

    def translate(
        self, graphs: TranslatorGraphs, jobs: Sequence[Job], search: BeamSearch
    ) -> list[list[Hypothesis]]:
        return translate(
            graphs.encoder,
            graphs.step,
            [frame_source(job.pieces, self._language) for job in jobs],
            vocabulary=len(self.pieces),
            forbidden=self._forbidden,
            required=[[self.pieces.mark(mark) for mark, _ in job.kept] for job in jobs],
            search=search,
        )

    def show_source(self, pieces: Sequence[int]) -> tuple[str, ...]:
        return tuple(map(self.pieces.text_of, frame_source(pieces, self._language)))

    def show_target(self, pieces: Sequence[int]) -> tuple[str, ...]:
        return tuple(map(self.pieces.text_of, (*pieces, END)))
