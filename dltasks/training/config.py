"""The training settings that all tasks share."""

from __future__ import annotations

from dataclasses import dataclass

from dltasks.data.feeding.cache import CACHE_KINDS, CacheKind
from pipelines.settings import Settings, setting


@dataclass(frozen=True)
class TrainingConfig(Settings):
    """How long, how fast and on what to train."""

    epochs: int = setting(10, "Epochs of the main stage.", minimum=0)
    batch_size: int = setting(32, "Examples per step, on all devices together.", minimum=1)
    batch_parts: int = setting(
        1, "Compute each batch in this many parts; doubled when memory runs out.", minimum=1
    )
    learning_rate: float = setting(5e-4, "Highest learning rate of the main stage.", minimum=0.0)
    weight_decay: float = setting(0.02, "Decoupled weight decay (AdamW).", minimum=0.0)
    warm_up: float = setting(
        0.1, "Fraction of the steps in which the learning rate rises.", minimum=0.0, maximum=0.9
    )
    clip_norm: float = setting(1.0, "Clip the gradient to this global norm; 0 is off.", minimum=0.0)
    average: float = setting(
        0.99,
        "Momentum of the moving average of the weights; 0 is off.",
        minimum=0.0,
        maximum=0.99999,
    )
    patience: int = setting(
        5,
        "Stop early after this many epochs without a better validation result; 0 is never.",
        minimum=0,
    )
    checkpoint_minutes: float = setting(
        5.0,
        "Minutes between checkpoints within an epoch; each epoch also ends with one.",
        minimum=0.0,
    )
    seed: int = setting(
        1, "Random seed of the splits, the weights, the order and the augmentation.", minimum=0
    )
    cache: CacheKind = setting("memory", "Where to keep decoded examples.", choices=CACHE_KINDS)
    cache_gigabytes: float | None = setting(
        None, "Limit the cache; the rest is decoded each time.", minimum=0.0
    )
    mixed_precision: str = setting(
        "auto",
        "Use float16; auto: on a GPU only. bfloat16 is for CPUs with AMX.",
        choices=("auto", "on", "off", "bfloat16"),
    )
    device: str = setting("auto", "Device to train on.", choices=("auto", "cpu", "gpu"))
    devices: int | None = setting(
        None, "Number of GPUs of this machine to use; by default all.", minimum=1
    )
