"""Whether memory stays flat over many epochs on data that is not kept in memory.

    python benchmarks/memory.py --photographs 2000 --epochs 10

Trains a small network through the shared pipeline, once for each kind of cache, each in a process
of its own, and prints the resident memory after every epoch.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import click
import numpy as np
from classify_folder import make_photographs

from dltasks.data.feeding import steps
from dltasks.data.feeding.cache import CACHE_KINDS, CacheKind, DecodedCache
from dltasks.tasks.image_classification.augmentation import make_augmentation
from dltasks.training import distribution
from pipelines.images import ImagePreprocessing, read_image

BATCH_SIZE = 32
IMAGE_SIZE = 128


def resident_megabytes() -> int:
    """Give the memory of this process that lies in RAM (Linux)."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) // 1000
    raise click.ClickException("/proc/self/status does not tell the resident memory")


def make_batches(photographs: list[Path], kind: CacheKind) -> Any:
    """Give endless augmented batches, as the image task makes them."""
    import tensorflow as tf

    preprocessing = ImagePreprocessing(IMAGE_SIZE, IMAGE_SIZE)
    cache = DecodedCache(lambda index: read_image(photographs[index], preprocessing), kind)
    order = steps.shuffled_order(len(photographs), batch_size=BATCH_SIZE, seed=1)
    spec = tf.TensorSpec([IMAGE_SIZE, IMAGE_SIZE, 3], tf.uint8)
    targets = np.zeros((len(photographs), 1), np.float32)
    batches = steps.fetch_batches(order, cache, spec, targets, BATCH_SIZE, drop_remainder=True)
    changed = steps.augment_batches(batches, make_augmentation(1.0, True), seed=1)
    return steps.read_ahead(changed)


def train(photographs: list[Path], kind: CacheKind, epochs: int) -> None:
    """Train, and print the memory after every epoch."""
    distribution.make_repeatable(1, distribution.choose_strategy("cpu"))
    import keras
    from keras import layers

    class PrintMemory(keras.callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            print(resident_megabytes(), end=" ", flush=True)

    inputs = keras.Input((IMAGE_SIZE, IMAGE_SIZE, 3))
    x = layers.Conv2D(8, 5, 4)(layers.Rescaling(1 / 255)(inputs))
    network = keras.Model(inputs, layers.Dense(1)(layers.GlobalAveragePooling2D()(x)))
    network.compile("sgd", loss="mse", jit_compile=False)
    network.fit(
        make_batches(photographs, kind),
        epochs=epochs,
        steps_per_epoch=steps.steps_per_epoch(len(photographs), BATCH_SIZE),
        callbacks=[PrintMemory()],
        shuffle=False,
        verbose=0,
    )


@click.command()
@click.option("--photographs", "count", default=2000, show_default=True)
@click.option("--epochs", default=10, show_default=True)
@click.option("--only", nargs=2, hidden=True, help="A kind of cache, and where photographs are.")
def main(count: int, epochs: int, only: tuple[Any, str] | None) -> None:
    """Print the resident memory, in MB, after each epoch."""
    if only:
        kind, folder = only
        train(sorted(Path(folder).iterdir()), kind, epochs)
        return
    decoded = count * IMAGE_SIZE * IMAGE_SIZE * 3 // 10**6
    print(f"{count} photographs, {decoded} MB decoded; resident MB after each epoch")
    with tempfile.TemporaryDirectory() as folder:
        make_photographs(Path(folder), count)
        for kind in CACHE_KINDS:
            print(f"  --cache {kind}:", end=" ", flush=True)
            command = [sys.executable, __file__, "--epochs", str(epochs), "--only", kind, folder]
            subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
            print(flush=True)


if __name__ == "__main__":
    main()
