"""How busy `classify` keeps the cores on a folder of photographs.

    python benchmarks/classify_folder.py --photographs 500

Times, in turns in one run: bare Pillow decoding on all cores, a bare ONNX Runtime loop on all
cores, and `pipelines` doing both. If decoding takes d seconds and the network n seconds, nothing
can do both in less than d + n; the ratio printed is (d + n) / (seconds of the pipeline).
"""

from __future__ import annotations

import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import click
import numpy as np
import onnxruntime
from PIL import Image

from pipelines import load
from pipelines.bundle.folder import find
from pipelines.image_classification import ImageClassification
from pipelines.session import available_cores

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
SIZE = 224
CROP = 0.875


def make_photographs(folder: Path, count: int) -> list[Path]:
    """Write JPEG photographs of 640 x 480, no two alike, from those in examples/."""
    originals = [Image.open(path).convert("RGB") for path in sorted(EXAMPLES.glob("*.jpg"))]
    paths = []
    for number in range(count):
        original = originals[number % len(originals)]
        shift = number // len(originals) % 50
        box = (shift, shift, original.width - 50 + shift, original.height - 50 + shift)
        paths.append(folder / f"{number:05d}.jpg")
        original.resize((640, 480), box=box).save(paths[-1], quality=90)
    return paths


def decode(path: Path) -> np.ndarray:
    """Decode as the bundle asks for, with nothing but Pillow."""
    with Image.open(path) as image:
        image.draft("RGB", (2 * SIZE, 2 * SIZE))
        side = min(image.size) * CROP
        left, top = (image.width - side) / 2, (image.height - side) / 2
        box = (left, top, left + side, top + side)
        resized = image.convert("RGB").resize(
            (SIZE, SIZE), Image.Resampling.BICUBIC, box, reducing_gap=3.0
        )
        return np.asarray(resized)


def time_decoding(paths: list[Path]) -> float:
    """Decode on all cores; seconds."""
    started = time.perf_counter()
    with ThreadPoolExecutor(available_cores()) as pool:
        for _ in pool.map(decode, paths):
            pass
    return time.perf_counter() - started


def time_network(
    session: onnxruntime.InferenceSession, images: np.ndarray, count: int, batch_size: int
) -> float:
    """Run decoded images through ONNX Runtime on all cores; seconds."""
    started = time.perf_counter()
    for _ in range(count // batch_size):
        session.run(None, {"image": images})
    session.run(None, {"image": images[: count % batch_size]})
    return time.perf_counter() - started


def time_pipeline(classify: ImageClassification, paths: list[Path], batch_size: int) -> float:
    """Classify the files; seconds."""
    started = time.perf_counter()
    for _ in classify.stream(paths, batch_size=batch_size):
        pass
    return time.perf_counter() - started


def resident_mb() -> float:
    """Give the highest resident memory so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@click.command()
@click.option("--photographs", default=500, show_default=True)
@click.option("--batch-size", default=1, show_default=True)
@click.option("--rounds", default=3, show_default=True)
def main(photographs: int, batch_size: int, rounds: int) -> None:
    """Print the images a second of each part, and the ratio."""
    content = find("imagenet-efficientnet-lite0").read("model.onnx")
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    classify = load("image-classification", device="cpu")
    with tempfile.TemporaryDirectory() as folder:
        paths = make_photographs(Path(folder), photographs)
        images = np.stack([decode(path) for path in paths[:batch_size]])
        parts: dict[str, Callable[[], float]] = {
            "bare decoding": lambda: time_decoding(paths),
            "bare network": lambda: time_network(session, images, photographs, batch_size),
            "pipeline": lambda: time_pipeline(classify, paths, batch_size),
        }
        for part in parts.values():
            part()  # warm-up
        memory_after_one_round = resident_mb()
        seconds = {name: [] for name in parts}
        for _ in range(rounds):
            for name, part in parts.items():
                seconds[name].append(part())
    for name, values in seconds.items():
        print(f"{name:14} {photographs / statistics.median(values):7.1f} images/s")
    ratios = [
        (decoding + network) / pipeline
        for decoding, network, pipeline in zip(*seconds.values(), strict=True)
    ]
    print(f"ratio to what the parts allow: {statistics.median(ratios):.3f} (each {ratios})")
    print(f"resident memory: {memory_after_one_round:.0f} MB, later {resident_mb():.0f} MB")


if __name__ == "__main__":
    main()
