"""How much faster our LSTM and batch normalisation train than Keras' own, on a processor.

    python benchmarks/fast_layers.py --rounds 5

Times a forward and a backward pass of one layer on what the handwriting network gives it, theirs
and ours in turns in one run, in float32 and in bfloat16.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import click

from dltasks.extras import require_tensorflow

INPUTS = {"LSTM": (24, 180, 384), "BatchNormalization": (24, 16, 180, 32)}
SETTINGS: dict[str, dict[str, Any]] = {
    "LSTM": {"units": 192, "return_sequences": True},
    "BatchNormalization": {},
}
PASSES = 5  # a round


def prepare(module: Any, name: str, precision: str) -> Callable[[], float]:
    """Make a layer; give what trains it and says how many seconds a pass takes."""
    import tensorflow as tf

    layer = getattr(module, name)(**SETTINGS[name], dtype=precision)
    x = tf.cast(tf.random.stateless_normal(INPUTS[name], seed=[0, 0]), layer.compute_dtype)
    layer.build(x.shape)

    @tf.function
    def run() -> Any:
        with tf.GradientTape() as tape:
            tape.watch(x)
            loss = tf.reduce_sum(tf.cast(layer(x, training=True), tf.float32) ** 3)
        return tape.gradient(loss, [x, *layer.trainable_variables])

    def timed() -> float:
        started = time.perf_counter()
        for _ in range(PASSES):
            run()[0].numpy()
        return (time.perf_counter() - started) / PASSES

    timed()
    return timed


@click.command()
@click.option("--rounds", default=5, show_default=True)
def main(rounds: int) -> None:
    """Print how many times faster ours are."""
    require_tensorflow("training")
    from keras import layers

    from dltasks.networks import fast_layers

    for name in INPUTS:
        for precision in ("float32", "mixed_bfloat16"):
            theirs, ours = (prepare(module, name, precision) for module in (layers, fast_layers))
            ratios = [theirs() / ours() for _ in range(rounds)]
            shown = ", ".join(f"{ratio:.2f}" for ratio in ratios)
            click.echo(f"{name} {precision}: {statistics.median(ratios):.2f} ({shown})")


if __name__ == "__main__":
    main()
