"""The vocabulary: pieces of words, learned from the training sentences of both languages."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

from pipelines.errors import ConfigurationError
from pipelines.pieces import BEGIN, END, PADDING, UNKNOWN, language_piece
from pipelines.text import MARKS, tidy

MOST_SENTENCES = 2_000_000  # more would not change the pieces, only take memory
LONGEST_SENTENCE_BYTES = 8192
THREADS = 4  # fixed: the sums, and so the pieces, depend on it


def learn_pieces(sentences: Iterable[str], languages: Sequence[str], size: int) -> bytes:
    """Learn a unigram vocabulary with byte fallback (Kudo 2018).

    Args:
        sentences: of all languages.
        languages: codes; each gets a piece that asks for it as the target.
        size: pieces at the most; few sentences give fewer.

    Returns:
        A SentencePiece model; the same for the same sentences in the same order.

    Raises:
        ConfigurationError: there is too little text.
    """
    import sentencepiece

    model = io.BytesIO()
    try:
        sentencepiece.SentencePieceTrainer.Train(
            sentence_iterator=(tidy(sentence) for sentence in sentences),
            model_writer=model,
            model_type="unigram",
            vocab_size=size,
            hard_vocab_limit=False,
            byte_fallback=True,
            split_digits=True,  # numbers are copied digit by digit
            normalization_rule_name="identity",  # `tidy` is all the normalisation there is
            user_defined_symbols=list(MARKS),
            control_symbols=[language_piece(code) for code in languages],
            pad_id=PADDING,
            unk_id=UNKNOWN,
            bos_id=BEGIN,
            eos_id=END,
            input_sentence_size=MOST_SENTENCES,
            max_sentence_length=LONGEST_SENTENCE_BYTES,
            num_threads=THREADS,
            minloglevel=2,
        )
    except RuntimeError as error:
        reason = str(error).splitlines()[-1]
        raise ConfigurationError(
            f"vocabulary {size} cannot be learned from this data: {reason}"
        ) from None
    return model.getvalue()
