"""Measure a translator: BLEU and chrF by sacreBLEU (Post 2018), speed, the worst sentences."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

from dltasks.data.examples import Example
from dltasks.evaluation.report import Report
from dltasks.extras import require
from pipelines.errors import ConfigurationError
from pipelines.text import tidy

MOST_WORST = 10


class CorpusScore(NamedTuple):
    """A figure, 0 to 100, and how it was computed, as sacreBLEU says it."""

    score: float
    signature: str


@dataclass(frozen=True)
class Sentence:
    """A sentence that went badly.

    Attributes:
        source: the sentence.
        said: its translation.
        references: translations by people.
        chrf: 0 to 100, of this sentence.
    """

    source: str
    said: str
    references: tuple[str, ...]
    chrf: float


@dataclass(frozen=True)
class Direction:
    """The figures of one direction.

    Attributes:
        name: "en-es".
        bleu: 0 to 100, of the whole corpus.
        chrf: 0 to 100, of the whole corpus.
        bleu_signature: how it was computed, as sacreBLEU says it.
        chrf_signature: likewise.
        sentences: different source sentences that were translated.
        sentences_per_second: all of it, from text to text.
        worst: the sentences of the lowest chrF, lowest first.
        skipped: sentences that could not be read.
    """

    name: str
    bleu: float
    chrf: float
    bleu_signature: str
    chrf_signature: str
    sentences: int
    sentences_per_second: float
    worst: tuple[Sentence, ...]
    skipped: int


@dataclass(frozen=True)
class TranslationReport(Report):
    """A translator's figures, for each direction that it has."""

    directions: tuple[Direction, ...]

    @property
    def skipped(self) -> int:  # type: ignore[override]
        return sum(direction.skipped for direction in self.directions)

    @property
    def metrics(self) -> dict[str, float]:
        bleu = {f"bleu_{item.name}": item.bleu for item in self.directions}
        return bleu | {f"chrf_{item.name}": item.chrf for item in self.directions}

    def to_dict(self) -> dict[str, Any]:
        return {
            "metrics": self.metrics,
            "directions": [asdict(item) for item in self.directions],
            "skipped": self.skipped,
        }

    def to_text(self) -> str:
        return "\n".join(line for item in self.directions for line in _describe(item))

    def save_plots(self, folder: Path) -> list[Path]:
        return []


def group_references(examples: Iterable[Example], *, turned: bool) -> dict[str, list[str]]:
    """Give each source sentence with all its translations; `turned` swaps the sides."""
    references: dict[str, list[str]] = {}
    for item in examples:
        source, target = (item.target, item.source) if turned else (item.source, item.target)
        references.setdefault(tidy(source), []).append(tidy(target))
    return references


def score_corpus(
    said: Sequence[str], references: Sequence[Sequence[str]]
) -> tuple[CorpusScore, CorpusScore]:
    """Give BLEU and chrF of translations, each against one or more of people's."""
    metrics = require("sacrebleu.metrics", "measuring translations")
    most = max(map(len, references))
    # sacreBLEU takes the first reference of every sentence, then the second of every sentence, ...
    streams = [[known[i] if i < len(known) else None for known in references] for i in range(most)]
    scores = []
    for metric in (metrics.BLEU(), metrics.CHRF()):
        value = metric.corpus_score(list(said), streams).score
        scores.append(CorpusScore(value, str(metric.get_signature())))
    return scores[0], scores[1]


def measure(
    name: str,
    sources: Sequence[str],
    said: Sequence[str | None],
    references: Sequence[Sequence[str]],
    *,
    seconds: float,
) -> Direction:
    """Compare translations with those of people.

    Args:
        name: of the direction.
        sources: the sentences.
        said: their translations; None where there is none.
        references: one or more for each sentence.
        seconds: that translating took.

    Raises:
        ConfigurationError: there is nothing to compare.
    """
    rows = [row for row in zip(sources, said, references, strict=True) if row[1] is not None]
    if not rows:
        raise ConfigurationError("no sentence could be read; run `dltasks data check` to see why")
    hypotheses = [str(row[1]) for row in rows]
    metrics = require("sacrebleu.metrics", "measuring translations")
    bleu, chrf = score_corpus(hypotheses, [row[2] for row in rows])
    each = metrics.CHRF()
    sentences = [
        Sentence(source, str(text), tuple(known), each.sentence_score(str(text), known).score)
        for source, text, known in rows
    ]
    return Direction(
        name=name,
        bleu=bleu.score,
        chrf=chrf.score,
        bleu_signature=bleu.signature,
        chrf_signature=chrf.signature,
        sentences=len(rows),
        sentences_per_second=len(rows) / max(seconds, 1e-9),
        worst=tuple(sorted(sentences, key=lambda item: item.chrf)[:MOST_WORST]),
        skipped=len(said) - len(rows),
    )


def _describe(item: Direction) -> list[str]:
    lines = [
        f"{item.name}: BLEU {item.bleu:.1f}, chrF {item.chrf:.1f} on {item.sentences} sentences, "
        f"{item.sentences_per_second:.0f} sentences/s",
        f"  BLEU {item.bleu_signature}",
        f"  chrF {item.chrf_signature}",
        "  worst sentences:",
    ]
    for sentence in item.worst:
        known = " / ".join(sentence.references)
        lines.append(f"    {sentence.chrf:5.1f}  {sentence.source} -> {sentence.said} ({known})")
    return lines
