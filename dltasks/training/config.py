"""The settings that training has in common for every task."""

from __future__ import annotations

from dataclasses import dataclass

from dltasks.data.feeding.cache import CACHE_KINDS, CacheKind
from pipelines.settings import Settings, setting


@dataclass(frozen=True)
class TrainingConfig(Settings):
    """How long, how fast and on what to train."""

    epochs: int = setting(10, "Epochs of the main stage.", minimum=0)
    batch_size: int = setting(32, "Examples a step, on all devices together.", minimum=1)
    batch_parts: int = setting(
        1, "Compute a batch in so many parts; doubled where memory runs out.", minimum=1
    )
    learning_rate: float = setting(5e-4, "Highest learning rate of the main stage.", minimum=0.0)
    weight_decay: float = setting(0.02, "Decoupled weight decay (AdamW).", minimum=0.0)
    warm_up: float = setting(
        0.1, "Part of the steps in which the learning rate rises.", minimum=0.0, maximum=0.9
    )
    clip_norm: float = setting(1.0, "Largest global norm of the gradient; 0 is off.", minimum=0.0)
    average: float = setting(
        0.99, "Momentum of the moving average of weights; 0 is off.", minimum=0.0, maximum=0.99999
    )
    patience: int = setting(
        5, "Epochs without a better validation loss before stopping; 0 is never.", minimum=0
    )
    checkpoint_minutes: float = setting(
        5.0, "Between checkpoints within an epoch; each epoch ends with one.", minimum=0.0
    )
    seed: int = setting(1, "Of the splits, the weights, the order and the augmentation.", minimum=0)
    cache: CacheKind = setting("memory", "Where decoded examples are kept.", choices=CACHE_KINDS)
    cache_gigabytes: float | None = setting(
        None, "Most that the cache may hold; the rest is decoded each time.", minimum=0.0
    )
    mixed_precision: str = setting(
        "auto",
        "float16 arithmetic; auto means on a GPU. bfloat16 is for processors with AMX.",
        choices=("auto", "on", "off", "bfloat16"),
    )
    device: str = setting("auto", "Where to train.", choices=("auto", "cpu", "gpu"))
    devices: int | None = setting(
        None, "How many GPUs of this machine share a batch; by default all.", minimum=1
    )
