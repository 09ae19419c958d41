"""Whether the data pipeline keeps up with training.

    python benchmarks/input_pipeline.py --steps 48

Times, in turns in one run, training steps on the real pipeline (cache filled, order, augmentation,
batches) and on the same batches once they lie in memory; the ratio printed is the one to the
other. Both take the same batches, which the network has met once before: it is slow at a width that
is new to it, whoever brings it. Steps that are not timed go before those that are, so that each is
timed as in the midst of a long training. All go through the recipes of their tasks.
On a machine that is busy with other things, the second ratio, of processor time, says more.
Then it fills a cold cache, against bare decoding on all cores.
"""

from __future__ import annotations

import itertools
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import click
import numpy as np
from classify_folder import make_photographs
from read_lines import make_lines

from dltasks.data.feeding import steps
from dltasks.data.feeding.cache import DecodedCache
from dltasks.training import distribution
from pipelines.audio import SAMPLE_RATE_HZ
from pipelines.images import ImagePreprocessing, read_image
from pipelines.session import available_cores

BATCH_SIZE = 32
IMAGE_SIZE = 128
EXAMPLES = 1024
NOT_TIMED = 8  # steps; more than are read ahead
WORDS = ("red", "house", "river", "walks", "slowly", "under", "the", "old", "bridge", "sings")


def images(photographs: list[Path]) -> tuple[Any, Any]:
    """Give the network and the training batches of the image task."""
    import keras

    from dltasks.data.examples import Example, Splits
    from dltasks.tasks.image_classification.config import (
        ClassifierConfig,
        ImageClassificationConfig,
    )
    from dltasks.tasks.image_classification.network import build_network
    from dltasks.tasks.image_classification.recipe import ClassificationRecipe
    from dltasks.training.config import TrainingConfig

    examples = tuple(Example(str(path), str(number % 2)) for number, path in enumerate(photographs))
    recipe = ClassificationRecipe(
        build_network(ClassifierConfig("efficientnet_lite0", IMAGE_SIZE, classes=2)),
        ("0", "1"),
        Splits(examples, examples[:2], ()),
        ImagePreprocessing(IMAGE_SIZE, IMAGE_SIZE),
        ImageClassificationConfig(),
        TrainingConfig(batch_size=BATCH_SIZE),
        steps.EVERYTHING,
        lambda line: None,
    )
    stage = recipe.build_network_stage(0, 0)
    stage.model.compile(keras.optimizers.SGD(1e-6), loss=stage.loss, jit_compile=False)
    return stage.model, stage.train


def lines(folder: Path) -> tuple[Any, Any]:
    """Give the network and the training batches of handwriting."""
    from dltasks.tasks.handwriting import TASK
    from dltasks.tasks.handwriting.config import HandwritingConfig

    make_lines(folder, EXAMPLES)
    examples = TASK.read_examples(str(folder / "lines"))
    return of_task(TASK, examples, HandwritingConfig(size="small"))


def pairs() -> tuple[Any, Any]:
    """Give the network and the training batches of translation, on pairs of 4 to 24 words."""
    from dltasks.data.examples import Example
    from dltasks.tasks.translation import TASK
    from dltasks.tasks.translation.config import TranslationConfig

    random = np.random.default_rng(0)
    texts = [" ".join(random.choice(WORDS, random.integers(4, 25))) for _ in range(EXAMPLES)]
    examples = [Example(text, text[::-1], group=text) for text in texts]
    return of_task(TASK, examples, TranslationConfig(size="small", vocabulary=400))


def of_task(task: Any, examples: list[Any], config: Any) -> tuple[Any, Any]:
    """Give the network and the training batches of a task's last stage; the rate is harmless."""
    import keras

    from dltasks.data.examples import Splits
    from dltasks.training.config import TrainingConfig

    splits = Splits(tuple(examples), tuple(examples[:2]), ())
    training = TrainingConfig(batch_size=BATCH_SIZE)
    plan = task.plan(splits, config, training, steps.EVERYTHING, lambda line: None)
    stage = plan.stages[-1].build(0, 0)
    stage.model.compile(keras.optimizers.SGD(1e-6), loss=stage.loss, jit_compile=False)
    return stage.model, stage.train


def recordings(folder: Path) -> tuple[Any, Any]:
    """Give the network and the training batches of speech recognition, on noises of 1 to 4 s."""
    import soundfile

    from dltasks.tasks.speech_recognition import TASK
    from dltasks.tasks.speech_recognition.config import SpeechRecognitionConfig

    random = np.random.default_rng(0)
    folder = folder / "recordings"
    folder.mkdir()
    for number in range(EXAMPLES):
        seconds = random.uniform(1, 4)
        samples = random.normal(0, 0.1, round(seconds * SAMPLE_RATE_HZ))
        soundfile.write(folder / f"{number}.wav", samples, SAMPLE_RATE_HZ)
        words = " ".join(random.choice(WORDS, round(seconds)))
        (folder / f"{number}.txt").write_text(words, encoding="utf-8")
    examples = TASK.read_examples(str(folder))
    return of_task(TASK, examples, SpeechRecognitionConfig(size="small"))


def train(model: Any, batches: Iterator[Any], count: int) -> np.ndarray:
    """Train on the next batches; give seconds by the clock and of the processor."""
    started = np.array([time.perf_counter(), time.process_time()])
    for batch in itertools.islice(batches, count):
        model.train_on_batch(*batch)
    return np.array([time.perf_counter(), time.process_time()]) - started


def compare(model: Any, dataset: Any, count: int, rounds: int) -> None:
    """Print the ratio of steps a second, real pipeline to the same batches in memory."""
    train(model, iter(dataset), EXAMPLES // BATCH_SIZE)  # fills the cache
    kept = list(itertools.islice(dataset, NOT_TIMED + count))
    train(model, iter(kept), len(kept))  # meets every shape once
    ratios = []
    for _ in range(rounds):
        seconds = {}
        for name, source in (("pipeline", dataset), ("memory", kept)):
            batches = iter(source)
            train(model, batches, NOT_TIMED)
            seconds[name] = train(model, batches, count)
        ratios.append(seconds["memory"] / seconds["pipeline"])
    print_padding(kept)
    names = ("steps/s", "steps a processor second")
    for name, values in zip(names, np.transpose(ratios), strict=True):
        each = ", ".join(f"{value:.3f}" for value in values)
        print(f"  {name}, to those in memory: {np.median(values):.3f} (each {each})")


def print_padding(batches: list[Any]) -> None:
    """Print the part of the batches that is padding, where they say how long each example is."""
    lengths = [
        part.numpy()
        for inputs, *_ in batches
        if isinstance(inputs, dict)
        for part in inputs.values()
        if len(part.shape) == 1
    ]
    if lengths:
        used = sum(part.sum() for part in lengths)
        print(f"  padding: {1 - used / sum(len(part) * part.max() for part in lengths):.1%}")


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
    targets = np.zeros(len(photographs), np.float32)
    for _ in steps.read_ahead(steps.fetch_batches(order, cache, spec, targets, BATCH_SIZE)):
        pass
    print(f"  cold cache to bare decoding: {bare / (time.perf_counter() - started):.3f}")


@click.command()
@click.option("--steps", "count", default=48, show_default=True)
@click.option("--rounds", default=5, show_default=True)
def main(count: int, rounds: int) -> None:
    """Print the ratios."""
    distribution.make_repeatable(1, distribution.choose_strategy("cpu"))  # as training does
    with tempfile.TemporaryDirectory() as folder:
        photographs = make_photographs(Path(folder), EXAMPLES)
        kinds: dict[str, Callable[[], tuple[Any, Any]]] = {
            "photographs": lambda: images(photographs),
            "lines of handwriting": lambda: lines(Path(folder)),
            "pairs of sentences": pairs,
            "recordings of speech": lambda: recordings(Path(folder)),
        }
        for name, make in kinds.items():
            print(name)
            compare(*make(), count, rounds)
        print("first epoch")
        compare_cold(photographs)


if __name__ == "__main__":
    main()
