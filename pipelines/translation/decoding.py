"""Translate sentences of similar length with an encoder and a decoder step."""

from __future__ import annotations

from collections.abc import Sequence

from pipelines.search.beam_search import BeamSearch, Hypothesis, beam_search
from pipelines.search.graph_decoder import GraphDecoder, Runs
from pipelines.translation.pieces import BEGIN, END

MOST_TIMES_LONGER = 2  # a translation has at most so many times the pieces of its source
PIECES_MORE = 10  # and so many more


def translate(
    encoder: Runs,
    step: Runs,
    sources: Sequence[Sequence[int]],
    *,
    forbidden: Sequence[int],
    required: Sequence[Sequence[int]] | None = None,
    search: BeamSearch,
) -> list[list[Hypothesis]]:
    """Translate sentences of similar length at once.

    Args:
        encoder: see `GraphDecoder`.
        step: see `GraphDecoder`.
        sources: pieces of each sentence, framed.
        forbidden: see `beam_search`.
        required: see `beam_search`.
        search: how to search.

    Returns:
        For each sentence its best hypotheses, best first.
    """
    if not sources:
        return []
    return beam_search(
        GraphDecoder(encoder, step, sources),
        [MOST_TIMES_LONGER * len(source) + PIECES_MORE for source in sources],
        begin=BEGIN,
        end=END,
        forbidden=forbidden,
        required=required,
        search=search,
    )
