"""The vocabulary of a published TrOCR, to the one file that a bundle has of it."""

from __future__ import annotations

from pathlib import Path

from dltasks.hub.folder import read_file, read_json
from dltasks.hub.trocr import MERGES_FILE, SENTENCEPIECE_FILE, VOCABULARY_FILE
from pipelines.errors import BundleError
from pipelines.handwriting.trocr_pieces import (
    PIECES_FILE,
    SPECIAL,
    TOKENIZER_FILE,
    BytePieces,
    SentencePieces,
    TrocrPieces,
)

COMMENT = "#version"  # begins the first line of merges.txt


def read_vocabulary(folder: Path, size: int) -> tuple[str, bytes]:
    """Read the vocabulary of a published model.

    Args:
        folder: with the model's files.
        size: pieces that the network has.

    Returns:
        The name of the bundle's file, and its content.

    Raises:
        BundleError: a file is missing, damaged, or of a larger network.
    """
    pieces: TrocrPieces
    if (folder / SENTENCEPIECE_FILE).is_file():
        origin = folder / SENTENCEPIECE_FILE
        content = read_file(origin)
        name, pieces = PIECES_FILE, SentencePieces(content, str(origin))
    else:
        origin = folder / VOCABULARY_FILE
        content = make_tokenizer(origin, folder / MERGES_FILE)
        name, pieces = TOKENIZER_FILE, BytePieces(content, str(origin))
    if pieces.size > size:
        raise BundleError(
            f"{origin}: {pieces.size} pieces for a network of {size}; get the file again"
        )
    return name, content


def make_tokenizer(vocabulary: Path, merges: Path) -> bytes:
    """Make a tokenizer of the library `tokenizers`, as JSON, of RoBERTa's two files.

    Raises:
        BundleError: one of them is missing or damaged, or they do not fit together.
    """
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    numbers = read_json(vocabulary)
    if not isinstance(numbers, dict) or not all(type(item) is int for item in numbers.values()):
        raise BundleError(f"{vocabulary}: not a list of pieces and numbers; get the file again")
    for number, name in enumerate(SPECIAL):
        if numbers.get(name) != number:
            raise BundleError(f"{vocabulary}: the piece {number} is not {name}; get the file again")
    pairs = _read_merges(merges)
    try:
        tokenizer = Tokenizer(models.BPE(numbers, pairs))
    except Exception as error:  # the library raises Exception itself
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise BundleError(
            f"{merges}: does not fit {vocabulary.name} ({reason}); get both again"
        ) from None
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer.to_str().encode()


def _read_merges(path: Path) -> list[tuple[str, str]]:
    """Read which pairs are joined, the first one first."""
    try:
        lines = read_file(path).decode("utf-8").split("\n")
    except UnicodeDecodeError as error:
        raise BundleError(f"{path}: not UTF-8 ({error.reason}); get the file again") from None
    pairs = []
    for number, line in enumerate(lines, start=1):
        if not line.strip() or (number == 1 and line.startswith(COMMENT)):
            continue
        first, _, second = line.strip().partition(" ")
        if not second or " " in second:
            raise BundleError(f"{path} line {number}: {line!r} is not a pair of pieces")
        pairs.append((first, second))
    return pairs
