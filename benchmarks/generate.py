"""How fast characters are written, against a loop that calls Keras' `predict` for each of them.

    python benchmarks/generate.py --model text-shakespeare

In turns, in one run, all on as many threads as asked for: one sample; 16 samples as one batch; and
the loop, one sample, with Keras' own network, state in and out, and the same way to draw. The ratio
printed is that of the characters per second, one sample to one sample.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import click
import numpy as np

from dltasks.export.weights import load_weights
from dltasks.extras import require_tensorflow
from dltasks.tasks import get_task
from pipelines import load
from pipelines.options import GenerationOptions
from pipelines.text_generation.pipeline import TextGeneration
from pipelines.text_generation.sampling import draw
from pipelines.text_generation.vocabularies import BOUNDARY, UNKNOWN

LIKELIEST = GenerationOptions(top_k=40, temperature=0.8)


def time_pipeline(pipeline: TextGeneration, length: int, samples: int) -> float:
    """Write; characters per second."""
    started = time.perf_counter()
    found = pipeline("\n", length=length, samples=samples, top_k=40, temperature=0.8)
    written = sum(len(sample.log_probabilities) for sample in found.samples)
    return written / (time.perf_counter() - started)


def make_keras_loop(pipeline: TextGeneration) -> Callable[[int], float]:
    """Give a function from a length to characters per second."""
    require_tensorflow("the benchmark")
    from dltasks.tasks.text_generation.network import build_runner

    network = get_task("text-generation").build_network(pipeline.bundle.config)
    load_weights(pipeline.bundle, network)
    runner = build_runner(network)

    def run(length: int) -> float:
        random = np.random.default_rng(0)
        state = np.zeros((1, *network.inputs[1].shape[1:]), np.float32)
        piece = BOUNDARY
        started = time.perf_counter()
        for _ in range(length):
            inputs = [np.array([[piece]], np.int32), state]
            scores, state = runner.predict(inputs, verbose=0)
            scores = scores[:, 0]
            scores[:, UNKNOWN] = -np.inf
            piece = int(draw(scores, random.random(1), [[]], LIKELIEST)[0])
        return length / (time.perf_counter() - started)

    return run


@click.command()
@click.option("--model", default="text-generation", show_default=True)
@click.option("--threads", default=1, show_default=True)
@click.option("--length", default=2000, show_default=True, help="Characters of a sample.")
@click.option("--keras-length", default=50, show_default=True)
@click.option("--rounds", default=3, show_default=True)
def main(model: str, threads: int, length: int, keras_length: int, rounds: int) -> None:
    """Print characters per second and their ratio."""
    rates: dict[str, list[float]] = {"one sample": [], "16 samples": [], "Keras predict": []}
    pipeline = load(model, task="text-generation", device="cpu", threads=threads)
    print(f"{pipeline.bundle.name}: {pipeline.bundle.size_bytes / 1e6:.1f} MB")
    keras_loop = make_keras_loop(pipeline)
    keras_loop(5)  # warm-up
    time_pipeline(pipeline, 100, 16)
    for _ in range(rounds):
        rates["one sample"].append(time_pipeline(pipeline, length, 1))
        rates["16 samples"].append(time_pipeline(pipeline, length, 16))
        rates["Keras predict"].append(keras_loop(keras_length))
    for name, values in rates.items():
        print(f"{name:14} {statistics.median(values):8.0f} characters/s")
    pairs = zip(rates["one sample"], rates["Keras predict"], strict=True)
    ratios = [ours / keras for ours, keras in pairs]
    print(f"ratio, one sample: {statistics.median(ratios):.0f} (each {[round(r) for r in ratios]})")


if __name__ == "__main__":
    main()
