"""How fast sentences are translated, against a loop that calls Keras for each step.

    python benchmarks/translate.py sentences.tsv --model everyday-en-es

In turns, in one run: `stream` over all sentences, with beam 4 and greedily; and, over a few of
them, one sentence after another through the same beam search with Keras' `predict` for the encoder
and for each step. The ratio printed is that of the sentences a second, both with beam 4. The whole
process, from the command line to one translation, is timed at the end.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import click
import numpy as np

from dltasks.export.weights import load_weights
from dltasks.extras import require_tensorflow
from dltasks.tasks import get_task
from dltasks.tasks.translation.network import build_encoder, build_step
from pipelines import load
from pipelines.search.beam_search import BeamSearch
from pipelines.translation.decoding import translate
from pipelines.translation.pieces import frame_source
from pipelines.translation.pipeline import Translation

COMMAND = "import sys; from dltasks.cli import main; main()"


class Predicting:
    """A Keras model, called by `predict` as many programs do."""

    def __init__(self, model) -> None:
        self._model = model
        self._names = [tensor.name for tensor in model.inputs]

    def run(self, **inputs: np.ndarray) -> list[np.ndarray]:
        """Run it on named inputs."""
        arrays = [inputs[name] for name in self._names]
        found = self._model.predict(arrays[0] if len(arrays) == 1 else arrays, verbose=0)
        return list(found) if isinstance(found, (list, tuple)) else [found]


def time_stream(pipeline: Translation, sentences: list[str], beams: int) -> float:
    """Translate all sentences; sentences a second."""
    started = time.perf_counter()
    for _ in pipeline.stream(sentences, beams=beams):
        pass
    return len(sentences) / (time.perf_counter() - started)


def make_keras_loop(pipeline: Translation) -> Callable[[list[str]], float]:
    """Give a function from sentences to sentences a second."""
    require_tensorflow("the benchmark")
    network = get_task("translation").build_network(pipeline.bundle.config)
    load_weights(pipeline.bundle, network)
    encoder, step = Predicting(build_encoder(network)), Predicting(build_step(network))
    pieces, language = pipeline.pieces, pipeline.pieces.language(pipeline.target)

    def run(sentences: list[str]) -> float:
        started = time.perf_counter()
        for sentence in sentences:
            source = frame_source(pieces.encode(sentence), language)
            translate(
                encoder,
                step,
                [source],
                vocabulary=len(pieces),
                forbidden=pieces.special(),
                search=BeamSearch(4),
            )
        return len(sentences) / (time.perf_counter() - started)

    return run


def time_process(sentence: str, model: str) -> float:
    """Run the whole command on one sentence; seconds."""
    command = [sys.executable, "-c", COMMAND, "translate", sentence, "--model", model]
    started = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - started


@click.command()
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--model", default="translation", show_default=True)
@click.option("--keras-sentences", default=10, show_default=True)
@click.option("--rounds", default=3, show_default=True)
def main(path: Path, model: str, keras_sentences: int, rounds: int) -> None:
    """Translate the first column of PATH, and print sentences a second and their ratio."""
    lines = path.read_text(encoding="utf-8").splitlines()
    sentences = list(dict.fromkeys(line.split("\t")[0] for line in lines))
    pipeline = load(model, task="translation", device="cpu")
    keras_loop = make_keras_loop(pipeline)
    few = sentences[:: max(len(sentences) // keras_sentences, 1)][:keras_sentences]
    keras_loop(few[:1])  # warm-up
    time_stream(pipeline, sentences[:64], 4)
    rates: dict[str, list[float]] = {"beam 4": [], "greedy": [], "Keras, beam 4": []}
    for _ in range(rounds):
        rates["beam 4"].append(time_stream(pipeline, sentences, 4))
        rates["greedy"].append(time_stream(pipeline, sentences, 1))
        rates["Keras, beam 4"].append(keras_loop(few))
    for name, values in rates.items():
        print(f"{name:14} {statistics.median(values):8.1f} sentences/s")
    pairs = zip(rates["beam 4"], rates["Keras, beam 4"], strict=True)
    ratios = [stream / keras for stream, keras in pairs]
    print(f"ratio, beam 4: {statistics.median(ratios):.1f} (each {[round(r, 1) for r in ratios]})")
    seconds = [time_process(sentences[0], model) for _ in range(rounds)]
    print(f"one sentence, whole process: {statistics.median(seconds):.2f} s")


if __name__ == "__main__":
    main()
