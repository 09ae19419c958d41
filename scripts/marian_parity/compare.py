"""Compare our network and our search with what the reference gave.

python -m scripts.marian_parity.compare FOLDER
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from dltasks.export.graphs import KerasGraph, to_onnx
from dltasks.safetensors_file import read_safetensors
from dltasks.tasks.translation.marian_config import MarianConfig
from dltasks.tasks.translation.marian_network import Marian, build_marian
from dltasks.tasks.translation.marian_published import MarianLoader, read_config
from pipelines.search.beam_search import BeamSearch
from pipelines.session import Graph
from pipelines.translation.marian_decoding import MarianGraphs, search_translations
from pipelines.translation.marian_settings import MarianShape

AGREEMENT = 1e-4
UNKNOWN = 1
SENTENCES_PER_RUN = 32


def load(folder: Path) -> tuple[Marian, MarianConfig]:
    """Load a network as `dltasks models pull` does."""
    file = folder / "model.safetensors"
    config = read_config(json.loads((folder / "config.json").read_text()), str(folder))
    parts = build_marian(config)
    MarianLoader(parts.whole, read_safetensors(file), str(file)).load(config)
    return parts, config


def export(parts: Marian, shape: MarianShape) -> MarianGraphs:
    """Export a network as a bundle has it, in float32."""
    in_keras = MarianGraphs(KerasGraph(parts.encoder), KerasGraph(parts.step))
    # Keras exports only what was called.
    search_translations(in_keras, shape, [[2, shape.end]], forbidden=[], search=BeamSearch(beams=1))
    return MarianGraphs(
        *(
            Graph(to_onnx(model), origin=model.name, device="cpu", threads=0)
            for model in (parts.encoder, parts.step)
        )
    )


def compare(folder: Path) -> bool:
    """Compare one network; say how it went, and whether all is the same."""
    parts, config = load(folder)
    with np.load(folder / "scores.npz") as given:
        source, target = (given[name].astype(np.int32) for name in ("source", "target"))
        difference = float(np.abs(parts.whole([source, target]).numpy() - given["scores"]).max())
    expected = json.loads((folder / "found.json").read_text())
    shape = MarianShape(**{name: getattr(config, name) for name in MarianShape.names()})
    graphs = export(parts, shape)
    same = {
        kind: count_same(graphs, shape, expected["sources"], expected[kind], beams)
        for kind, beams in (("greedy", 1), ("beams", 4))
    }
    total = len(expected["sources"])
    name = (folder / "name.txt").read_text()
    lengths = [len(pieces) for pieces in expected["beams"]]
    print(
        f"{name}: scores differ by {difference:.1e}; {same['greedy']} of {total} greedy and "
        f"{same['beams']} of {total} beam translations are the same "
        f"({min(lengths)} to {max(lengths)} pieces)"
    )
    return difference <= AGREEMENT and set(same.values()) == {total}


def count_same(
    graphs: MarianGraphs, shape: MarianShape, sources: Any, expected: Any, beams: int
) -> int:
    """Count the sentences for which our search finds what the reference's found."""
    search = BeamSearch(beams=beams, length_penalty=1.0, length_offset=0.0)
    forbidden = [shape.begin, UNKNOWN]
    same = 0
    for first in range(0, len(sources), SENTENCES_PER_RUN):
        run = slice(first, first + SENTENCES_PER_RUN)
        found = search_translations(graphs, shape, sources[run], forbidden=forbidden, search=search)
        pairs = zip(found, expected[run], strict=True)
        same += sum(list(best.pieces) == pieces for (best, *_), pieces in pairs)
    return same


def main() -> None:
    """Compare all networks."""
    folders = sorted(path.parent for path in Path(sys.argv[1]).glob("*/found.json"))
    compared = [compare(folder) for folder in folders]
    if not compared or not all(compared):
        sys.exit("not the same")


if __name__ == "__main__":
    main()
