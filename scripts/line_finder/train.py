"""Train the network that finds lines on pages.

    python -m scripts.line_finder.train latin/set1 htr-pages photographs finder

SET is a folder that scripts/handwriting_latin wrote: labels.tsv has lines with their split and
writer, pages.tsv the split of each page. OUT gets the samples, a checkpoint after each part of an
epoch, and at the end finder.keras. Started again, it goes on.
"""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import click
import numpy as np

from dltasks.data.transcripts import read_transcripts
from scripts.line_finder.composing import LineBank
from scripts.line_finder.pages import Page, read_lines, read_true_page
from scripts.line_finder.samples import SIDE, UNKNOWN, make_samples

RECIPE = Path(__file__).with_name("finder.toml")
PARTS = 10  # of an epoch, after each of which a checkpoint is written
WARM_UP = 200  # steps


class Sources(NamedTuple):
    """Where lines, pages and photographs are."""

    lines: Path
    pages: Path
    photographs: Path


def read_split(sources: Sources, split: str) -> tuple[list[Page], LineBank]:
    """Read the pages and list the lines of a split."""
    table = read_lines(sources.pages)
    with (sources.lines / "pages.tsv").open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t")
        names = [row["page"] for row in rows if row["split"] == split]
    pages = [read_true_page(sources.pages / name, table[name]) for name in names]
    lines = read_transcripts(str(sources.lines / "labels.tsv"), ())
    return pages, LineBank([line for line in lines if line.split == split])


def write_samples(sources: Sources, out: Path, split: str, count: int, seed: int) -> Path:
    """Write samples of a split, once: OUT/SPLIT.npy and OUT/SPLIT-classes.npy."""
    path = out / f"{split}.npy"
    if path.is_file():
        return path
    pages, bank = read_split(sources, split)
    random = np.random.default_rng((seed, split == "train"))
    partial = out / f"{split}-partial.npy"
    shape = (count, SIDE, SIDE)
    pictures = np.lib.format.open_memmap(partial, "w+", np.uint8, shape)
    half = (count, SIDE // 2, SIDE // 2)
    classes = np.lib.format.open_memmap(out / f"{split}-classes.npy", "w+", np.uint8, half)
    samples = islice(make_samples(pages, bank, sources.photographs, random), count)
    for number, (picture, truth) in enumerate(samples):
        pictures[number], classes[number] = picture, truth
        if number % 500 == 0:
            click.echo(f"{split}: {number} of {count} samples")
    pictures.flush()
    classes.flush()
    return partial.rename(path)


def batches(path: Path, recipe: dict[str, Any], seed: int | None) -> Iterator[tuple[Any, ...]]:
    """Give pictures, classes and weights, shuffled by a seed."""
    pictures = np.load(path, mmap_mode="r")
    classes = np.load(path.with_name(f"{path.stem}-classes.npy"), mmap_mode="r")
    order = np.arange(len(pictures))
    if seed is not None:
        np.random.default_rng(seed).shuffle(order)
    size = recipe["batch_size"]
    for first in range(0, len(order) - size + 1, size):
        chosen = np.sort(order[first : first + size])
        truth = classes[chosen]
        weights = np.where(truth > 0, recipe["core_weight"], 1.0).astype(np.float32)
        weights[truth == UNKNOWN] = 0
        yield pictures[chosen], np.where(truth == UNKNOWN, 0, truth), weights


def train(train_path: Path, valid_path: Path, recipe: dict[str, Any], out: Path) -> None:
    """Train in parts of epochs, each followed by a checkpoint."""
    import keras

    from dltasks.tasks.handwriting.finder_network import build_finder

    keras.mixed_precision.set_global_policy("mixed_bfloat16")
    checkpoint, done_file = out / "checkpoint.keras", out / "parts.txt"
    samples = len(np.load(train_path, mmap_mode="r"))
    steps = samples // recipe["batch_size"] // PARTS
    parts = recipe["epochs"] * PARTS
    done = int(done_file.read_text()) if done_file.is_file() else 0
    if done:
        network = keras.models.load_model(checkpoint)
    else:
        network = build_finder()
        rate = keras.optimizers.schedules.CosineDecay(
            0.0, steps * parts, warmup_target=recipe["learning_rate"], warmup_steps=WARM_UP
        )
        optimizer = keras.optimizers.AdamW(
            rate, weight_decay=recipe["weight_decay"], clipnorm=1.0, use_ema=True, ema_momentum=0.99
        )
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        network.compile(optimizer=optimizer, loss=loss)
    for part in range(done, parts):
        epoch, within = divmod(part, PARTS)
        chosen = islice(batches(train_path, recipe, epoch), within * steps, (within + 1) * steps)
        losses = [float(network.train_on_batch(*batch)) for batch in chosen]
        network.save(checkpoint)
        done_file.write_text(str(part + 1))
        click.echo(f"part {part + 1} of {parts}: loss {losses[-1]:.4f}")
    network.optimizer.finalize_variable_values(network.trainable_variables)
    valid = [float(network.test_on_batch(*batch)) for batch in batches(valid_path, recipe, None)]
    click.echo(f"validation loss {valid[-1]:.4f}")
    network.save(out / "finder.keras")


@click.command()
@click.argument("lines", metavar="SET", type=click.Path(path_type=Path, exists=True))
@click.argument("pages", type=click.Path(path_type=Path, exists=True))
@click.argument("photographs", type=click.Path(path_type=Path, exists=True))
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--samples-only", is_flag=True, help="Write the samples, and train later.")
def main(lines: Path, pages: Path, photographs: Path, out: Path, samples_only: bool) -> None:
    """Train on the lines of SET, on PAGES and on PHOTOGRAPHS without writing."""
    recipe = tomllib.loads(RECIPE.read_text())
    sources = Sources(lines, pages, photographs)
    out.mkdir(parents=True, exist_ok=True)
    counts = {"valid": recipe["validation_samples"], "train": recipe["samples"]}
    valid, training = (
        write_samples(sources, out, split, count, recipe["seed"]) for split, count in counts.items()
    )
    if not samples_only:
        train(training, valid, recipe, out)


if __name__ == "__main__":
    main()
