"""Translate text."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from os import PathLike
from typing import Any, overload

from pipelines.base import Pipeline
from pipelines.bundle.families import choose_family
from pipelines.bundle.folder import Bundle
from pipelines.errors import ConfigurationError, InputError
from pipelines.options import TRANSLATION_BEAMS, TranslationOptions
from pipelines.search.beam_search import BeamSearch, Hypothesis
from pipelines.text import read_text
from pipelines.translation.alignment import Alignment
from pipelines.translation.confidence import Confidence
from pipelines.translation.documents import read_document
from pipelines.translation.family import Family
from pipelines.translation.inline_tags import word_weights
from pipelines.translation.keeping import Keeper
from pipelines.translation.language import SURE, detect_language
from pipelines.translation.languages import find_direction
from pipelines.translation.marian_family import MarianFamily
from pipelines.translation.names import read_lexicon
from pipelines.translation.results import Alternative, Sentence, TranslatedText
from pipelines.translation.searching import ask_again, search_jobs
from pipelines.translation.sentences import Job, Plan, Planner
from pipelines.translation.translator_family import TranslatorFamily

# A network that says nothing of its family is one of ours.
FAMILIES: dict[str, type[Family]] = {"translator": TranslatorFamily, "marian": MarianFamily}
OWN_FAMILY = "translator"
TextSource = str | bytes

MOST_CHARACTERS = 1_000_000  # of one text: a thick book
MOST_DETECTED = 2_000  # characters whose language is told
COMMON = ("de", "en", "es", "fr", "it", "pt")  # languages that a text may be in by mistake
SURE_OF_ANOTHER = 0.97  # none of 4,544 English and Spanish sentences has it for another language
MOST_SHOWN = 20  # directions, in a message


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

    options_class = TranslationOptions
    cpu_batch_size = 256  # searched in runs of sentences of similar length
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
        family = family_of(bundle)
        self.directions = family.directions(bundle)
        self.source, self.target = self._choose_direction(source, target)
        self._family = family(bundle, self.target)
        self.pieces = self._family.pieces
        self._planner = Planner(self.pieces, self._family.longest, self.target)
        self._lexicon = read_lexicon(bundle, self.source)
        self._foreign = self.pieces.is_foreign
        self._confidence = Confidence(self._family.confidence)

    @overload
    def __call__(self, text: TextSource, /, **options: Any) -> TranslatedText: ...

    @overload
    def __call__(self, text: Sequence[TextSource], /, **options: Any) -> list[TranslatedText]: ...

    def __call__(
        self, text: TextSource | Sequence[TextSource], /, **options: Any
    ) -> TranslatedText | list[TranslatedText]:
        """Translate a text, or a list of texts.

        Line breaks, white space around sentences, and lines without a letter stay as they are.

        Args:
            text: of one or many sentences; UTF-8 where it is bytes.

        Raises:
            InputError: the text cannot be used.
            ConfigurationError: there is no such option, or its value cannot be used.
        """
        if isinstance(text, Sequence) and not isinstance(text, (str, bytes)):
            return list(self.stream(text, **options))
        return super().__call__(text, **options)

    def arguments(self) -> dict[str, Any]:
        return {**super().arguments(), "source": self.source, "target": self.target}

    def document(self, path: str | PathLike[str], **options: Any) -> str | bytes:
        """Translate a document; its structure stays.

        Args:
            path: of the file: .srt, .vtt, .po, .md, .html, .docx, .odt, or plain text.

        Returns:
            What the translated file has; of .docx and .odt, bytes.

        Raises:
            InputError: it cannot be read, is damaged, or is of another kind.
            MissingExtraError: its format needs packages of the extra [documents].
            ConfigurationError: there is no such option, or its value cannot be used.
        """
        document = read_document(path, target=self.target)
        return document.fill([item.text for item in self.stream(document.texts, **options)])

    def between(self, source: str | None, target: str | None) -> Translation:
        """Give the same model for another direction.

        Raises:
            ConfigurationError: it does not have it.
        """
        return Translation(self.bundle, **{**self.arguments(), "source": source, "target": target})

    def decode(self, source: TextSource, options: TranslationOptions) -> str:
        text = read_text(source)
        if len(text) > MOST_CHARACTERS:
            raise InputError(
                f"a text of {len(text):,} characters is too long; translate at most "
                f"{MOST_CHARACTERS:,} at once"
            )
        return text

    def load_graphs(self, threads: int) -> Any:
        return self._family.load(lambda file: self.load_graph(file, threads))

    def infer(
        self, graph: Any, examples: Sequence[str], options: TranslationOptions
    ) -> list[TranslatedText]:
        """Translate texts: all their sentences together, in runs of similar length."""
        keeper = Keeper(
            options.keep,
            options.glossary,
            self._foreign,
            self._lexicon,
            self.pieces.marks,
            source=self.source,
            target=self.target,
        )
        plans = self._planner.plan(examples, keeper)
        jobs = {job for plan in plans for job in plan.jobs}
        family = self._family
        search = BeamSearch(
            options.beams or max(TRANSLATION_BEAMS, options.n_best),
            options.n_best,
            _or_own(options.length_penalty, family.length_penalty),
            _or_own(options.coverage_penalty, family.coverage_penalty),
            family.length_offset,
        )
        found = search_jobs(family, graph, jobs, search)
        found |= ask_again(family, graph, found, search, self._trust)
        return [
            self._assemble(text, plan, found, options)
            for text, plan in zip(examples, plans, strict=True)
        ]

    def _trust(self, job: Job, best: Hypothesis) -> float:
        """Give the confidence of a translation."""
        mean = math.exp(best.log_probability / (len(best.pieces) + 1))
        return self._confidence.of(mean, len(job.text.split()))

    def _assemble(
        self,
        text: str,
        plan: Plan,
        found: Mapping[Job, list[Hypothesis]],
        options: TranslationOptions,
    ) -> TranslatedText:
        """Put sentences together: the best of each, then the second best of each, and so on."""
        sentences = tuple(self._sentence(job, found[job][0], options) for job in plan.jobs)
        alternatives = []
        for rank in range(max((len(found[job]) for job in plan.jobs), default=1)):
            chosen = [found[job][min(rank, len(found[job]) - 1)] for job in plan.jobs]
            said = [self._finish(job, item) for job, item in zip(plan.jobs, chosen, strict=True)]
            best = [item.text for item in sentences]  # a source that is left standing included
            score = sum(item.score for item in chosen) / max(len(chosen), 1)
            alternatives.append(Alternative(plan.fill(said if rank else best), float(score)))
        return TranslatedText(
            alternatives[0].text,
            alternatives[0].score,
            tuple(alternatives),
            sentences,
            self._other_language(text),
            tuple(self._align(job, found[job][0]) for job in plan.jobs) if options.align else (),
        )

    def _sentence(self, job: Job, best: Hypothesis, options: TranslationOptions) -> Sentence:
        confidence = self._trust(job, best)
        leave = confidence < options.min_confidence
        return Sentence(job.source, job.source if leave else self._finish(job, best), confidence)

    def _other_language(self, text: str) -> str | None:
        """Give the language of a text where it is surely not the one translated from."""
        found = detect_language(text[:MOST_DETECTED], {self.source, self.target, *COMMON})
        if found is None or found.code == self.source:
            return None
        least = SURE if found.code == self.target else SURE_OF_ANOTHER
        return found.code if found.probability >= least else None

    def _finish(self, job: Job, hypothesis: Hypothesis) -> str:
        """Give a translation as its source was written."""
        text = self.pieces.decode(hypothesis.pieces)
        if not job.places:
            return job.finish(text)
        first, behind = self._family.first_column, self._family.first_column + len(job.pieces)
        source = self._family.show_source(job.pieces)[first:behind]
        target = self._family.show_target(hypothesis.pieces)[:-1]  # without the end
        own = hypothesis.attention[: len(target), first:behind]
        return job.finish(text, word_weights(own, target, source))

    def _choose_direction(self, source: str | None, target: str | None) -> tuple[str, str]:
        known = find_direction(self.directions, source, target)
        if known:
            return known
        there = ", ".join(f"{one} to {other}" for one, other in self.directions[:MOST_SHOWN])
        more = ", ..." if len(self.directions) > MOST_SHOWN else ""
        raise ConfigurationError(
            f"model {self.bundle.name!r} does not translate {source or 'anything'} to "
            f"{target or 'anything'} (it translates: {there}{more}); choose another --model, train "
            "one, or pull one: `dltasks models list --all --task translation`"
        )

    def _align(self, job: Job, hypothesis: Hypothesis) -> Alignment:
        source = self._family.show_source(job.pieces)
        weights = hypothesis.attention[:, : len(source)]
        return Alignment(
            source,
            self._family.show_target(hypothesis.pieces),
            tuple(tuple(float(weight) for weight in row) for row in weights),
        )


def _or_own(given: float | None, own: float) -> float:
    return own if given is None else given


def family_of(bundle: Bundle) -> type[Family]:
    """Give the family of a bundle's network.

    Raises:
        BundleError: it is not known.
    """
    return choose_family(bundle, FAMILIES, OWN_FAMILY)
