"""Mix the weights of a trained bundle with those of an earlier one of the same run of trainings.

    python scripts/average_weights.py my_models/new my_models/old my_models/mixed --share 0.3 \\
        --example line.png --measure "unseen writers=latin/labels.tsv" --split valid

What a network learnt earlier and has since given up for other data comes back, mostly at no cost
(Wortsman et al. 2022, "Model soups"). That holds for networks of which one goes on from the other;
where weights have nothing in common any more, those of the new one are kept.

A network that reads with CTC may be made less sure of what it says, where it is too sure of what it
does not know: --temperature (Guo et al. 2017, "On calibration of modern neural networks"). One of
lines may be given wider ones to read than it learnt on, where that helps: --stretch.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
import numpy as np
from seal_built_in import measure_also, take_apart

from dltasks.export.weights import load_weights
from dltasks.extras import require_tensorflow
from dltasks.tasks import get_task
from dltasks.tasks.seal import seal
from pipelines.bundle.folder import Bundle, find

if TYPE_CHECKING:
    import keras

LEAST_COSINE = 0.3  # between an array of weights and the one it has become


def mix(new: Sequence[np.ndarray], old: Sequence[np.ndarray], *, share: float) -> list[np.ndarray]:
    """Take `share` of the old weights, the rest of the new ones, array by array."""
    return [
        (1 - share) * ours + share * theirs if cosine(ours, theirs) >= LEAST_COSINE else ours
        for ours, theirs in zip(new, old, strict=True)
    ]


def cosine(one: np.ndarray, other: np.ndarray) -> float:
    """Return the cosine of the angle between two arrays; 0 where one of them is 0."""
    lengths = float(np.linalg.norm(one) * np.linalg.norm(other))
    return float((one * other).sum()) / lengths if lengths else 0.0


def soften(network: keras.Model, temperature: float) -> None:
    """Divide the logits of symbols by a temperature."""
    layer = network.get_layer("symbols")
    layer.set_weights([array / temperature for array in layer.get_weights()])


def read_weights(bundle: Bundle) -> list[np.ndarray]:
    """Return the weights of a bundle's network."""
    network = get_task(bundle.task).build_network(bundle.config)
    load_weights(bundle, network)
    return network.get_weights()


@click.command()
@click.argument("new")
@click.argument("old")
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--share", type=click.FloatRange(0, 1), default=0.3, show_default=True)
@click.option("--temperature", type=click.FloatRange(0.1, 10), help="Of what reads with CTC.")
@click.option("--stretch", type=click.FloatRange(0.5, 2), help="Of the width of lines.")
@click.option("--example", "examples", multiple=True, required=True, help="An input of the model.")
@click.option("--measure", "data", multiple=True, metavar="NAME=DATA", help="Figures of the mix.")
@click.option("--split", help="Which split of that data; by default as `evaluate` chooses.")
def main(
    new: str,
    old: str,
    out: Path,
    share: float,
    temperature: float | None,
    stretch: float | None,
    examples: tuple[str, ...],
    data: tuple[str, ...],
    split: str | None,
) -> None:
    """Seal NEW, mixed with OLD, as the bundle OUT."""
    require_tensorflow("mixing weights")
    newer, older = find(new), find(old)
    mixed = take_apart(newer, vars(newer))
    mixed.network.set_weights(mix(mixed.network.get_weights(), read_weights(older), share=share))
    if temperature:
        soften(mixed.network, temperature)
    if stretch:
        mixed.preprocessing["stretch"] = stretch
    task = get_task(newer.task)
    measured = dict(item.split("=", 1) for item in data)
    bundle = seal(
        task,
        mixed,
        out,
        examples,
        overwrite=True,
        half_precision=task.half_precision,
        measure=lambda pipeline: measure_also(pipeline, measured, split),
    )
    click.echo(f"wrote {bundle.path}, {bundle.size_bytes / 1e6:.1f} MB; {bundle.agreement}")


if __name__ == "__main__":
    main()
