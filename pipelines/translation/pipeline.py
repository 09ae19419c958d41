"""Translate text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from pipelines.base import Failure, OnError, Pipeline
from pipelines.bundle.folder import Bundle
from pipelines.errors import BundleError, ConfigurationError
from pipelines.search.beam_search import BeamSearch, Hypothesis
from pipelines.session import Graph
from pipelines.text import read_text
from pipelines.translation.alignment import Alignment
from pipelines.translation.decoding import translate
from pipelines.translation.keeping import Keeper
from pipelines.translation.pieces import END, Pieces, frame_source
from pipelines.translation.sentences import Job, Plan, Planner

PIECES_FILE = "pieces.model"
ENCODER_FILE = "encoder.onnx"
STEP_FILE = "step.onnx"
TextSource = str | bytes

SENTENCES_A_RUN = 32  # of like length, searched together


class TranslatorGraphs(NamedTuple):
    """The encoder, run once a sentence, and a step of the decoder, run for each piece."""

    encoder: Graph
    step: Graph


@dataclass(frozen=True)
class Alternative:
    """One way to translate a text.

    Attributes:
        text: the translation.
        score: mean over its sentences; higher is better, 0 the highest.
    """

    text: str
    score: float


@dataclass(frozen=True)
class TranslatedText:
    """A translation.

    Attributes:
        text: the best one.
        score: its score; see `Alternative`.
        alternatives: the `n_best` ones, best first, `text` included.
        alignments: of each sentence, where asked for.
    """

    text: str
    score: float
    alternatives: tuple[Alternative, ...]
    alignments: tuple[Alignment, ...] = ()


@dataclass(frozen=True)
class TranslationOptions:
    """How to translate; see `Translation.__call__`."""

    search: BeamSearch = field(default_factory=BeamSearch)
    keep: str | None = None
    glossary: Mapping[str, str] | None = None
    align: bool = False


class Translation(Pipeline[TextSource, str, TranslationOptions, TranslatedText]):
    """Translate with a bundle; make one with `pipelines.load`.

    Args:
        bundle: the model.
        device: "auto", "cpu" or "gpu".
        threads: processor threads to use; None takes every core.
        source: code of the language to translate from; None takes what the model has.
        target: code of the language to translate to; None takes what the model has.

    Attributes:
        directions: what the model can do, each (source, target).
        source: the language translated from.
        target: the language translated to.

    Raises:
        ConfigurationError: the model does not translate between these languages.
    """

    cpu_batch_size = 256  # searched in runs of sentences of like length
    gpu_batch_size = 1024

    def __init__(
        self,
        bundle: Bundle,
        *,
        device: str = "auto",
        threads: int | None = None,
        source: str | None = None,
        target: str | None = None,
    ) -> None:
        super().__init__(bundle, device=device, threads=threads)
        self.directions = _read_directions(bundle)
        self.source, self.target = self._choose_direction(source, target)
        origin = str(bundle.path / PIECES_FILE)
        self.pieces = Pieces(bundle.read(PIECES_FILE), origin=origin)
        self._planner = Planner(self.pieces, _read_longest(bundle))
        self._foreign = self.pieces.is_foreign
        self._language = self.pieces.language(self.target)
        self._forbidden = self.pieces.special()

    def __call__(
        self,
        text: TextSource | Sequence[TextSource],
        *,
        beams: int = 4,
        n_best: int = 1,
        length_penalty: float = 0.6,
        coverage_penalty: float = 0.0,
        keep: str | None = None,
        glossary: Mapping[str, str] | None = None,
        align: bool = False,
    ) -> TranslatedText | list[TranslatedText]:
        """Translate a text, or a list of texts.

        Line breaks, white space around sentences, and lines without a letter stay as they are.

        Args:
            text: of one or many sentences; UTF-8 where it is bytes.
            beams: hypotheses kept while searching; 1 is greedy.
            n_best: how many translations to return.
            length_penalty: 0 favours short translations.
            coverage_penalty: more punishes leaving parts of the source out.
            keep: regular expression of what is not to be translated, beside placeholders, tags,
                addresses and long numbers.
            glossary: source term -> what it is in the target language.
            align: give alignments.

        Raises:
            InputError: the text cannot be used.
            ConfigurationError: an option cannot be used.
        """
        search = BeamSearch(beams, n_best, length_penalty, coverage_penalty)
        options = TranslationOptions(search, keep, glossary, align)
        if isinstance(text, Sequence) and not isinstance(text, (str, bytes)):
            return list(self.translate_many(text, options))
        return self.predict_one(text, options)

    def stream(
        self,
        texts: Iterable[TextSource],
        *,
        batch_size: int | None = None,
        on_error: OnError = "raise",
        options: TranslationOptions | None = None,
    ) -> Iterator[TranslatedText | Failure]:
        """Translate many texts on all cores, in order, in constant memory.

        Args:
            texts: any iterable; it is read as the results are taken.
            batch_size: texts whose sentences are sorted by length together; None takes what suits
                the device.
            on_error: "raise" an InputError at a bad text, or "return" a Failure in its place.
            options: how to translate.
        """
        return self.predict_many(texts, options or TranslationOptions(), batch_size, on_error)

    def between(self, source: str | None, target: str | None) -> Translation:
        """Give the same model for another direction.

        Raises:
            ConfigurationError: it does not have it.
        """
        return Translation(
            self.bundle, device=self.device, threads=self.threads, source=source, target=target
        )

    def translate_many(
        self, texts: Iterable[TextSource], options: TranslationOptions
    ) -> Iterator[TranslatedText]:
        """Translate many texts; an unusable one is an error."""
        for result in self.stream(texts, options=options):
            assert isinstance(result, TranslatedText)  # "raise" gives no failures
            yield result

    def decode(self, source: TextSource, options: TranslationOptions | None = None) -> str:
        return read_text(source)

    def load_graphs(self, threads: int) -> TranslatorGraphs:
        return TranslatorGraphs(
            self.load_graph(ENCODER_FILE, threads), self.load_graph(STEP_FILE, threads)
        )

    def infer(
        self, graph: TranslatorGraphs, examples: Sequence[str], options: TranslationOptions
    ) -> list[TranslatedText]:
        """Translate texts: all their sentences together, in runs of like length."""
        plans = self._planner.plan(examples, Keeper(options.keep, options.glossary, self._foreign))
        jobs = {job for plan in plans for job in plan.jobs}
        by_length = sorted(jobs, key=lambda job: (len(job.pieces), job.pieces))
        found: dict[Job, list[Hypothesis]] = {}
        for first in range(0, len(by_length), SENTENCES_A_RUN):
            run = by_length[first : first + SENTENCES_A_RUN]
            found |= zip(run, self._search(graph, run, options.search), strict=True)
        return [self._assemble(plan, found, align=options.align) for plan in plans]

    def _search(
        self, graph: TranslatorGraphs, jobs: Sequence[Job], search: BeamSearch
    ) -> list[list[Hypothesis]]:
        return translate(
            graph.encoder,
            graph.step,
            [frame_source(job.pieces, self._language) for job in jobs],
            forbidden=self._forbidden,
            required=[[self.pieces.mark(mark) for mark, _ in job.kept] for job in jobs],
            search=search,
        )

    def _assemble(
        self, plan: Plan, found: Mapping[Job, list[Hypothesis]], *, align: bool
    ) -> TranslatedText:
        """Put sentences together: the best of each, then the second best of each, and so on."""
        most = max((len(found[job]) for job in plan.jobs), default=1)
        alternatives = []
        for rank in range(most):
            chosen = [found[job][min(rank, len(found[job]) - 1)] for job in plan.jobs]
            text = plan.fill([self.pieces.decode(item.pieces) for item in chosen])
            score = sum(item.score for item in chosen) / max(len(chosen), 1)
            alternatives.append(Alternative(text, float(score)))
        alignments = [self._align(job, found[job][0]) for job in plan.jobs] if align else []
        best = alternatives[0]
        return TranslatedText(best.text, best.score, tuple(alternatives), tuple(alignments))

    def _choose_direction(self, source: str | None, target: str | None) -> tuple[str, str]:
        for known in self.directions:
            if source in (None, known[0]) and target in (None, known[1]):
                return known
        there = ", ".join(f"{one} to {other}" for one, other in self.directions)
        raise ConfigurationError(
            f"model {self.bundle.name!r} does not translate {source or 'anything'} to "
            f"{target or 'anything'} (it does: {there}); choose another --model, or train one"
        )

    def _align(self, job: Job, hypothesis: Hypothesis) -> Alignment:
        source = frame_source(job.pieces, self._language)
        weights = hypothesis.attention[:, : len(source)]
        return Alignment(
            tuple(self.pieces.text_of(piece) for piece in source),
            tuple(self.pieces.text_of(piece) for piece in (*hypothesis.pieces, END)),
            tuple(tuple(float(weight) for weight in row) for row in weights),
        )


def _read_directions(bundle: Bundle) -> tuple[tuple[str, str], ...]:
    try:
        return tuple((str(one), str(other)) for one, other in bundle.preprocessing["directions"])
    except (KeyError, TypeError, ValueError):
        raise BundleError(f"{bundle.path}: unusable preprocessing; get the model again") from None


def _read_longest(bundle: Bundle) -> int:
    longest = bundle.preprocessing.get("longest")
    if not isinstance(longest, int) or longest < 1:
        raise BundleError(f"{bundle.path}: unusable preprocessing; get the model again")
    return longest
