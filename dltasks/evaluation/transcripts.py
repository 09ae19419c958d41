"""Measure transcripts: character and word error rates, the worst examples."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dltasks.evaluation.report import Report
from dltasks.extras import require

WORST_KEPT = 50
WORST_SHOWN = 10


@dataclass(frozen=True)
class Transcript:
    """The true text of an example, and the text that the model gave.

    Attributes:
        source: the example's file.
        truth: its text.
        text: what was read or heard.
        group: its writer or speaker, or "".
        place: where it stands in its data, for people; "" is its file.
    """

    source: str
    truth: str
    text: str
    group: str = ""
    place: str = ""

    @property
    def where(self) -> str:
        """Name it for people."""
        return self.place or self.source


AS_WRITTEN = "case and punctuation count"

Draw = Callable[[Sequence[Transcript], Path], Path]


@dataclass(frozen=True)
class TranscriptReport(Report):
    """The figures of transcripts.

    Attributes:
        cer: character error rate, edits over the characters of all truths.
        wer: word error rate; words are what spaces part.
        examples: how many count.
        exact: part of the examples without an error.
        groups: (CER, examples) of each writer or speaker.
        worst: those with the highest CER, the worst first, each with it.
        per_second: examples per second.
        skipped: examples that could not be read.
        draw: draws the worst ones into a file, or None.
        normaliser: how truths and texts were written before they were compared.
        real_time_factor: seconds of work a second of recording, or None where there are none.
    """

    cer: float
    wer: float
    examples: int
    exact: float
    groups: dict[str, tuple[float, int]]
    worst: tuple[tuple[float, Transcript], ...]
    per_second: float
    skipped: int
    draw: Draw | None = None
    normaliser: str = AS_WRITTEN
    real_time_factor: float | None = None

    @property
    def metrics(self) -> dict[str, float]:
        return {"cer": self.cer, "wer": self.wer}

    def to_dict(self) -> dict[str, Any]:
        return {
            "metrics": self.metrics,
            "examples": self.examples,
            "skipped": self.skipped,
            "exact": self.exact,
            "examples_per_second": self.per_second,
            "normaliser": self.normaliser,
            "real_time_factor": self.real_time_factor,
            "groups": {
                name: {"cer": rate, "examples": count}
                for name, (rate, count) in self.groups.items()
            },
            "worst": [
                {"source": item.where, "truth": item.truth, "text": item.text, "cer": rate}
                for rate, item in self.worst
            ],
        }

    def to_text(self) -> str:
        lines = [
            f"character error rate  {self.cer:7.2%}   ({self.examples} examples)",
            f"word error rate       {self.wer:7.2%}   ({self.normaliser})",
            f"without errors        {self.exact:7.2%}",
            f"examples per second   {self.per_second:7.1f}",
        ]
        if self.real_time_factor is not None:
            lines.append(f"real-time factor      {self.real_time_factor:7.3f}")
        if len(self.groups) > 1:
            lines += ["", "    CER  examples  writer or speaker"]
            by_rate = sorted(self.groups.items(), key=lambda item: -item[1][0])
            lines += [f"{rate:7.1%}  {count:8d}  {name}" for name, (rate, count) in by_rate]
        if self.worst:
            lines += ["", "worst"]
        for rate, item in self.worst[:WORST_SHOWN]:
            lines += [f"{rate:7.1%}  {item.where}", f"    is    {item.truth}"]
            lines += [f"    read  {item.text}"]
        if self.skipped:
            lines += ["", f"{self.skipped} examples could not be read and are not counted"]
        return "\n".join(lines)

    def save_plots(self, folder: Path) -> list[Path]:
        if not self.draw or not self.worst:
            return []
        return [self.draw([item for _, item in self.worst], folder / "worst.png")]


def measure_transcripts(
    transcripts: Sequence[Transcript],
    *,
    seconds: float,
    skipped: int,
    draw: Draw | None = None,
    normaliser: str = AS_WRITTEN,
    audio_seconds: float | None = None,
) -> TranscriptReport:
    """Make a report.

    Args:
        transcripts: at least one; no truth is empty.
        seconds: that reading them took.
        skipped: examples that could not be read.
        draw: draws examples into a file.
        normaliser: says how truths and texts were written before.
        audio_seconds: of all recordings; None where they are something else.
    """
    rated = [(_rate([item]), item) for item in transcripts]
    wrong = sorted((pair for pair in rated if pair[0]), key=lambda pair: -pair[0])
    groups: dict[str, list[Transcript]] = defaultdict(list)
    for item in transcripts:
        groups[item.group].append(item)
    truths, texts = [item.truth for item in transcripts], [item.text for item in transcripts]
    return TranscriptReport(
        cer=character_error_rate(truths, texts),
        wer=word_error_rate(truths, texts),
        examples=len(transcripts),
        exact=sum(rate == 0 for rate, _ in rated) / len(rated),
        groups={name: (_rate(members), len(members)) for name, members in sorted(groups.items())},
        worst=tuple(wrong[:WORST_KEPT]),
        per_second=len(transcripts) / max(seconds, 1e-9),
        skipped=skipped,
        draw=draw,
        normaliser=normaliser,
        real_time_factor=seconds / audio_seconds if audio_seconds else None,
    )


def _rate(transcripts: Iterable[Transcript]) -> float:
    pairs = [(item.truth, item.text) for item in transcripts]
    return character_error_rate([truth for truth, _ in pairs], [text for _, text in pairs])


def character_error_rate(truths: Sequence[str], texts: Sequence[str]) -> float:
    """Edits (insertions, deletions, substitutions) over the characters of all truths."""
    return float(require("jiwer", "evaluation").cer(list(truths), list(texts)))


def word_error_rate(truths: Sequence[str], texts: Sequence[str]) -> float:
    """Edits of words over the words of all truths; words are what spaces part."""
    return float(require("jiwer", "evaluation").wer(list(truths), list(texts)))
