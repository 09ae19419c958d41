"""The vocabulary: pieces of words, learned from the training sentences of both languages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dltasks.training.pieces import learn_unigram
from pipelines.search.pieces import BEGIN, END, PADDING, UNKNOWN
from pipelines.text import tidy
from pipelines.translation.marks import MARKS
from pipelines.translation.pieces import language_piece


def learn_pieces(sentences: Iterable[str], languages: Sequence[str], size: int) -> bytes:
    """Learn one vocabulary for all languages; see `learn_unigram`.

    Args:
        sentences: of all languages.
        languages: codes; each gets a piece that asks for it as the target.
        size: pieces at the most.
    """
    return learn_unigram(
        map(tidy, sentences),
        size,
        user_defined_symbols=list(MARKS),
        control_symbols=[language_piece(code) for code in languages],
        pad_id=PADDING,
        unk_id=UNKNOWN,
        bos_id=BEGIN,
        eos_id=END,
    )
