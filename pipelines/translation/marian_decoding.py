"""Translate sentences of similar length with Marian's encoder and step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from pipelines.search.beam_search import BeamSearch, Hypothesis, beam_search
from pipelines.search.graph_decoder import GraphDecoder, Runs, pad
from pipelines.session import expect
from pipelines.translation.decoding import most_pieces
from pipelines.translation.marian_settings import MarianShape


class MarianGraphs(NamedTuple):
    """The encoder, run once per sentence, and a step of the decoder, run for each piece."""

    encoder: Runs
    step: Runs


def name_heard(layers: int) -> list[str]:
    """Name the outputs of the encoder as the inputs of the step: two of each decoder layer."""
    return [f"cross_{kind}_{layer}" for layer in range(layers) for kind in ("keys", "values")]


def search_translations(
    graphs: MarianGraphs,
    shape: MarianShape,
    sources: Sequence[Sequence[int]],
    *,
    forbidden: Sequence[int],
    search: BeamSearch,
) -> list[list[Hypothesis]]:
    """Search the translations of sentences of similar length at once.

    Args:
        graphs: of the network; see `marian_network` of the toolkit.
        shape: of the network.
        sources: pieces of each sentence, framed.
        forbidden: see `beam_search`.
        search: how to search.

    Returns:
        For each sentence its best hypotheses, best first.
    """
    if not sources:
        return []
    source = pad(sources, shape.padding)
    count, length = source.shape
    heads, head = shape.decoder_heads, shape.width // shape.decoder_heads
    keys, values = (count, heads, head, length), (count, heads, length, head)
    heard = expect(graphs.encoder.run(source=source), *(keys, values) * shape.decoder_layers)
    items = dict(zip(name_heard(shape.decoder_layers), heard, strict=True))
    decoder = GraphDecoder(
        graphs.step,
        shape.target_vocabulary,
        {"source": source, **items},
        (2 * shape.decoder_layers, 0, shape.width),
        grows_along=2,
    )
    return beam_search(
        decoder,
        [min(most_pieces(len(sentence)), shape.positions - 1) for sentence in sources],
        begin=shape.begin,
        end=shape.end,
        forbidden=forbidden,
        search=search,
    )
