"""What a translation gives."""

from __future__ import annotations

from dataclasses import dataclass

from pipelines.base import TaskResult
from pipelines.translation.alignment import Alignment

DOUBTFUL = 0.5  # a sentence with less confidence is more probably wrong than right


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
class Sentence:
    """A sentence of a text.

    Attributes:
        source: as it was given.
        text: its translation, or the source where `min_confidence` leaves that standing.
        confidence: 0 to 1. In a bundle that is calibrated, as the built-in one is, how probable it
            is that the translation can be used; else the mean probability of its pieces.
    """

    source: str
    text: str
    confidence: float


@dataclass(frozen=True, repr=False)
class TranslatedText(TaskResult):
    """A translation.

    Attributes:
        text: the best one.
        score: its score; see `Alternative`.
        alternatives: the `n_best` ones, best first, `text` included.
        sentences: what it is made of, in order, without what stands between.
        language: code of the language that the text is surely in, where that is another one than
            what it was translated from; None otherwise.
        alignments: of each sentence, where asked for.
    """

    text: str
    score: float
    alternatives: tuple[Alternative, ...]
    sentences: tuple[Sentence, ...] = ()
    language: str | None = None
    alignments: tuple[Alignment, ...] = ()

    def __str__(self) -> str:
        return self.text

    @property
    def doubtful(self) -> tuple[Sentence, ...]:
        """The sentences that are more probably wrong than right."""
        return tuple(item for item in self.sentences if item.confidence < DOUBTFUL)

    def _repr_html_(self) -> str:
        text = super()._repr_html_()
        if not self.alignments:
            return text
        from pipelines.translation.alignment_image import alignments_as_html

        return f"{text}\n{alignments_as_html(self.alignments)}"
