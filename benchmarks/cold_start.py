"""How long a first answer takes: `dltasks classify` against a script that uses Keras.

    python benchmarks/cold_start.py --runs 5

Both are whole processes, timed in turns: start Python, load EfficientNet-Lite0, decode a
photograph, print its class. The Keras script is as short as it can be: it rebuilds the same network
and loads the same weights.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

import click

ROOT = Path(__file__).resolve().parent.parent
PHOTOGRAPH = ROOT / "examples" / "espresso.jpg"

WITH_KERAS = """
import sys
import numpy as np
import keras
from dltasks.export.weights import load_weights
from dltasks.tasks import get_task
from pipelines.bundle.folder import find
from pipelines.image_classification import read_labels
from pipelines.images import ImagePreprocessing, read_image

bundle = find("imagenet-efficientnet-lite0")
network = get_task(bundle.task).build_network(bundle.config)
load_weights(bundle, network)
image = read_image(sys.argv[1], ImagePreprocessing(**bundle.preprocessing))
scores = network.predict(image[None], verbose=0)[0]
print(read_labels(bundle)[int(np.argmax(scores))][0])
"""

COMMANDS = {
    "dltasks --help": ["dltasks", "--help"],
    "dltasks classify": ["dltasks", "classify", str(PHOTOGRAPH)],
    "Keras script": [sys.executable, "-c", WITH_KERAS, str(PHOTOGRAPH)],
}


def time_process(command: list[str]) -> float:
    """Run a command; seconds."""
    started = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - started


@click.command()
@click.option("--runs", default=5, show_default=True)
def main(runs: int) -> None:
    """Print the seconds of each and the ratio."""
    for command in COMMANDS.values():
        time_process(command)  # warm-up: files from disk to memory
    seconds = {name: [] for name in COMMANDS}
    for _ in range(runs):
        for name, command in COMMANDS.items():
            seconds[name].append(time_process(command))
    for name, values in seconds.items():
        print(f"{name:18} median {statistics.median(values):.3f} s, least {min(values):.3f} s")
    ratios = [
        keras / ours
        for keras, ours in zip(seconds["Keras script"], seconds["dltasks classify"], strict=True)
    ]
    print(f"Keras script / dltasks classify: {statistics.median(ratios):.1f}")


if __name__ == "__main__":
    main()
