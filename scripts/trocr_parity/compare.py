"""Compare our network and our search with what the reference gave.

python -m scripts.trocr_parity.compare FOLDER
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from dltasks.export.graphs import KerasGraph, to_onnx
from dltasks.safetensors_file import read_safetensors
from dltasks.tasks.handwriting.trocr_config import TrocrConfig
from dltasks.tasks.handwriting.trocr_network import Trocr, build_trocr
from dltasks.tasks.handwriting.trocr_published import TrocrLoader, is_tied
from dltasks.tasks.handwriting.trocr_published_config import read_config
from pipelines.handwriting.trocr_decoding import TrocrGraphs, search_lines
from pipelines.handwriting.trocr_settings import TrocrShape
from pipelines.search.beam_search import BeamSearch
from pipelines.session import Graph

AGREEMENT = 1e-4


def load(folder: Path) -> tuple[Trocr, TrocrConfig]:
    """Load a network as `dltasks models pull` does."""
    file = folder / "model.safetensors"
    config = read_config(json.loads((folder / "config.json").read_text()), str(folder))
    arrays = read_safetensors(file)
    config = replace(config, tied_output=is_tied(config, arrays))
    parts = build_trocr(config)
    TrocrLoader(parts.whole, arrays, str(file)).load(config)
    return parts, config


def export(parts: Trocr, shape: TrocrShape, images: np.ndarray) -> TrocrGraphs:
    """Export a network as a bundle has it, in float32."""
    in_keras = TrocrGraphs(KerasGraph(parts.encoder), KerasGraph(parts.step))
    search = BeamSearch(beams=1)  # Keras exports only what was called
    search_lines(in_keras, shape, list(images[:1]), longest=4, forbidden=[], search=search)
    return TrocrGraphs(
        *(
            Graph(to_onnx(model), origin=model.name, device="cpu", threads=0)
            for model in (parts.encoder, parts.step)
        )
    )


def compare(folder: Path) -> bool:
    """Compare one network; say how it went, and whether all is the same."""
    parts, config = load(folder)
    with np.load(folder / "scores.npz") as given:
        images, target = given["images"], given["target"].astype(np.int32)
        scores = parts.whole([images[: len(target)], target]).numpy()
        difference = float(np.abs(scores - given["scores"]).max())
    expected = json.loads((folder / "found.json").read_text())
    shape = TrocrShape(**{name: getattr(config, name) for name in TrocrShape.names()})
    graphs = export(parts, shape, images)
    longest = target.shape[1]
    same = {
        kind: count_same(graphs, shape, images, expected[kind], beams, longest)
        for kind, beams in (("greedy", 1), ("beams", 4))
    }
    lengths = [len(pieces) for pieces in expected["beams"]]
    print(
        f"{(folder / 'name.txt').read_text()}: scores of up to {np.abs(scores).max():.0f} differ "
        f"by {difference:.1e}; {same['greedy']} of {len(images)} greedy and {same['beams']} of "
        f"{len(images)} beam texts are the same ({min(lengths)} to {max(lengths)} pieces)"
    )
    return difference <= AGREEMENT and set(same.values()) == {len(images)}


def count_same(
    graphs: TrocrGraphs, shape: TrocrShape, images: Any, expected: Any, beams: int, longest: int
) -> int:
    """Count the pictures for which our search finds what the reference's found."""
    found = search_lines(
        graphs,
        shape,
        list(images),
        longest=longest,
        forbidden=[shape.padding],
        search=BeamSearch(beams=beams, length_penalty=1.0, length_offset=0.0),
    )
    pairs = zip(found, expected, strict=True)
    return sum(list(best.pieces) == pieces for (best, *_), pieces in pairs)


def main() -> None:
    """Compare all networks."""
    folders = sorted(path.parent for path in Path(sys.argv[1]).glob("*/found.json"))
    compared = [compare(folder) for folder in folders]
    if not compared or not all(compared):
        sys.exit("not the same")


if __name__ == "__main__":
    main()
