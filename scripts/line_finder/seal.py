"""Put a trained network that finds lines into a bundle for handwriting.

    python -m scripts.line_finder.seal finder saved_models/handwriting-latin

FINDER is the folder that train.py wrote. The network is stored with convolutions of 8 bits, scaled
on samples of the validation split.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from pathlib import Path

import click
import keras
import numpy as np

from dltasks.export.graphs import AGREEMENT, GraphExport, largest_difference, run_keras, to_onnx
from dltasks.export.model_card import write_card
from dltasks.export.quantisation import quantise_convolutions
from dltasks.tasks.handwriting.finder_network import build_finder
from pipelines.handwriting.pages.finding import GRAPH_FILE
from pipelines.session import Graph
from scripts.line_finder.train import RECIPE

EXAMPLES = 64  # samples by which 8-bit convolutions are scaled
MANIFEST, CARD = "bundle.json", "README.md"


def export(folder: Path) -> bytes:
    """Give the graph of a trained network.

    Raises:
        ClickException: it does not agree with Keras.
    """
    trained = keras.models.load_model(folder / "finder.keras", compile=False)
    network = build_finder()
    network.set_weights(trained.get_weights())
    pages = np.load(folder / "valid.npy", mmap_mode="r")[:EXAMPLES]
    inputs = {"page": np.array(pages[:4])}
    network(inputs)  # Keras exports only what was called
    graph = GraphExport(GRAPH_FILE, network, inputs, relative=True)
    exact = to_onnx(network)
    difference = largest_difference(exact, graph, run_keras(graph))
    if not difference <= AGREEMENT:
        raise click.ClickException(f"the graph differs from Keras by {difference:.1e}")
    return quantise_convolutions(exact, {"page": np.array(pages)})


def measure(folder: Path, content: bytes) -> float:
    """Give the part of pixels in cores, of the validation samples, that are found as such."""
    graph = Graph(content, origin=GRAPH_FILE, device="cpu", threads=2)
    pages = np.load(folder / "valid.npy", mmap_mode="r")
    classes = np.load(folder / "valid-classes.npy", mmap_mode="r")
    shared = either = 0
    for page, truth in zip(pages, classes, strict=True):
        (logits,) = graph.run(page=np.array(page)[None])
        found, known = logits[0].argmax(axis=-1), truth != 255
        shared += int(((found == truth) & (truth > 0) & known).sum())
        either += int((((found > 0) | (truth > 0)) & known).sum())
    return shared / either


def add(bundle: Path, content: bytes) -> None:
    """Write the graph into a bundle, and its card and manifest anew."""
    manifest = json.loads((bundle / MANIFEST).read_text(encoding="utf-8"))
    recipe = tomllib.loads(RECIPE.read_text(encoding="utf-8"))
    for about, end in (("notes", " "), ("training_data", ". ")):
        before = manifest[about].partition(recipe[about])[0].removesuffix(end)
        manifest[about] = f"{before}{end}{recipe[about]}"
    files = {GRAPH_FILE: content}
    manifest["files"] |= {GRAPH_FILE: {}}
    names = [name for name in manifest["files"] if name != CARD]
    files[CARD] = write_card(manifest, names).encode()
    for name, data in files.items():
        (bundle / name).write_bytes(data)
        digest = hashlib.sha256(data).hexdigest()
        manifest["files"][name] = {"sha256": digest, "size_bytes": len(data)}
    manifest["files"] = dict(sorted(manifest["files"].items()))
    text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
    (bundle / MANIFEST).write_text(text, encoding="utf-8")


@click.command()
@click.argument("finder", type=click.Path(path_type=Path, exists=True))
@click.argument("bundle", type=click.Path(path_type=Path, exists=True))
def main(finder: Path, bundle: Path) -> None:
    """Put the network of FINDER into BUNDLE."""
    content = export(finder)
    click.echo(f"{len(content):,} bytes; cores overlap by {measure(finder, content):.3f}")
    add(bundle, content)


if __name__ == "__main__":
    main()
