"""Make a larger network of a trained one for handwriting, which reads as the smaller one does.

    python scripts/grow_handwriting.py handwriting-latin my_models/grown --example line.png
    dltasks train handwriting lines/ --base my_models/grown

What the smaller network lacks are residual blocks and recurrent layers that are added to what they
read. They begin by adding nothing: the last scale of such a block is 0, and so are the weights of
such a layer that write into its cells; everything else is random, as in a new network.
"""

from __future__ import annotations

from pathlib import Path

import click
import keras
import numpy as np
from keras import layers

from dltasks.export.weights import load_weights
from dltasks.tasks.base import BuiltNetwork
from dltasks.tasks.handwriting.config import SIZES, LineNetworkConfig
from dltasks.tasks.handwriting.network import PLAIN_LAYERS, build_network
from dltasks.tasks.handwriting.task import TASK
from dltasks.tasks.seal import seal
from pipelines.bundle.folder import find
from pipelines.ctc.alphabet import ALPHABET_FILE

CELLS = 2  # of an LSTM's four parts in Keras: input, forget, cell, output


def added_convolutions(old: LineNetworkConfig, new: LineNetworkConfig) -> list[int]:
    """List which convolutions of the new network the old one lacks, in order of their making."""
    added, made = [], 1  # the stem
    for few, many in zip(SIZES[old.size].blocks, SIZES[new.size].blocks, strict=True):
        made += 1
        added += range(made + 2 * few, made + 2 * many)
        made += 2 * many
    return added


def added_recurrences(old: LineNetworkConfig, new: LineNetworkConfig) -> list[int]:
    """List which LSTMs of the new network the old one lacks, likewise."""
    few, many = SIZES[old.size].layers, SIZES[new.size].layers
    if few < PLAIN_LAYERS:
        raise click.UsageError(f"size {old.size!r} has fewer than {PLAIN_LAYERS} recurrent layers")
    return list(range(2 * few, 2 * many))


def grow(base: keras.Model, old: LineNetworkConfig, new: LineNetworkConfig) -> keras.Model:
    """Give a new network what an old one has learnt."""
    network = build_network(new)
    convolutions = added_convolutions(old, new)
    lacking = {
        layers.Conv2D: convolutions,
        layers.BatchNormalization: convolutions,
        layers.LSTM: added_recurrences(old, new),
        layers.Conv1D: [],
        layers.Dense: [],
    }
    for kind, added in lacking.items():
        found = _of_kind(network, kind)
        kept = [layer for index, layer in enumerate(found) if index not in added]
        for source, target in zip(_of_kind(base, kind), kept, strict=True):
            target.set_weights(source.get_weights())
    scales = _of_kind(network, layers.BatchNormalization)
    for index in convolutions[1::2]:
        scales[index].gamma.assign(np.zeros_like(scales[index].gamma))
    for index in lacking[layers.LSTM]:
        _silence(_of_kind(network, layers.LSTM)[index])
    return network


def _of_kind(network: keras.Model, kind: type[layers.Layer]) -> list[layers.Layer]:
    """List layers in the order in which they were made."""
    found = [layer for layer in network.layers if isinstance(layer, kind)]
    return sorted(found, key=_number)


def _number(layer: layers.Layer) -> int:
    number = layer.name.rpartition("_")[2]
    return int(number) if number.isdigit() else 0


def _silence(lstm: layers.LSTM) -> None:
    cells = slice(CELLS * lstm.units, (CELLS + 1) * lstm.units)
    changed = lstm.get_weights()
    for values in changed:
        values[..., cells] = 0
    lstm.set_weights(changed)


@click.command()
@click.argument("base")
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--size", type=click.Choice(tuple(SIZES)), default="large", show_default=True)
@click.option("--example", required=True, help="A picture of a line.")
def main(base: str, out: Path, size: str, example: str) -> None:
    """Seal the bundle BASE, grown, as the bundle OUT."""
    bundle = find(base)
    old = LineNetworkConfig.from_dict(bundle.config, "bundle's config")
    new = LineNetworkConfig.from_dict({**bundle.config, "size": size}, "bundle's config")
    smaller = build_network(old)
    load_weights(bundle, smaller)
    built = BuiltNetwork(
        network=grow(smaller, old, new),
        config=new.to_dict(),
        preprocessing=bundle.preprocessing,
        assets={ALPHABET_FILE: bundle.read(ALPHABET_FILE)},
        source=f"grown from {bundle.name}",
        licence=bundle.licence,
        training_data=bundle.training_data,
    )
    grown = seal(TASK, built, out, [example], overwrite=True, measure=lambda pipeline: [])
    click.echo(f"wrote {grown.path}, {grown.size_bytes / 1e6:.1f} MB; {grown.agreement}")


if __name__ == "__main__":
    main()
