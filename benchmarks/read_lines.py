"""How fast `read` is on a folder of lines, against Keras called line by line.

    python benchmarks/read_lines.py --lines 500

Synthesizes lines of up to 75 characters, then times in turns, in one run: the stream on all
cores, and `predict` of the same network in Keras, a line a call, on every tenth line. Both start
from the files, with the same preprocessing.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

import click
import matplotlib
import numpy as np

from dltasks.data.transcripts import read_transcripts
from dltasks.export.weights import load_weights
from dltasks.networks.sequences import without_shortcut
from dltasks.tasks import get_task
from dltasks.tasks.handwriting.synthesis import synthesize
from pipelines import load
from pipelines.handwriting.lines import LinePreprocessing, read_line

SENTENCES = (
    "The letter came on a Tuesday, and nobody opened it until supper.",
    "We walked along the river as far as the mill and back again.",
    "She counted the chairs twice: there were eleven, not twelve.",
)
KERAS_SHARE = 10  # Keras reads one in so many lines


def make_lines(folder: Path, count: int) -> list[str]:
    """Write pictures of lines; the fonts are those that come with Matplotlib."""
    texts = folder / "texts.txt"
    texts.write_text("\n".join(SENTENCES), encoding="utf-8")
    fonts = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    synthesize(texts, fonts, folder / "lines", count=count, seed=1)
    return [item.source for item in read_transcripts(str(folder / "lines"), {".jpg"})]


def time_stream(reader, sources: list[str]) -> float:
    """Read all lines; seconds a line."""
    started = time.perf_counter()
    for _ in reader.stream(sources, layout="line"):
        pass
    return (time.perf_counter() - started) / len(sources)


def time_keras(network, preprocessing, sources: list[str]) -> float:
    """Read lines with `predict`, one a call; seconds a line."""
    started = time.perf_counter()
    for source in sources:
        line = read_line(source, preprocessing)
        width = np.array([line.shape[1]], np.int32)
        network.predict({"image": line[None], "width": width}, verbose=0)
    return (time.perf_counter() - started) / len(sources)


@click.command()
@click.option("--lines", "count", default=500, show_default=True)
@click.option("--rounds", default=3, show_default=True)
@click.option("--model", default="handwriting", show_default=True)
def main(count: int, rounds: int, model: str) -> None:
    """Print the lines a second of each, and the ratio."""
    reader = load(model, device="cpu")
    whole = get_task("handwriting").build_network(reader.bundle.config)
    load_weights(reader.bundle, whole)
    network = without_shortcut(whole)
    streamed, called = [], []
    with tempfile.TemporaryDirectory() as folder:
        sources = make_lines(Path(folder), count)
        few = sources[::KERAS_SHARE]
        time_stream(reader, few)  # warm-up
        preprocessing = reader.bundle.read_preprocessing(LinePreprocessing)
        time_keras(network, preprocessing, few)
        for _ in range(rounds):
            streamed.append(time_stream(reader, sources))
            called.append(time_keras(network, preprocessing, few))
    ratios = [keras / pipeline for keras, pipeline in zip(called, streamed, strict=True)]
    print(f"stream   {1 / statistics.median(streamed):7.1f} lines/s on {reader.threads} cores")
    print(f"predict  {1 / statistics.median(called):7.1f} lines/s")
    print(f"ratio    {statistics.median(ratios):7.1f} (each {[round(x, 1) for x in ratios]})")


if __name__ == "__main__":
    main()
