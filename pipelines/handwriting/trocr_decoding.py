"""Read pictures of lines with TrOCR's encoder and step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from pipelines.handwriting.trocr_settings import TrocrShape
from pipelines.search.beam_search import BeamSearch, Hypothesis, beam_search
from pipelines.search.graph_decoder import GraphDecoder, Runs
from pipelines.session import expect

# Of keys and values that are looked up, for all rows at once: a line of a base model has 56 MB.
SEEN_BYTES = 256 << 20
LINES_AT_ONCE = 8


class TrocrGraphs(NamedTuple):
    """The encoder, run once per line, and a step of the decoder, run for each piece."""

    encoder: Runs
    step: Runs


def name_seen(layers: int) -> list[str]:
    """Name the outputs of the encoder as the inputs of the step: two of each decoder layer."""
    return [f"cross_{kind}_{layer}" for layer in range(layers) for kind in ("keys", "values")]


def search_lines(
    graphs: TrocrGraphs,
    shape: TrocrShape,
    pictures: Sequence[np.ndarray],
    *,
    longest: int,
    forbidden: Sequence[int],
    search: BeamSearch,
) -> list[list[Hypothesis]]:
    """Search the texts of lines.

    Args:
        graphs: of the network; see `trocr_network` of the toolkit.
        shape: of the network.
        pictures: uint8 [side, side, 3] each.
        longest: pieces that a line may have.
        forbidden: see `beam_search`.
        search: how to search.

    Returns:
        For each line its best hypotheses, best first.
    """
    found: list[list[Hypothesis]] = []
    for start in range(0, len(pictures), LINES_AT_ONCE):
        image = np.stack(pictures[start : start + LINES_AT_ONCE])
        for seen in _look(graphs.encoder, shape, image, search.beams):
            count = len(seen["cross_keys_0"])
            decoder = GraphDecoder(
                graphs.step,
                shape.vocabulary,
                seen,
                (2 * shape.decoder_layers, 0, shape.width),
                grows_along=2,
            )
            found += beam_search(
                decoder,
                [min(longest, shape.positions - 1)] * count,
                begin=shape.begin,
                end=shape.end,
                forbidden=forbidden,
                search=search,
            )
    return found


def _look(
    encoder: Runs, shape: TrocrShape, image: np.ndarray, beams: int
) -> Iterator[dict[str, np.ndarray]]:
    """Give what the step looks up, of so many lines that all their beams have room."""
    count, heads, head = len(image), shape.decoder_heads, shape.width // shape.decoder_heads
    keys, values = (count, heads, head, None), (count, heads, None, head)
    outputs = expect(encoder.run(image=image), *(keys, values) * shape.decoder_layers)
    row_bytes = beams * sum(output.nbytes for output in outputs) // count
    room = max(SEEN_BYTES // max(row_bytes, 1), 1)
    for start in range(0, count, room):
        kept = (output[start : start + room] for output in outputs)
        yield dict(zip(name_seen(shape.decoder_layers), kept, strict=True))
