"""Measure a text generator: loss, bits per character, perplexity."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from dltasks.evaluation.report import Report


@dataclass(frozen=True)
class LikelihoodReport(Report):
    """The figures of some texts, the state carried through each.

    Attributes:
        nats: the sum of the negative logarithms of probabilities, of all symbols.
        symbols: that were said.
        characters: that they make.
        texts: how many.
        unknown: characters that the network does not know, and how often each came.
        seconds: that it took.
        skipped: texts that could not be read.
    """

    nats: float
    symbols: int
    characters: int
    texts: int
    unknown: dict[str, int]
    seconds: float
    skipped: int = 0

    @property
    def metrics(self) -> dict[str, float]:
        loss = self.nats / self.symbols
        return {
            "loss": loss,
            "bits_per_character": self.nats / self.characters / math.log(2),
            "perplexity": math.exp(min(loss, 700.0)),
        }

    def to_dict(self) -> dict[str, Any]:
        return {"metrics": self.metrics, **asdict(self)}

    def to_text(self) -> str:
        figures = self.metrics
        lines = [
            f"loss {figures['loss']:.4f} nats per symbol, {figures['bits_per_character']:.4f} bits "
            f"per character, perplexity {figures['perplexity']:.3f}",
            f"{self.characters} characters in {self.texts} texts, "
            f"{self.characters / max(self.seconds, 1e-9):.0f} characters/s",
        ]
        if self.unknown:
            shown = ", ".join(f"{character!r} {count}" for character, count in self.unknown.items())
            lines.append(f"characters that the model does not know: {shown}")
        if self.skipped:
            lines.append(f"{self.skipped} texts could not be read")
        return "\n".join(lines)

    def save_plots(self, folder: Path) -> list[Path]:
        return []
