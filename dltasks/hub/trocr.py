"""TrOCR: the readers of lines that Microsoft publishes on the Hugging Face Hub.

Li et al. 2021, "TrOCR: Transformer-based optical character recognition with pre-trained models".
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from dltasks.hub.folder import CONFIG_FILE, licence_of, read_card
from dltasks.hub.models import HubModel

PREPROCESSOR_FILE = "preprocessor_config.json"
SENTENCEPIECE_FILE = "sentencepiece.bpe.model"
VOCABULARY_FILE, MERGES_FILE = "vocab.json", "merges.txt"
SIZES_MB = {"small": 247, "base": 1334, "large": 2233}  # of a download, about
KINDS = {
    "handwritten": "then handwritten lines, those of IAM last",
    "printed": "then printed lines, those of receipts (SROIE) last",
    "stage1": "",
}
NAMES = [f"trocr-{size}-{kind}" for size in SIZES_MB for kind in KINDS]


@dataclass(frozen=True)
class PublishedReader(HubModel):
    """A reader on the Hub; its name says its size and what it reads."""

    task: ClassVar[str] = "handwriting"
    owner: ClassVar[str] = "microsoft"
    paper: ClassVar[str] = (
        "Li et al. 2021, TrOCR: Transformer-based Optical Character Recognition with Pre-trained "
        "Models"
    )
    further_files: ClassVar[tuple[str, ...]] = ("README.md",)
    licence: ClassVar[str] = "MIT"  # of Microsoft's unilm, where a card does not say it

    @property
    def size(self) -> str:
        """One of SIZES_MB."""
        return self.name.split("-")[1]

    @property
    def size_mb(self) -> int:
        return SIZES_MB[self.size]

    @property
    def needed_files(self) -> tuple[str, ...]:
        """The small ones have another vocabulary."""
        is_small = self.size == "small"
        pieces = (SENTENCEPIECE_FILE,) if is_small else (VOCABULARY_FILE, MERGES_FILE)
        return (CONFIG_FILE, PREPROCESSOR_FILE, *pieces)

    @property
    def training_data(self) -> str:
        further = KINDS[self.name.split("-")[2]]
        return ", ".join(filter(None, ["684 million printed lines, cut from PDF pages", further]))

    def origin_of_brought(self, folder: Path) -> dict[str, Any]:
        licence = licence_of(read_card(folder)) or "not stated"
        return {**super().origin_of_brought(folder), "licence": licence}


def find(name: str) -> PublishedReader | None:
    """Give the reader of that name, if there is one."""
    return PublishedReader(name) if name in NAMES else None
