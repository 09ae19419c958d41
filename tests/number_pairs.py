"""A language pair that a tiny network learns in seconds: rows of numbers in words."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path
from typing import Any

from dltasks.tasks.request import RunRequest
from dltasks.tasks.translation.config import TranslationConfig
from dltasks.training.config import TrainingConfig

ENGLISH = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
SPANISH = ["cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve"]
NUMBERS_CONFIG = TranslationConfig(size="tiny", vocabulary=330, dropout=0.0)
NUMBERS_TRAINING = TrainingConfig(
    epochs=1, batch_size=32, learning_rate=5e-3, average=0.9, patience=0, device="cpu"
)


def write_numbers(path: Path, count: int = 200, longest: int = 3) -> str:
    """Write a TSV of different pairs, and give its location."""
    drawn = random.Random(1)
    rows: dict[str, None] = {}
    while len(rows) < count:
        digits = [drawn.randrange(10) for _ in range(drawn.randint(1, longest))]
        sides = (" ".join(words[digit] for digit in digits) for words in (ENGLISH, SPANISH))
        rows["\t".join(sides)] = None
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return str(path)


def make_request(folder: Path, data: str, **changes: Any) -> RunRequest:
    """Ask for a short training; names of settings of either kind may be changed."""
    of_config = {name: changes.pop(name) for name in NUMBERS_CONFIG.to_dict() if name in changes}
    of_training = {
        name: changes.pop(name) for name in NUMBERS_TRAINING.to_dict() if name in changes
    }
    request = RunRequest(
        task="translation",
        data=data,
        out=folder / "bundle",
        run_folder=folder / "run",
        config=replace(NUMBERS_CONFIG, **of_config),
        training=replace(NUMBERS_TRAINING, **of_training),
    )
    return replace(request, **changes)
