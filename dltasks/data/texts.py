"""Read texts for text generation: a file, a folder of files, a column of a table, tfds:NAME.

Options of a location come after a question mark: `book.txt?encoding=cp1252`,
`reviews.csv?column=review`. A text is never in memory as a whole, unless it is a row of a table.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from dltasks.data.encodings import UTF_8, Encoding, find_encoding, read_bytes
from dltasks.data.examples import Example, Languages, split_name, take_groups
from dltasks.data.folders import list_folder
from dltasks.data.locations import take_options
from dltasks.data.remarks import Remark
from dltasks.data.remote import DataPath, data_path, is_remote
from dltasks.data.tables import DELIMITERS, TFDS_PREFIX, read_rows
from pipelines.errors import ConfigurationError, InputError

SUFFIXES = frozenset({".txt", ".text", ".md"})
TABLES = (*DELIMITERS, ".jsonl")
COLUMNS = ("text", "content", "document", "sentence")
CHUNK = 1 << 20  # characters in memory at a time
STATED = "as you named it"
LEAST_CHARACTERS = 100  # of less, nothing can be learned
# "If you try this script on new data, make sure your corpus has at least ~100k characters" (Keras'
# example of text generation with an LSTM).
ENOUGH_CHARACTERS = 100_000
UNASKED = Encoding(UTF_8, "")


@dataclass(frozen=True)
class Passage(Example):
    """A text, or a part of one.

    Attributes:
        is_text: whether `source` is the text itself, and not the path of a file.
        encoding: of the file, or why it cannot be told.
        begin: the first character.
        end: the character after the last one; None is the end of the text.
    """

    is_text: bool = False
    encoding: Encoding = UNASKED
    begin: int = 0
    end: int | None = None

    @staticmethod
    def review(
        examples: Sequence[Example], used: Sequence[Example], languages: Languages | None
    ) -> list[Remark]:
        """Say whether there is too little text to train on."""
        texts = [item for item in used if isinstance(item, Passage) and item.is_for_training]
        count = 0
        for item in texts:
            count += count_characters(item)
            if count >= ENOUGH_CHARACTERS:
                return []
        if count < LEAST_CHARACTERS:
            return [Remark(too_few_characters(count), is_fatal=True)]
        return [
            Remark(
                f"{count} characters are few: a new network learns to spell from about "
                f"{ENOUGH_CHARACTERS:,}; add text, or start from a model with --base",
                is_fatal=False,
            )
        ]

    @property
    def place(self) -> str:
        """Where it is, for messages."""
        return self.origin or self.source


def read_texts(location: str) -> list[Passage]:
    """List the texts of a data set, in a fixed order.

    Args:
        location: a text file; a folder of .txt and .md files, at any depth; a .csv, .tsv or .jsonl
            table; or "tfds:NAME". A file or a folder named train, valid or test is that split.

    Raises:
        ConfigurationError: nothing is there, or it is of another layout.
    """
    name, options = take_options(location, ("encoding", "column"))
    if name.startswith(TFDS_PREFIX):
        from dltasks.data.tfds.texts import export_texts

        folder = export_texts(name.removeprefix(TFDS_PREFIX), options.get("column"))
        return read_texts(str(folder))
    path = data_path(name)
    if path.is_dir():
        texts = list(_read_folder(path, options))
    elif path.is_file():
        texts = list(_read_file(path, split_name(Path(path.name).stem) or "", options))
    else:
        raise ConfigurationError(
            f"data {name!r} does not exist; give a text file, a folder of them, a .csv, .tsv or "
            ".jsonl table, or tfds:NAME"
        )
    if not texts:
        raise ConfigurationError(f"data {name!r} has no texts in it; see `dltasks train --help`")
    return texts


def chunks(passage: Passage) -> Iterator[str]:
    """Give the characters of a text, some at a time; line breaks of all systems become \\n.

    Raises:
        InputError: the file is not of its encoding.
    """
    if passage.is_text:
        yield passage.source[passage.begin : passage.end]
        return
    position = 0
    for chunk in _read_chunks(passage):
        begin = max(passage.begin - position, 0)
        end = len(chunk) if passage.end is None else max(passage.end - position, 0)
        if chunk[begin:end]:
            yield chunk[begin:end]
        position += len(chunk)


def too_few_characters(count: int) -> str:
    """Say that so many characters are too few to train on, and how many are needed."""
    return (
        f"{count} characters are too few to train on; give at least {LEAST_CHARACTERS} besides "
        "the validation text"
    )


def count_characters(passage: Passage) -> int:
    """Count the characters of a text."""
    return sum(map(len, chunks(passage)))


def check_text(passage: Passage) -> None:
    """Read a text completely.

    Raises:
        InputError: it is binary, or of no encoding that can be told.
    """
    for chunk in chunks(passage):
        if "\0" in chunk:
            raise InputError(f"{passage.place}: has NUL characters in it; is it a binary file?")


def text_digest(passage: Passage) -> bytes:
    """Give bytes by which two texts are the same; none of an empty one."""
    if passage.is_text:
        return passage.source.encode("utf-8", "surrogatepass")
    found, is_empty = hashlib.sha256(), True
    for chunk in read_bytes(data_path(passage.source)):
        found.update(chunk)
        is_empty = False
    return b"" if is_empty else found.digest()


def take_tails(
    examples: Sequence[Example], *, fraction: float, seed: int
) -> tuple[tuple[Example, ...], tuple[Example, ...]]:
    """Take the last part of each file away, and of the rows of tables some whole ones.

    Neighbouring lines are so alike that only a text in one piece measures anything.

    Returns:
        What is left, and what was taken.
    """
    rows = [item for item in examples if isinstance(item, Passage) and item.is_text]
    kept, drawn = take_groups(rows, fraction=fraction, seed=seed) if len(rows) > 1 else (rows, ())
    left, taken = list(kept), list(drawn)
    for item in examples:
        if isinstance(item, Passage) and not item.is_text:
            cut = int(count_characters(item) * (1 - fraction))
            left.append(replace(item, end=cut))
            taken.append(replace(item, begin=cut))
    return tuple(left), tuple(taken)


def _read_folder(folder: Any, options: dict[str, str]) -> Iterator[Passage]:
    texts = list_folder(folder, SUFFIXES).files
    tables = [
        file for file in list_folder(folder, TABLES).files if split_name(Path(file.name).stem)
    ]
    if not texts and not tables:
        kinds = ", ".join(sorted(SUFFIXES))
        raise ConfigurationError(
            f"folder {str(folder)!r} has none of these files: {kinds}, and no tables named train, "
            "valid or test"
        )
    for file in texts or tables:
        below = Path(file.relative_to(folder))
        stated = split_name(below.stem) or split_name(below.parts[0]) or ""
        yield from _read_file(file, stated, options)


def _read_file(path: DataPath, split: str, options: dict[str, str]) -> Iterator[Passage]:
    if path.suffix.lower() in TABLES:
        yield from _read_table(path, split, options)
        return
    stated = options.get("encoding")
    encoding = Encoding(stated, STATED) if stated else find_encoding_of_text(path)
    yield Passage(str(path), "", split, str(path), encoding=encoding)


def find_encoding_of_text(path: DataPath) -> Encoding:
    """Tell the encoding of a text file, also of one that reading will find unreadable."""
    try:
        return find_encoding(path)
    except OSError:
        return UNASKED  # the data check says what is wrong with the file


def _read_table(path: DataPath, split: str, options: dict[str, str]) -> Iterator[Passage]:
    for number, row in read_rows(path, options.get("encoding")):
        where = f"{path.name} line {number}"
        text = row[_choose_column(row, options.get("column"), where)]
        named = str(row.get("split") or "")
        stated = split_name(named) if named else split
        if stated is None:
            raise ConfigurationError(f"{where}: split {named!r} is not train, valid or test")
        if text:
            yield Passage(str(text), "", stated, where, is_text=True)


def _choose_column(row: dict[str, Any], wanted: str | None, where: str) -> str:
    names = (wanted,) if wanted else COLUMNS
    for name in names:
        if name in row:
            return name
    if not wanted and len(row) == 1:
        return next(iter(row))
    found = ", ".join(str(name) for name in row) or "nothing"
    raise ConfigurationError(
        f"{where}: no {names[0]!r} in it (found: {found}); name the column, as in "
        "table.csv?column=NAME"
    )


def _read_chunks(passage: Passage) -> Iterator[str]:
    encoding = passage.encoding
    remedy = f"name its encoding, as in {Path(passage.source).name}?encoding=cp1252"
    if encoding.is_damaged:
        raise InputError(f"{passage.place}: {encoding.reason}; correct these bytes")
    if not encoding.name:
        raise InputError(f"{passage.place}: {encoding.reason}; {remedy}")
    try:
        with data_path(passage.source).open(encoding=encoding.name) as file:
            while chunk := file.read(CHUNK):
                yield chunk
    except UnicodeError as error:
        reason = getattr(error, "reason", None) or str(error)
        raise InputError(f"{passage.place}: not {encoding.name} ({reason}); {remedy}") from None


def read_beginning(source: str, characters: int) -> str:
    """Give the first characters of a text file, or of the text that the source itself is.

    Raises:
        InputError: the file is of no encoding that can be told.
    """
    is_file = is_remote(source) or os.path.isfile(source)  # noqa: PTH113  pathlib's raises
    if not is_file:
        return source[:characters]
    encoding = find_encoding_of_text(data_path(source))
    passage = Passage(source, "", encoding=encoding, end=characters)
    return next(chunks(passage), "")
