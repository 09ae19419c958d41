"""Read texts for text generation: a file, a folder of files, a column of a table, tfds:NAME.

Options of a location come after a question mark: `book.txt?encoding=cp1252`,
`reviews.csv?column=review`. A text is never in memory as a whole, unless it is a row of a table.
"""

from __future__ import annotations

import codecs
import hashlib
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from dltasks.data.examples import Example, split_name, take_groups
from dltasks.data.remote import RemotePath, data_path, is_remote
from dltasks.data.tables import DELIMITERS, TFDS_PREFIX, is_hidden, read_rows
from pipelines.errors import ConfigurationError, InputError
from pipelines.settings import check_names

SUFFIXES = frozenset({".txt", ".text", ".md"})
TABLES = (*DELIMITERS, ".jsonl")
COLUMNS = ("text", "content", "document", "sentence")
UTF_8 = "utf-8-sig"
BYTE_ORDER_MARKS = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
CHUNK = 1 << 20  # characters or bytes in memory at a time
DETECTED_ON = 1 << 16  # bytes; more makes the choice slow and no better
NOT_ASCII = re.compile(rb"[^\n]{0,99}[\x80-\xff][^\n]{0,99}")
PREFERRED = ("cp1252", "latin_1", "iso8859_15")


@dataclass(frozen=True)
class Passage(Example):
    """A text, or a part of one.

    Attributes:
        is_text: whether `source` is the text itself, and not the path of a file.
        encoding: of the file; "" where it could not be told.
        is_detected: whether the encoding is a guess.
        begin: the first character.
        end: the character after the last one; None is the end of the text.
    """

    is_text: bool = False
    encoding: str = UTF_8
    is_detected: bool = False
    begin: int = 0
    end: int | None = None

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
    name, options = _take_options(location)
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
    for chunk in _read_bytes(data_path(passage.source)):
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


def _take_options(location: str) -> tuple[str, dict[str, str]]:
    """Take apart "book.txt?encoding=cp1252"; a file may have a question mark in its name."""
    name, mark, query = location.rpartition("?")
    if not mark or (not is_remote(location) and Path(location).exists()):
        return location, {}
    pairs = (part.partition("=") for part in query.split("&"))
    options = {key: value for key, _, value in pairs}
    check_names(options, ("encoding", "column"), required=(), where=f"data {location!r}")
    if options.get("encoding"):
        try:
            codecs.lookup(options["encoding"])
        except LookupError:
            raise ConfigurationError(
                f"data {location!r}: encoding {options['encoding']!r} is unknown; name one such as "
                "utf-8, cp1252 or latin-1"
            ) from None
    return name, options


def _read_folder(folder: Any, options: dict[str, str]) -> Iterator[Passage]:
    files = [file for file in sorted(folder.rglob("*")) if not is_hidden(file, folder)]
    texts = [file for file in files if file.suffix.lower() in SUFFIXES]
    tables = [
        file for file in files if file.suffix.lower() in TABLES and split_name(Path(file.name).stem)
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


def _read_file(path: Path | RemotePath, split: str, options: dict[str, str]) -> Iterator[Passage]:
    if path.suffix.lower() in TABLES:
        yield from _read_table(path, split, options)
        return
    encoding = options.get("encoding")
    found = encoding or tell_encoding(path)
    is_detected = not encoding and found not in (UTF_8, *BYTE_ORDER_MARKS.values())
    yield Passage(str(path), "", split, str(path), encoding=found, is_detected=is_detected)


def _read_table(path: Path | RemotePath, split: str, options: dict[str, str]) -> Iterator[Passage]:
    for number, row in read_rows(path, options.get("encoding", UTF_8)):
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


def tell_encoding(path: Path | RemotePath) -> str:
    """Tell the encoding of a text file: UTF-8, UTF-16 by its mark, or a guess.

    Returns:
        The encoding, in which the whole file can be read; "" where none is likely.
    """
    try:
        first = next(_read_bytes(path), b"")
        marked = next(
            (name for mark, name in BYTE_ORDER_MARKS.items() if first.startswith(mark)), None
        )
        if marked or _is_of(path, UTF_8):
            return marked or UTF_8
    except OSError:
        return UTF_8  # the data check says what is wrong with the file
    found = "" if b"\0" in first else _guess(_sample(path))
    return found if found and _is_of(path, found) else ""


def _guess(sample: bytes) -> str:
    """Guess an encoding; of those that are as likely, one of Western Europe."""
    from charset_normalizer import from_bytes

    matches = from_bytes(sample)
    best = matches.best()
    if best is None:
        return ""
    likely = [match.encoding for match in matches if match.chaos <= best.chaos]
    return next((name for name in PREFERRED if name in likely), best.encoding)


def _sample(path: Path | RemotePath) -> bytes:
    """Collect what tells encodings apart: bytes that are no ASCII, with those around them."""
    parts: list[bytes] = []
    for chunk in _read_bytes(path):
        parts += NOT_ASCII.findall(chunk)
        if sum(map(len, parts)) >= DETECTED_ON:
            break
    return b"\n".join(parts)[:DETECTED_ON]


def _is_of(path: Path | RemotePath, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for chunk in _read_bytes(path):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _read_bytes(path: Path | RemotePath) -> Iterator[bytes]:
    if isinstance(path, RemotePath):
        content = path.read_bytes()
        yield from (content[first : first + CHUNK] for first in range(0, len(content), CHUNK))
        return
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


def _read_chunks(passage: Passage) -> Iterator[str]:
    remedy = f"name its encoding, as in {Path(passage.source).name}?encoding=cp1252"
    if not passage.encoding:
        raise InputError(f"{passage.place}: neither UTF-8 nor any other text; {remedy}")
    try:
        with data_path(passage.source).open(encoding=passage.encoding) as file:
            while chunk := file.read(CHUNK):
                yield chunk
    except UnicodeError as error:
        reason = getattr(error, "reason", None) or str(error)
        raise InputError(f"{passage.place}: not {passage.encoding} ({reason}); {remedy}") from None


def read_beginning(source: str, characters: int) -> str:
    """Give the first characters of a text file, or of the text that the source itself is.

    Raises:
        InputError: the file is of no encoding that can be told.
    """
    is_file = is_remote(source) or os.path.isfile(source)  # noqa: PTH113  pathlib's raises
    if not is_file:
        return source[:characters]
    encoding = tell_encoding(data_path(source))
    passage = Passage(source, "", encoding=encoding, end=characters)
    return next(chunks(passage), "")
