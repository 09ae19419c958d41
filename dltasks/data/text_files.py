"""Say of the text files of a data set how they are read: encoding and why, a line, and sizes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from dltasks.data.encodings import Encoding, find_encoding, read_bytes
from dltasks.data.folders import list_folder
from dltasks.data.locations import take_options
from dltasks.data.remote import DataPath, data_path
from dltasks.data.tables import TFDS_PREFIX
from pipelines.errors import ConfigurationError

TABLES = frozenset({".csv", ".tsv", ".jsonl"})
TEXTS = frozenset({".txt", ".text", ".md"})
OTHERS = frozenset({".tmx", ".xml"})  # which name their encoding themselves
CHUNK = 1 << 20  # characters in memory at a time
SHOWN_CHARACTERS = 72
MOST_SHOWN = 5  # files one by one; more are counted by encoding


@dataclass(frozen=True)
class TextFile:
    """How a text file is read.

    Attributes:
        file: its place.
        encoding: of Python's codec; "" where the file cannot be read.
        reason: why this encoding, or why none.
        is_guess: whether another encoding is possible.
        bytes: of the file.
        characters: of the text, line breaks included.
        lines: of the text.
        shown_line: number of the line that is shown, from 1; 0 where there is none.
        shown: the beginning of the first line with a character beyond ASCII, or else of the first
            line that is not empty.
    """

    file: str
    encoding: str
    reason: str
    is_guess: bool
    bytes: int
    characters: int = 0
    lines: int = 0
    shown_line: int = 0
    shown: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Give the values by their names."""
        return asdict(self)

    def to_text(self) -> str:
        """Give one line, and a second one with the line that is shown."""
        if not self.encoding:
            return f"{self.file}: cannot be read, {self.reason}; {self.bytes} bytes"
        sizes = f"{self.characters} characters, {self.lines} lines, {self.bytes} bytes"
        first = f"{self.file}: read as {self.encoding} ({self.why}); {sizes}"
        return f"{first}\n  line {self.shown_line}: {self.shown}" if self.shown_line else first

    @property
    def why(self) -> str:
        """Why it is read so, and whether that is a guess."""
        return f"a guess: {self.reason}" if self.is_guess else self.reason


def list_text_files(location: str) -> list[tuple[DataPath, str]]:
    """List the text files of a location of data, each with the encoding named for it, or "".

    Of a folder these are the tables directly in it, or else the texts at any depth.
    """
    if location.startswith(TFDS_PREFIX):
        return []
    try:
        name, options = take_options(location, ("encoding", "column", "source", "target"))
    except ConfigurationError:  # an address may have a query of its own
        return []
    first, _, second = name.partition(",")
    parts = [data_path(part) for part in (first, second) if part]
    if len(parts) == 2 and all(part.is_file() for part in parts):
        paths = parts
    else:
        path = data_path(name)
        paths = list(_list_folder(path)) if path.is_dir() else [path] if path.is_file() else []
    stated = options.get("encoding", "")
    return [(path, stated) for path in paths if path.suffix.lower() not in OTHERS]


def describe_text_file(path: DataPath, stated: str = "") -> TextFile:
    """Read a text file completely and say how.

    Args:
        path: of the file.
        stated: the encoding that the user names.
    """
    try:
        size = sum(map(len, read_bytes(path)))
        encoding = Encoding(stated, "as you named it") if stated else find_encoding(path)
    except OSError as error:
        return TextFile(str(path), "", str(error.strerror), is_guess=False, bytes=0)
    if not encoding.name:
        return TextFile(str(path), "", encoding.reason, is_guess=False, bytes=size)
    about = (str(path), encoding.label, encoding.reason, encoding.is_guess, size)
    try:
        return TextFile(*about, *_measure(path, encoding.name))
    except UnicodeError as error:
        reason = f"not {encoding.name} ({getattr(error, 'reason', error)})"
        return TextFile(str(path), "", reason, is_guess=False, bytes=size)


def guesses(files: Iterable[tuple[DataPath, str]]) -> Iterator[TextFile]:
    """Give the files whose encoding is a guess; they are not read completely for it."""
    for path, stated in files:
        try:
            found = Encoding(stated, "") if stated else find_encoding(path)
        except OSError:
            continue  # the data check says what is wrong with the file
        if found.is_guess:
            yield TextFile(str(path), found.label, found.reason, is_guess=True, bytes=0)


def summarise(files: Sequence[TextFile]) -> str:
    """Say how files are read: each by itself, or of many, the first of each encoding."""
    if len(files) <= MOST_SHOWN:
        return "\n".join(file.to_text() for file in files)
    by_encoding: dict[str, list[TextFile]] = {}
    for file in files:
        by_encoding.setdefault(file.encoding, []).append(file)
    return "\n".join(
        f"{len(alike)} files {f'read as {name}' if name else 'cannot be read'}; the first:\n"
        f"{alike[0].to_text()}"
        for name, alike in by_encoding.items()
    )


def _list_folder(folder: DataPath) -> Iterator[DataPath]:
    tables = sorted(path for path in folder.iterdir() if path.suffix.lower() in TABLES)
    below = tables or list_folder(folder, TABLES | TEXTS).files
    yield from (path for path in below if path.is_file())  # a pipe would never end


def _measure(path: DataPath, encoding: str) -> tuple[int, int, int, str]:
    """Count characters and lines; find a line to show, with its number."""
    characters, breaks, last = 0, 0, "\n"
    plain, special = (0, ""), (0, "")
    with path.open(encoding=encoding) as file:
        while chunk := file.read(CHUNK):
            characters += len(chunk)
            if not special[0]:
                plain = plain if plain[0] else _find_line(chunk, breaks, beyond_ascii=False)
                special = _find_line(chunk, breaks, beyond_ascii=True)
            breaks += chunk.count("\n")
            last = chunk[-1]
    number, shown = special if special[0] else plain
    return characters, breaks + (last != "\n"), number, shown


def _find_line(chunk: str, before: int, *, beyond_ascii: bool) -> tuple[int, str]:
    if beyond_ascii and chunk.isascii():
        return 0, ""
    for number, line in enumerate(chunk.split("\n"), start=before + 1):
        if line.strip() and not (beyond_ascii and line.isascii()):
            return number, line.strip()[:SHOWN_CHARACTERS]
    return 0, ""
