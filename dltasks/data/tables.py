"""Tables and manifests: .csv, .tsv and .jsonl files, read row by row."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from typing import Any

from dltasks.data.encodings import read_text_file, require_encoding
from dltasks.data.examples import Example, stated_split
from dltasks.data.remote import DataPath, is_remote
from pipelines.errors import ConfigurationError

TFDS_PREFIX = "tfds:"
DELIMITERS = {".csv": ",", ".tsv": "\t"}
LONGEST_CELL = 1 << 26  # characters; a cell may hold a whole book
SOURCE_COLUMNS = ("path", "file", "image", "audio", "source")
TARGET_COLUMNS = ("label", "class", "text", "target")
GROUP_COLUMNS = ("group", "writer", "speaker")


def is_hidden(file: Any, below: Any) -> bool:
    """Tell whether a path below a folder is a folder, or hidden by a dot."""
    return any(part.startswith(".") for part in file.relative_to(below).parts) or file.is_dir()


def read_manifest(path: DataPath) -> Iterator[Example]:
    """Read a .csv, .tsv or .jsonl manifest with the columns path, label and, if wanted, split.

    Raises:
        ConfigurationError: names the line that cannot be used.
    """
    if path.suffix.lower() not in (*DELIMITERS, ".jsonl"):
        raise ConfigurationError(f"manifest {str(path)!r} is not a .csv, .tsv or .jsonl file")
    for line_number, row in read_rows(path):
        where = f"{path.name} line {line_number}"
        source = _column(row, SOURCE_COLUMNS, where)
        target = _column(row, TARGET_COLUMNS, where)
        split = stated_split(str(row.get("split") or ""), where)
        group = next((str(row[name]) for name in GROUP_COLUMNS if row.get(name)), "")
        yield Example(locate(source, path.parent), target, split, where, group)


def has_heading(path: DataPath) -> bool:
    """Tell whether the first line of a .tsv names its columns."""
    first = read_text_file(path).partition("\n")[0].strip().lower().split("\t")
    return len(first) > 1 and bool(set(first) & set(SOURCE_COLUMNS))


def locate(source: str, folder: DataPath) -> str:
    """Give what a row names: a file beside the manifest, or one anywhere, also at an address."""
    return source if is_remote(source) else str(folder / source)


def read_rows(path: DataPath, encoding: str | None = None) -> Iterator[tuple[int, dict[str, Any]]]:
    """Give the rows of a .csv, .tsv or .jsonl table with the lines on which they end.

    Args:
        path: of the table.
        encoding: None takes the one that is clear from the file.

    Raises:
        ConfigurationError: names the line that cannot be used.
    """
    encoding = encoding or require_encoding(path)
    try:
        with path.open(encoding=encoding, newline="") as file:
            if path.suffix.lower() == ".jsonl":
                yield from _read_json_lines(file, path)
                return
            yield from _read_table(file, path)
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path}: not {encoding} ({error.reason})") from None


def _read_table(file: Any, path: DataPath) -> Iterator[tuple[int, dict[str, Any]]]:
    csv.field_size_limit(LONGEST_CELL)
    reader = csv.DictReader(file, delimiter=DELIMITERS[path.suffix.lower()], strict=True)
    begin = 1  # of the row under way; a quote that is never closed spreads it to the end
    try:
        begin += bool(reader.fieldnames)
        for row in reader:
            yield reader.line_num, row
            begin = reader.line_num + 1
    except csv.Error as error:
        where = f"{path.name} line {begin}"
        raise ConfigurationError(f"{where}: not a table: {error}; check the quotes") from None


def _read_json_lines(file: Any, path: DataPath) -> Iterator[tuple[int, dict[str, Any]]]:
    for line_number, line in enumerate(file, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise ConfigurationError(f"{path.name} line {line_number}: not JSON: {error}") from None
        if not isinstance(row, dict):
            raise ConfigurationError(f"{path.name} line {line_number}: not a JSON object")
        yield line_number, row


def _column(row: dict[str, Any], names: tuple[str, ...], where: str) -> str:
    for name in names:
        if row.get(name) not in (None, ""):
            return str(row[name])
    found = ", ".join(str(name) for name in row) or "nothing"
    wanted = next((name for name in names if name in row), names[0])
    others = ", ".join(name for name in names if name != wanted)
    raise ConfigurationError(
        f"{where}: no {wanted!r} in it (found: {found}; {others} would also do)"
    )
