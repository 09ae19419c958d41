"""Make a vocabulary from the training texts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dltasks.data.texts import Passage, chunks
from dltasks.tasks.text_generation.config import TextGenerationConfig
from dltasks.tasks.text_generation.streams import whole_lines
from dltasks.training.pieces import learn_unigram
from pipelines.text_generation.vocabularies import (
    BOUNDARY,
    PIECES_FILE,
    SYMBOLS_FILE,
    UNKNOWN,
    ByteVocabulary,
    CharacterVocabulary,
    PieceVocabulary,
    Vocabulary,
)


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
    if isinstance(known, (ByteVocabulary, PieceVocabulary)):
        return known  # they write every text
    if known is None and config.unit == ByteVocabulary.unit:
        return ByteVocabulary()
    if known is None and config.unit == PieceVocabulary.unit:
        return PieceVocabulary(_learn_pieces(passages, config.vocabulary), origin=PIECES_FILE)
    before = known.symbols if isinstance(known, CharacterVocabulary) else ()
    found: set[str] = set()
    for passage in passages:
        for part in chunks(passage):
            found.update(part)
    return CharacterVocabulary((*before, *sorted(found - set(before))))


def vocabulary_files(vocabulary: Vocabulary) -> dict[str, bytes]:
    """Give the files by which a bundle holds a vocabulary."""
    if isinstance(vocabulary, CharacterVocabulary):
        return {SYMBOLS_FILE: vocabulary.to_bytes()}
    return {PIECES_FILE: vocabulary.content} if isinstance(vocabulary, PieceVocabulary) else {}


def _learn_pieces(passages: Iterable[Passage], size: int) -> bytes:
    """Learn pieces that give white space back as it was; line breaks are pieces."""
    return learn_unigram(
        _lines(passages),
        size,
        remove_extra_whitespaces=False,
        add_dummy_prefix=False,
        allow_whitespace_only_pieces=True,
        user_defined_symbols=["\n"],
        bos_id=BOUNDARY,
        unk_id=UNKNOWN,
        eos_id=-1,
        pad_id=-1,
    )


def _lines(passages: Iterable[Passage]) -> Iterator[str]:
    for passage in passages:
        for part in whole_lines(chunks(passage)):
            yield from (line for line in part.split("\n") if line)
