"""Train a subword vocabulary on text (Kudo 2018)."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any

from pipelines.errors import ConfigurationError

MOST_LINES = 2_000_000  # more would not change the pieces, only take memory
LONGEST_LINE_BYTES = 1 << 14
THREADS = 4  # fixed: the sums, and so the pieces, depend on it


def learn_unigram(lines: Iterable[str], size: int, **settings: Any) -> bytes:
    """Learn a unigram vocabulary with byte fallback; numbers are cut into digits.

    Args:
        lines: as they are to be cut; there is no further normalisation.
        size: pieces at the most; little text gives fewer.
        settings: of SentencePiece's trainer, such as the numbers of special pieces.

    Returns:
        A SentencePiece model; the same for the same lines in the same order.

    Raises:
        ConfigurationError: there is too little text.
    """
    import sentencepiece

    model = io.BytesIO()
    try:
        sentencepiece.SentencePieceTrainer.Train(
            sentence_iterator=iter(lines),
            model_writer=model,
            model_type="unigram",
            vocab_size=size,
            hard_vocab_limit=False,
            byte_fallback=True,
            split_digits=True,
            normalization_rule_name="identity",
            input_sentence_size=MOST_LINES,
            max_sentence_length=LONGEST_LINE_BYTES,
            num_threads=THREADS,
            minloglevel=2,
            **settings,
        )
    except RuntimeError as error:
        reason = str(error).splitlines()[-1]
        raise ConfigurationError(
            f"vocabulary {size} cannot be learned from this data: {reason}"
        ) from None
    return model.getvalue()
