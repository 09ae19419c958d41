"""Translate sentences of similar length with an encoder and a decoder step."""

from __future__ import annotations

from collections.abc import Sequence

from pipelines.search.beam_search import BeamSearch, Hypothesis, beam_search
from pipelines.search.graph_decoder import GraphDecoder, Runs, pad
from pipelines.search.pieces import BEGIN, END
from pipelines.session import expect

MOST_TIMES_LONGER = 2  # a translation has at most so many times the pieces of its source
PIECES_MORE = 10  # and so many more


def translate(
    encoder: Runs,
    step: Runs,
    sources: Sequence[Sequence[int]],
    *,
    vocabulary: int,
    forbidden: Sequence[int],
    required: Sequence[Sequence[int]] | None = None,
    search: BeamSearch,
) -> list[list[Hypothesis]]:
    """Translate sentences of similar length at once.

    Args:
        encoder: source [sentence, source] -> memory [sentence, part, source, width].
        step: see `GraphDecoder`; reads source and memory; its state is [row, part, width].
        sources: pieces of each sentence, framed.
        vocabulary: its size.
        forbidden: see `beam_search`.
        required: see `beam_search`.
        search: how to search.

    Returns:
        For each sentence its best hypotheses, best first.
    """
    if not sources:
        return []
    source = pad(sources)
    shape = (len(sources), None, source.shape[1], None)
    (memory,) = expect(encoder.run(source=source), shape)
    _, parts, _, width = memory.shape
    return beam_search(
        GraphDecoder(step, vocabulary, {"source": source, "memory": memory}, (parts, width)),
        [most_pieces(len(source)) for source in sources],
        begin=BEGIN,
        end=END,
        forbidden=forbidden,
        required=required,
        search=search,
    )


def most_pieces(source: int) -> int:
    """Give how many pieces a translation of a sentence of so many may have."""
    return MOST_TIMES_LONGER * source + PIECES_MORE
