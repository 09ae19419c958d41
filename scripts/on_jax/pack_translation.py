"""Pack a translation data set and a bundle for `train_translation.py`, which has no TensorFlow.

    pip install ".[train]"
    python -m scripts.on_jax.pack_translation data my_models/en-es packed.npz

The data are prepared exactly as `dltasks train translation data --base my_models/en-es` does. The
file holds pieces of sentences as uint16, and the weights to start from.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
import numpy as np

from dltasks.export.weights import read_weights
from dltasks.tasks.translation.config import TranslationConfig
from dltasks.tasks.translation.preparing import make_directions
from dltasks.tasks.translation.task import TASK
from dltasks.tasks.translation.translator_family import read_pieces
from pipelines.bundle.folder import open_bundle
from pipelines.translation.names import read_lexicon
from pipelines.translation.pieces import frame_source


@click.command()
@click.argument("data")
@click.argument("bundle", type=click.Path(exists=True, path_type=Path))
@click.argument("packed", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--max-pieces", default=70, show_default=True, help="Longest sentence, in tokens.")
@click.option("--seed", default=0, show_default=True)
def main(data: str, bundle: Path, packed: Path, max_pieces: int, seed: int) -> None:
    """Pack DATA and BUNDLE into PACKED."""
    base = open_bundle(bundle)
    pieces = read_pieces(base)
    config = TranslationConfig()
    lexicons = {code: read_lexicon(base, code) for code in (config.source, config.target)}
    examples = [item for item in TASK.read_examples(data) if item.split in ("train", "")]
    rows: list[tuple[list[int], list[int]]] = []
    for direction in make_directions(config.source, config.target, lexicons, both=True):
        wanted = pieces.language(direction.target)
        for pair in direction.prepare_for_training(examples, config.marked, seed):
            source, target = (pieces.encode(text) for text in pair)
            if 0 < max(len(source), len(target)) <= max_pieces:
                rows.append((frame_source(source, wanted), target))
    arrays: dict[str, Any] = {
        f"weights/{name}": array.astype(np.float16) for name, array in read_weights(base).items()
    }
    for name, side in (("source", 0), ("target", 1)):
        arrays[f"{name}/lengths"] = np.array([len(row[side]) for row in rows], np.uint8)
        arrays[f"{name}/pieces"] = np.concatenate([row[side] for row in rows]).astype(np.uint16)
    arrays["config"] = np.array(json.dumps(base.config))
    np.savez_compressed(packed, **arrays)
    click.echo(f"{len(rows)} pairs, {packed.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
