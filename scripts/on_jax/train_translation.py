"""Train a translator with Keras on JAX: on an accelerator whose machine has no TensorFlow.

    pip install keras jax numpy
    KERAS_BACKEND=jax python -m scripts.on_jax.train_translation packed.npz weights.npz --minutes 8

`packed.npz` is of `pack_translation`. The learning rate falls to 0 at the end of the minutes, and a
moving average of the weights is written, also every minute: nothing is lost when time is up.
`python -m scripts.on_jax.unpack_translation BUNDLE weights.npz NEW` makes a bundle of it.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import keras
import numpy as np

from dltasks.networks.losses import NextTokenLoss
from dltasks.tasks.translation.config import TranslatorConfig
from dltasks.tasks.translation.network import build_network

BEGIN, END = 2, 3  # pieces, as in pipelines.search.pieces
BUCKETS = (8, 12, 16, 24, 32, 48, 72)  # pieces of a batch's longer side; few, each is compiled
AVERAGE = 0.999
WARM_UP = 0.04  # of the time
SAVED_EVERY = 60  # seconds


class Pairs:
    """The packed pairs, as batches of similar length."""

    def __init__(self, packed: Any, tokens: int, seed: int) -> None:
        self._tokens = tokens
        self._random = np.random.default_rng(seed)
        self._sides = []
        for name in ("source", "target"):
            lengths = packed[f"{name}/lengths"].astype(np.int64)
            starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
            self._sides.append((packed[f"{name}/pieces"].astype(np.int32), starts, lengths))
        longest = np.maximum(self._sides[0][2], self._sides[1][2] + 1)
        self._bucket = np.searchsorted(BUCKETS, longest)

    def batches(self) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Give source, target and next pieces, [batch, bucket] each, for ever."""
        while True:
            plan = []
            for bucket, size in enumerate(BUCKETS):
                rows = self._random.permutation(np.flatnonzero(self._bucket == bucket))
                count = max(self._tokens // size, 1)
                plan += [
                    rows[first : first + count] for first in range(0, len(rows) - count + 1, count)
                ]
            for number in self._random.permutation(len(plan)):
                rows = plan[number]
                yield self._make(rows, BUCKETS[self._bucket[rows[0]]])

    def _make(self, rows: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        source, target = (self._pad(side, rows, size) for side in self._sides)
        begun = np.concatenate([np.full((len(rows), 1), BEGIN, np.int32), target[:, :-1]], axis=1)
        lengths = self._sides[1][2][rows]
        target[np.arange(len(rows)), lengths] = END
        begun[np.arange(size)[None] > lengths[:, None]] = 0
        return source, begun, target

    @staticmethod
    def _pad(
        side: tuple[np.ndarray, np.ndarray, np.ndarray], rows: np.ndarray, size: int
    ) -> np.ndarray:
        pieces, starts, lengths = side
        places = starts[rows][:, None] + np.arange(size)[None]
        inside = np.arange(size)[None] < lengths[rows][:, None]
        return np.where(inside, pieces[np.minimum(places, len(pieces) - 1)], 0).astype(np.int32)


def main() -> None:
    """Train for so many minutes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("packed", type=Path)
    parser.add_argument("weights", type=Path)
    parser.add_argument("--minutes", type=float, default=8.0)
    parser.add_argument("--tokens", type=int, default=16_384, help="of a batch, each side")
    parser.add_argument("--learning-rate", type=float, default=1.5e-3)
    parser.add_argument("--dropout", type=float, default=0.15)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    began = time.monotonic()
    keras.utils.set_random_seed(given.seed)
    if jax.devices()[0].platform != "cpu":
        keras.mixed_precision.set_global_policy("mixed_bfloat16")
    packed = np.load(given.packed)
    config = {**json.loads(str(packed["config"])), "dropout": given.dropout}
    network = build_network(TranslatorConfig.from_dict(config))
    names = [name for name in packed.files if name.startswith("weights/")]
    network.set_weights([packed[name].astype(np.float32) for name in names])
    train(network, Pairs(packed, given.tokens, given.seed), given, names, began)


def train(network: Any, pairs: Pairs, given: Any, names: list[str], began: float) -> None:
    """Run steps until the time is up; write the averaged weights every minute and at the end."""
    loss_of = NextTokenLoss(padding=0, smoothing=0.1)
    optimizer = keras.optimizers.AdamW(given.learning_rate, weight_decay=0.0, global_clipnorm=1.0)
    optimizer.build(network.trainable_variables)

    def compute(trainable: Any, fixed: Any, source: Any, target: Any, following: Any) -> Any:
        scores, fixed = network.stateless_call(trainable, fixed, [source, target], training=True)
        return loss_of(following, scores), fixed

    gradient = jax.value_and_grad(compute, has_aux=True)

    @jax.jit
    def step(state: Any, rate: Any, source: Any, target: Any, following: Any) -> Any:
        trainable, fixed, moments, average = state
        (loss, fixed), slopes = gradient(trainable, fixed, source, target, following)
        moments = [
            jnp.asarray(rate, one.dtype) if place == rate_place else one
            for place, one in enumerate(moments)
        ]
        trainable, moments = optimizer.stateless_apply(moments, slopes, trainable)
        average = [
            AVERAGE * old + (1 - AVERAGE) * new for old, new in zip(average, trainable, strict=True)
        ]
        return (trainable, fixed, moments, average), loss

    rate_place = next(
        place
        for place, variable in enumerate(optimizer.variables)
        if variable is optimizer._learning_rate
    )
    values = [variable.value for variable in network.trainable_variables]
    state = (
        values,
        [variable.value for variable in network.non_trainable_variables],
        [variable.value for variable in optimizer.variables],
        values,
    )
    losses: list[Any] = []
    saved = time.monotonic()
    for number, batch in enumerate(pairs.batches(), start=1):
        done = (time.monotonic() - began) / (60 * given.minutes)
        if done >= 1:
            break
        rate = given.learning_rate * min(done / WARM_UP, 1) * (0.5 + 0.5 * math.cos(math.pi * done))
        state, loss = step(state, rate, *batch)
        losses.append(loss)
        if time.monotonic() - saved > SAVED_EVERY:
            save(network, state[3], given.weights, names)
            mean = float(np.mean([float(item) for item in losses]))
            print(f"step {number}, {done:.0%} of the time, loss {mean:.3f}", flush=True)
            losses, saved = [], time.monotonic()
    save(network, state[3], given.weights, names)


def save(network: Any, average: Any, path: Path, names: list[str]) -> None:
    """Write the averaged weights under the names of the bundle, as float16."""
    trainable = {
        id(variable): value
        for variable, value in zip(network.trainable_variables, average, strict=True)
    }
    arrays = [np.asarray(trainable.get(id(one), one.value), np.float32) for one in network.weights]
    whole: dict[str, Any] = {
        name.removeprefix("weights/"): array.astype(np.float16)
        for name, array in zip(names, arrays, strict=True)
    }
    np.savez(path, **whole)


if __name__ == "__main__":
    main()
