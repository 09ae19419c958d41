"""A writer's entry in the catalogue, and settings that train one in seconds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dltasks.tasks.runs import RunRequest
from dltasks.tasks.text_generation.config import SIZES, Size, TextGenerationConfig
from dltasks.training.config import TrainingConfig
from pipelines.catalogue import TASKS, TaskEntry

ENTRY = TaskEntry(
    summary="write text",
    pipeline_class="TextGeneration",
    command="generate",
    default_bundle="text-shakespeare",
)
VERSE = "the cat sat on the mat,\nand the rat ate the hat.\n"


def list_task(patch: pytest.MonkeyPatch) -> None:
    """Put the task into the catalogue, whether or not its built-in bundle is there."""
    patch.setitem(TASKS, "text-generation", ENTRY)
    patch.setitem(SIZES, "tiny", Size(2, 12, 8))


def write_verse(path: Path, times: int = 20) -> Path:
    """Write a text that a tiny network learns."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(VERSE * times, encoding="utf-8")
    return path


def make_request(folder: Path, data: str, **changes: Any) -> RunRequest:
    """Ask for a short training of a tiny network; names of settings of either kind may change."""
    config = TextGenerationConfig(size="tiny", window=8, dropout=0.1, sample=0)
    training = TrainingConfig(
        epochs=2, batch_size=4, learning_rate=0.02, device="cpu", warm_up=0.1, average=0.9
    )
    request = RunRequest(
        task="text-generation",
        data=data,
        out=folder / "bundle",
        run_folder=folder / "run",
        config=config,
        training=training,
    )
    of_config = {name: changes.pop(name) for name in config.to_dict() if name in changes}
    of_training = {name: changes.pop(name) for name in training.to_dict() if name in changes}
    return replace(
        request,
        config=replace(config, **of_config),
        training=replace(training, **of_training),
        **changes,
    )
