"""Make a vocabulary from the training texts."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator

from dltasks.data.texts import Passage, chunks
from dltasks.tasks.text_generation.config import TextGenerationConfig
from dltasks.tasks.text_generation.streams import whole_lines
from pipelines.errors import ConfigurationError
from pipelines.vocabularies import (
    BOUNDARY,
    PIECES_FILE,
    SYMBOLS_FILE,
    UNKNOWN,
    Bytes,
    Characters,
    Pieces,
    Vocabulary,
)

MOST_LINES = 1_000_000  # more would not change the pieces, only take memory
LONGEST_LINE_BYTES = 1 << 14
THREADS = 4  # fixed: the sums, and so the pieces, depend on it


def learn_vocabulary(
    passages: Iterable[Passage], config: TextGenerationConfig, known: Vocabulary | None
) -> Vocabulary:
    """Make the vocabulary of a writer.

    Args:
        passages: the training texts.
        config: the unit, and the number of pieces.
        known: of the model to start from; its characters come first, and their numbers stay.

    Raises:
        ConfigurationError: there is too little text.
    """
    if isinstance(known, (Bytes, Pieces)):
        return known  # they write every text
    if known is None and config.unit == Bytes.unit:
        return Bytes()
    if known is None and config.unit == Pieces.unit:
        return Pieces(_learn_pieces(passages, config.vocabulary), origin=PIECES_FILE)
    before = known.symbols if isinstance(known, Characters) else ()
    found: set[str] = set()
    for passage in passages:
        for part in chunks(passage):
            found.update(part)
    return Characters((*before, *sorted(found - set(before))))


def vocabulary_files(vocabulary: Vocabulary) -> dict[str, bytes]:
    """Give the files by which a bundle holds a vocabulary."""
    if isinstance(vocabulary, Characters):
        return {SYMBOLS_FILE: vocabulary.to_bytes()}
    return {PIECES_FILE: vocabulary.content} if isinstance(vocabulary, Pieces) else {}


def _learn_pieces(passages: Iterable[Passage], size: int) -> bytes:
    """Learn a unigram vocabulary with byte fallback (Kudo 2018); line breaks are pieces."""
    import sentencepiece

    model = io.BytesIO()
    try:
        sentencepiece.SentencePieceTrainer.Train(
            sentence_iterator=_lines(passages),
            model_writer=model,
            model_type="unigram",
            vocab_size=size,
            hard_vocab_limit=False,
            byte_fallback=True,
            split_digits=True,
            normalization_rule_name="identity",
            remove_extra_whitespaces=False,
            add_dummy_prefix=False,
            allow_whitespace_only_pieces=True,
            user_defined_symbols=["\n"],
            bos_id=BOUNDARY,
            unk_id=UNKNOWN,
            eos_id=-1,
            pad_id=-1,
            input_sentence_size=MOST_LINES,
            max_sentence_length=LONGEST_LINE_BYTES,
            num_threads=THREADS,
            minloglevel=2,
        )
    except RuntimeError as error:
        reason = str(error).splitlines()[-1]
        raise ConfigurationError(
            f"vocabulary {size} cannot be learned from this data: {reason}"
        ) from None
    return model.getvalue()


def _lines(passages: Iterable[Passage]) -> Iterator[str]:
    for passage in passages:
        for part in whole_lines(chunks(passage)):
            yield from (line for line in part.split("\n") if line)
