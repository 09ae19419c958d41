"""Build each network of ours, run it and train it for a step, on the backend of KERAS_BACKEND.

    KERAS_BACKEND=jax python -m tests.dltasks.networks.backend_steps OUT.npz

The file holds what each network gave, the loss of the step, and the weights after it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np

from dltasks.networks.losses import PADDING, NextTokenLoss
from dltasks.tasks.ctc.loss import CtcLoss
from dltasks.tasks.handwriting.config import LineNetworkConfig
from dltasks.tasks.handwriting.network import build_network as build_reader
from dltasks.tasks.handwriting.trocr_config import TrocrConfig
from dltasks.tasks.handwriting.trocr_network import build_trocr
from dltasks.tasks.image_classification.config import ClassifierConfig
from dltasks.tasks.image_classification.network import build_network as build_classifier
from dltasks.tasks.image_classification.network import unfreeze_top
from dltasks.tasks.speech_recognition.config import CtcConfig, WhisperConfig
from dltasks.tasks.speech_recognition.ctc_network import build_ctc
from dltasks.tasks.speech_recognition.whisper_network import build_whisper
from dltasks.tasks.text_generation.carried import CarriedState
from dltasks.tasks.text_generation.config import GeneratorConfig
from dltasks.tasks.text_generation.network import build_network as build_writer
from dltasks.tasks.translation.config import TranslatorConfig
from dltasks.tasks.translation.marian_config import MarianConfig
from dltasks.tasks.translation.marian_network import build_marian
from dltasks.tasks.translation.network import build_network as build_translator

LEARNING_RATE = 0.1
SYMBOLS = 6
RANDOM = np.random.default_rng(0)


class Case(NamedTuple):
    """A network, a batch and a loss.

    Attributes:
        network: as it trains.
        inputs: of the batch.
        targets: of the batch.
        loss: of the task.
        draws: whether a step draws random numbers, which differ between backends.
    """

    network: keras.Model
    inputs: Any
    targets: np.ndarray
    loss: Any
    draws: bool = False


def cases() -> Iterator[tuple[str, Case]]:
    """Yield the networks of all tasks, tiny ones."""
    image = RANDOM.integers(0, 255, (4, 64, 64, 3)).astype(np.uint8)
    classes = np.array([0, 1, 2, 1])
    name = "efficientnet_lite0"  # the other backbones are Keras' own
    classifier = build_classifier(ClassifierConfig(name, 64, 3, dropout=0.0))
    unfreeze_top(classifier.backbone, 1.0)
    yield name, Case(classifier.whole, image, classes, "sparse_categorical_crossentropy")

    # frames, then labels
    targets = np.array([[8, 1, 2, 2, PADDING], [4, 3, PADDING, PADDING, PADDING]], np.int32)
    loss = CtcLoss(SYMBOLS + 1, shortcut_weight=0.1)
    reader = build_reader(LineNetworkConfig("tiny", 16, SYMBOLS, dropout=0.0))
    lines = RANDOM.integers(0, 255, (2, 16, 32)).astype(np.uint8)
    widths = np.array([32, 16], np.int32)
    yield "handwriting", Case(reader, {"image": lines, "width": widths}, targets, loss)
    hearer = build_ctc(CtcConfig(size="tiny", bands=20, symbols=SYMBOLS, dropout=0.0))
    frames = np.array([32, 16], np.int32)
    steps = hearer({"mel": normal(2, 32, 20), "frames": frames}).shape[1]
    targets = targets.copy()
    targets[:, 0] = [steps, steps // 2]
    yield "ctc", Case(hearer, {"mel": normal(2, 32, 20), "frames": frames}, targets, loss)

    config = WhisperConfig(
        mel_bands=8,
        audio_positions=10,
        text_positions=12,
        vocabulary=20,
        width=16,
        heads=2,
        audio_layers=1,
        text_layers=2,
    )
    tokens = RANDOM.integers(0, 20, (2, 5)).astype(np.int32)
    following = np.where(RANDOM.random((2, 5)) < 0.3, PADDING, tokens[:, ::-1]).astype(np.int32)
    inputs = {"mel": normal(2, 20, 8), "tokens": tokens}
    yield (
        "whisper",
        Case(build_whisper(config).whole, inputs, following, NextTokenLoss(each="text")),
    )

    source = np.array([[5, 6, 7, 8], [9, 5, 0, 0]], np.int32)
    target = np.array([[2, 5, 6], [2, 7, 0]], np.int32)
    following = np.array([[5, 6, 3], [7, 3, 0]], np.int32)
    for encoder in ("lstm", "transformer"):
        translator = build_translator(TranslatorConfig(20, encoder, 16, 2, 2, 2))
        smoothed = NextTokenLoss(padding=0, smoothing=0.1)
        yield f"translation {encoder}", Case(translator, [source, target], following, smoothed)

    marian = build_marian(
        MarianConfig(
            source_vocabulary=20,
            target_vocabulary=20,
            width=8,
            positions=16,
            encoder_layers=1,
            encoder_heads=2,
            encoder_inner=12,
            decoder_layers=1,
            decoder_heads=2,
            decoder_inner=12,
            padding=0,
            begin=2,
            end=3,
            dropout=0.0,
        )
    )
    yield "marian", Case(marian.whole, [source, target], following, NextTokenLoss(padding=0))

    trocr = TrocrConfig(
        side=16,
        patch=8,
        extra_tokens=2,
        encoder_width=12,
        encoder_layers=1,
        encoder_heads=3,
        encoder_inner=16,
        vocabulary=20,
        width=8,
        positions=16,
        decoder_layers=1,
        decoder_heads=2,
        decoder_inner=12,
        dropout=0.0,
    )
    image = RANDOM.integers(0, 255, (2, 16, 16, 3)).astype(np.uint8)
    yield (
        "trocr",
        Case(build_trocr(trocr).whole, [image, target], following, NextTokenLoss(padding=0)),
    )

    generator = GeneratorConfig(12, 2, 16, 8)
    dropped = replace(generator, residual=True, dropout=0.2, weight_dropout=0.2, symbol_dropout=0.1)
    pieces = RANDOM.integers(1, 12, (2, 6)).astype(np.int32)
    streams = {
        "pieces": pieces,
        "row": np.array([1, 0], np.int32),
        "begin": np.array([1, 0], np.float32),
    }
    for name, each in (("text", generator), ("text with dropped weights", dropped)):
        writer = CarriedState(build_writer(each), 2)
        yield name, Case(writer, streams, pieces[:, ::-1], NextTokenLoss(), draws=each is dropped)


def normal(*shape: int) -> np.ndarray:
    """Draw numbers, float32."""
    return RANDOM.normal(size=shape).astype(np.float32)


def fill(network: keras.Model) -> None:
    """Give a network weights that are the same on each backend."""
    for index, weight in enumerate(network.weights):
        draw, shape = np.random.default_rng(index), tuple(weight.shape)
        if weight.path.endswith(("variance", "gamma")):
            values = draw.uniform(0.5, 1.5, shape)
        else:
            values = draw.normal(size=shape) / max(np.prod(shape[:-1]), 1.0) ** 0.5
        weight.assign(values.astype(np.float32))


def run(case: Case) -> dict[str, np.ndarray]:
    """Run a case, and take a step of gradient descent."""
    network = case.network
    network(case.inputs)
    fill(network)
    network.compile(keras.optimizers.SGD(LEARNING_RATE), case.loss)
    found = {"output": keras.ops.convert_to_numpy(network(case.inputs, training=False))}
    fill(network)  # a state that is carried has moved
    before = network.get_weights()
    loss = network.train_on_batch(case.inputs, case.targets)
    assert np.isfinite(loss)
    assert any((old != new).any() for old, new in zip(before, network.get_weights(), strict=True))
    if not case.draws:
        found["loss"] = np.asarray(loss)
        weights = (keras.ops.convert_to_numpy(weight) for weight in network.weights)
        found |= {f"weight {index:03d}": values for index, values in enumerate(weights)}
    return found


def main(out: Path) -> None:
    """Run all cases and write what they gave."""
    found = {}
    for name, case in cases():
        found |= {f"{name}/{key}": array for key, array in run(case).items()}
        print(keras.backend.backend(), name, flush=True)
    if keras.backend.backend() != "tensorflow":
        assert "tensorflow" not in sys.modules, "our networks need TensorFlow"
    np.savez(out, **found)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
