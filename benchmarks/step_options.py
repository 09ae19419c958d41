"""Whether XLA, bfloat16 or several steps an execution make training steps faster.

    python benchmarks/step_options.py --steps 16 --rounds 3

Times `fit` on one batch that lies in memory, after the steps that trace and compile, for the
network of the image task and for an LSTM that stands in for the tasks on sequences. Each ratio is
the steps/s of a way to those of the plain way, in turns in one run; on a machine that is busy with
other things, the one of processor time says more. Operations need not repeat bit for bit here, as
they do in training on a processor: where they have to, Keras leaves XLA out.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import click
import numpy as np

from dltasks.extras import require_tensorflow
from dltasks.training.config import TrainingConfig

NETWORKS = ("LSTM", "image")
BATCH_SIZE = 32
IMAGE_SIZE = 128
FRAMES, FEATURES = 120, 80

# name -> Keras' precision, further arguments of compile
WAYS: dict[str, tuple[str, dict[str, Any]]] = {
    "plain": ("float32", {"jit_compile": False}),
    "steps_per_execution 8": ("float32", {"jit_compile": False, "steps_per_execution": 8}),
    "XLA": ("float32", {"jit_compile": True}),
    "bfloat16": ("mixed_bfloat16", {"jit_compile": False}),
}


def make_image_network() -> tuple[Any, tuple[np.ndarray, np.ndarray]]:
    """Give the image task's network and a batch for it."""
    from dltasks.tasks.image_classification.config import ClassifierConfig
    from dltasks.tasks.image_classification.network import build_network, unfreeze_top

    network = build_network(ClassifierConfig("efficientnet_lite0", IMAGE_SIZE, classes=2))
    unfreeze_top(network.backbone, 1.0)
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (BATCH_SIZE, IMAGE_SIZE, IMAGE_SIZE, 3)).astype(np.uint8)
    return network.whole, (images, np.eye(2, dtype=np.float32)[random.integers(0, 2, BATCH_SIZE)])


def make_lstm() -> tuple[Any, tuple[np.ndarray, np.ndarray]]:
    """Give a bidirectional LSTM and a batch for it."""
    import keras
    from keras import layers

    inputs = keras.Input((None, FEATURES))
    x = layers.Bidirectional(layers.LSTM(128))(inputs)
    network = keras.Model(inputs, layers.Dense(2, activation="softmax", dtype="float32")(x))
    random = np.random.default_rng(0)
    frames = random.normal(size=(BATCH_SIZE, FRAMES, FEATURES)).astype(np.float32)
    return network, (frames, np.eye(2, dtype=np.float32)[random.integers(0, 2, BATCH_SIZE)])


def prepare(make: Callable[[], Any], way: str, steps: int) -> Callable[[], np.ndarray]:
    """Compile a network; give what trains it and says how long by the clock and the processor."""
    import keras
    import tensorflow as tf

    from dltasks.training.optimizer import make_optimizer

    precision, options = WAYS[way]
    keras.mixed_precision.set_global_policy(precision)
    network, batch = make()
    optimizer = make_optimizer(TrainingConfig(), 1e-3, 1000)
    network.compile(optimizer, loss="categorical_crossentropy", metrics=["accuracy"], **options)
    keras.mixed_precision.set_global_policy("float32")
    dataset = tf.data.Dataset.from_tensors(batch).repeat()

    def train() -> np.ndarray:
        started = np.array([time.perf_counter(), time.process_time()])
        network.fit(dataset, steps_per_epoch=steps, shuffle=False, verbose=0)
        return np.array([time.perf_counter(), time.process_time()]) - started

    train()
    return train


@click.command()
@click.option("--steps", default=16, show_default=True, help="A multiple of 8.")
@click.option("--rounds", default=3, show_default=True)
@click.option("--network", "names", type=click.Choice(NETWORKS), multiple=True, default=NETWORKS)
def main(steps: int, rounds: int, names: tuple[str, ...]) -> None:
    """Print the ratios."""
    require_tensorflow("the benchmark")
    makers = dict(zip(NETWORKS, (make_lstm, make_image_network), strict=True))
    for name in names:
        print(name, flush=True)
        ways = {way: prepare(makers[name], way, steps) for way in WAYS}
        turns = [{way: train() for way, train in ways.items()} for _ in range(rounds)]
        seconds = {way: np.array([turn[way] for turn in turns]) for way in WAYS}
        for way, measured in seconds.items():
            by_clock, by_processor = np.median(seconds["plain"] / measured, axis=0)
            print(f"  {way:24} steps/s {by_clock:.2f}, a processor second {by_processor:.2f}")


if __name__ == "__main__":
    main()
