"""Whether the data pipeline keeps up with training.

    python benchmarks/input_pipeline.py --steps 48

Times, in turns in one run, training steps on the real pipeline (cache filled, order, augmentation,
batches) and on one batch that lies in memory; the ratio printed is the one to the other. Images go
through the image task's own recipe. The tasks for audio and text are not there yet: for them
sequences of numbers of uneven length stand in, through the shared steps and a small LSTM.
Then it fills a cold cache, against bare decoding on all cores.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path
from typing import Any

import click
import numpy as np
from classify_folder import make_photographs

from dltasks.data import pipeline as steps
from dltasks.data.cache import DecodedCache
from dltasks.data.lengths import bucketed_order, order_epoch, padding_share
from dltasks.extras import require_tensorflow
from pipelines.images import ImagePreprocessing, read_image
from pipelines.session import available_cores

BATCH_SIZE = 32
IMAGE_SIZE = 128
SEQUENCES = {"audio": 80, "text": 1}  # numbers a frame, and a token


def images(photographs: list[Path]) -> tuple[Any, Any]:
    """Give the network and the training batches of the image task."""
    from dltasks.data.examples import Example, Splits
    from dltasks.tasks.image_classification.config import ImageClassificationConfig, NetworkConfig
    from dltasks.tasks.image_classification.network import build_network
    from dltasks.tasks.image_classification.recipe import Recipe
    from dltasks.training.config import TrainingConfig

    examples = tuple(Example(str(path), str(number % 2)) for number, path in enumerate(photographs))
    recipe = Recipe(
        build_network(NetworkConfig("efficientnet_lite0", IMAGE_SIZE, classes=2)),
        ("0", "1"),
        Splits(examples, examples[:2], ()),
        ImagePreprocessing(IMAGE_SIZE, IMAGE_SIZE),
        ImageClassificationConfig(),
        TrainingConfig(batch_size=BATCH_SIZE),
        steps.EVERYTHING,
        lambda line: None,
    )
    stage = recipe.build_network_stage(0, 0)
    stage.model.compile("sgd", loss=stage.loss, jit_compile=False)
    return stage.model, stage.train


def sequences(width: int) -> tuple[Any, Any]:
    """Give a small LSTM and padded batches of like length."""
    import keras
    import tensorflow as tf

    random = np.random.default_rng(0)
    lengths = random.integers(40, 200, 512)
    cache = DecodedCache(
        lambda index: random.normal(size=(lengths[index], width)).astype(np.float32), "memory"
    )
    order = bucketed_order(lengths, batch_size=BATCH_SIZE, seed=1)
    targets = random.integers(0, 2, len(lengths)).astype(np.float32)
    fetched = steps.fetch(order, cache, tf.TensorSpec([None, width], tf.float32), targets)
    batches = steps.drop_position(fetched).padded_batch(BATCH_SIZE, drop_remainder=True)
    waste = padding_share(lengths, order_epoch(lengths, BATCH_SIZE, 1, 0), BATCH_SIZE)
    print(f"  padding {waste:.1%} of the frames")
    model = keras.Sequential(
        [keras.Input((None, width)), keras.layers.LSTM(128), keras.layers.Dense(1)]
    )
    model.compile("sgd", loss="mse", jit_compile=False)
    return model, batches.prefetch(tf.data.AUTOTUNE)


def time_steps(model: Any, batches: Iterator[Any], count: int) -> float:
    """Train on some batches; seconds, from when the first of them is there."""
    batches = chain([next(batches)], batches)
    started = time.perf_counter()
    for _ in range(count):
        model.train_on_batch(*next(batches))
    return time.perf_counter() - started


def compare(model: Any, dataset: Any, count: int, rounds: int) -> None:
    """Print the ratio of steps a second, real pipeline to batches that lie in memory."""
    real = iter(dataset)
    # The same batches for both: sequences take longer where they are longer.
    kept = [next(real) for _ in range(count)]
    real = iter(dataset)
    time_steps(model, iter(kept), count)  # traces the graph for every length
    for _ in range(512 // BATCH_SIZE):  # fills the cache
        next(real)
    ratios = []
    for _ in range(rounds):
        in_memory = time_steps(model, iter(kept), count)
        ratios.append(in_memory / time_steps(model, iter(dataset), count))
    print(f"  steps/s to those in memory: {statistics.median(ratios):.3f} (each {ratios})")


def compare_cold(photographs: list[Path]) -> None:
    """Print the ratio of images a second, filling the cache to bare decoding on all cores."""
    import tensorflow as tf

    preprocessing = ImagePreprocessing(IMAGE_SIZE, IMAGE_SIZE)

    def decode(index: int) -> np.ndarray:
        return read_image(photographs[index], preprocessing)

    started = time.perf_counter()
    with ThreadPoolExecutor(available_cores()) as pool:
        list(pool.map(decode, range(len(photographs))))
    bare = time.perf_counter() - started
    spec = tf.TensorSpec([IMAGE_SIZE, IMAGE_SIZE, 3], tf.uint8)
    order = steps.plain_order(len(photographs))
    cache = DecodedCache(decode, "memory")
    started = time.perf_counter()
    for _ in steps.fetch(order, cache, spec, np.zeros(len(photographs), np.float32)):
        pass
    print(f"  cold cache to bare decoding: {bare / (time.perf_counter() - started):.3f}")


@click.command()
@click.option("--steps", "count", default=48, show_default=True)
@click.option("--rounds", default=3, show_default=True)
def main(count: int, rounds: int) -> None:
    """Print the ratios."""
    require_tensorflow("the benchmark")
    with tempfile.TemporaryDirectory() as folder:
        photographs = make_photographs(Path(folder), 512)
        kinds: dict[str, Callable[[], tuple[Any, Any]]] = {"images": lambda: images(photographs)}
        for name, width in SEQUENCES.items():
            kinds[f"{name} (stand-in)"] = lambda width=width: sequences(width)
        for name, make in kinds.items():
            print(name)
            compare(*make(), count, rounds)
        print("first epoch")
        compare_cold(photographs)


if __name__ == "__main__":
    main()
