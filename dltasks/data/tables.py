"""Tables and manifests: .csv, .tsv and .jsonl files, read row by row.

path,label,split                 or filename, image, ...; class, category, ...
photos/1.jpg,rose,train
photos/2.jpg,rose|red,           several labels
path,rose,red                    a column for each label: 1 where it has it, or else 0
photos/1.jpg,1,0
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any, NoReturn

from dltasks.data.encodings import read_text_file, require_encoding
from dltasks.data.examples import Example, split_name, stated_split
from dltasks.data.labels import join_labels
from dltasks.data.remote import DataPath, data_path, is_remote
from pipelines.errors import ConfigurationError

TFDS_PREFIX, HF_PREFIX = "tfds:", "hf:"  # TensorFlow Datasets, Hugging Face
DELIMITERS = {".csv": ",", ".tsv": "\t"}
OTHER_DELIMITERS = (";", "\t")  # of a .csv: what Excel writes in most of Europe, and what it copies
LONGEST_CELL = 1 << 26  # characters; a cell may hold a whole book
SOURCE_COLUMNS = (
    *("path", "file", "file_path", "filepath", "file_name", "filename"),
    *("image", "image_path", "image_name", "audio", "audio_path", "source", "id"),
)
TEXT_COLUMNS = ("label", "class", "text", "target")
CLASS_COLUMNS = (  # names before numbers
    *("label_name", "class_name", "label", "class", "category", "labels", "tags"),
    *("text", "target"),
)
GROUP_COLUMNS = ("group", "writer", "speaker")
SPLIT_COLUMNS = ("split", "subset", "partition")
HAS_LABEL = {"1": True, "1.0": True, "true": True, "0": False, "0.0": False, "false": False}
LEAST_LABELS = 2  # columns of 0 and 1; a single one is rather a label that is a number
NameColumns = Callable[[Sequence[str]], list[str] | None]


def read_manifest(
    path: DataPath, suffixes: Collection[str], *, targets: Sequence[str] = CLASS_COLUMNS
) -> Iterator[Example]:
    """Read a .csv, .tsv or .jsonl manifest: files, their labels or texts and, if wanted, splits.

    A table without a heading has a path, then a label, and maybe a split.

    Args:
        path: of the manifest.
        suffixes: of the files that it can name, in lower case with the dot.
        targets: names of the columns that hold what should come of a file, the best first.

    Raises:
        ConfigurationError: names the line that cannot be used.
    """
    if path.suffix.lower() not in (*DELIMITERS, ".jsonl"):
        raise ConfigurationError(f"manifest {str(path)!r} is not a .csv, .tsv or .jsonl file")
    rows = read_rows(path, name_columns=lambda cells: _name_without_heading(cells, suffixes))
    for line_number, row in rows:
        where = f"{path.name} line {line_number}"
        plain = {plain_name(str(name)): value for name, value in row.items()}
        named = _cell(plain, SOURCE_COLUMNS, where) or _miss(
            row, plain, "path", SOURCE_COLUMNS, where
        )
        source = _locate_file(named, path.parent, suffixes)
        target = _target(plain, row, targets, where)
        split = stated_split(_cell(plain, SPLIT_COLUMNS, where).strip(), where)
        group = _cell(plain, GROUP_COLUMNS, where)
        yield Example(source, target, split, where, group)


def has_heading(path: DataPath, suffixes: Collection[str]) -> bool:
    """Tell whether the first line of a .tsv names its columns, and no file."""
    first = read_text_file(path).partition("\n")[0].split("\t")
    if any(_names_file(cell, suffixes) for cell in first):
        return False
    return len(first) > 1 and bool(set(map(plain_name, first)) & set(SOURCE_COLUMNS))


def plain_name(name: str) -> str:
    """Write the name of a column in one way: "File Name" is file_name."""
    return name.strip().lower().replace(" ", "_").replace("-", "_")


def locate(source: str, folder: DataPath) -> str:
    """Give what a row names: a file beside the manifest, or one anywhere, also at an address.

    The backslashes of Windows are slashes, unless there is a file with them in its name.
    """
    if is_remote(source):
        return source
    if "\\" in source and not _is_file(folder / source):
        source = source.replace("\\", "/")
    return str(folder / source)


def read_rows(
    path: DataPath,
    encoding: str | None = None,
    *,
    name_columns: NameColumns = lambda cells: None,
) -> Iterator[tuple[int, dict[str, Any]]]:
    """Give the rows of a .csv, .tsv or .jsonl table with the lines on which they begin.

    Args:
        path: of the table.
        encoding: None takes the one that is clear from the file.
        name_columns: gives the names of the columns where the first row is no heading, or None.

    Raises:
        ConfigurationError: names the line that cannot be used.
    """
    encoding = encoding or require_encoding(path)
    try:
        with path.open(encoding=encoding, newline="") as file:
            if path.suffix.lower() == ".jsonl":
                yield from _read_json_lines(file, path)
                return
            yield from _read_table(file, path, name_columns)
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path}: not {encoding} ({error.reason})") from None


def _read_table(
    file: Any, path: DataPath, name_columns: NameColumns
) -> Iterator[tuple[int, dict[str, Any]]]:
    names: Sequence[str] | None = None
    for number, cells in _read_cells(file, path):
        if names is None:
            names = name_columns(cells)
            if names is None:
                names = cells
                continue
        if any(cells[len(names) :]):
            raise ConfigurationError(
                f"{path.name} line {number}: {len(cells)} cells, but {len(names)} in the first "
                "row; write a cell with a separator in it in quotes"
            )
        missing = [""] * (len(names) - len(cells))
        yield number, dict(zip(names, [*cells, *missing], strict=False))


def _read_cells(file: Any, path: DataPath) -> Iterator[tuple[int, list[str]]]:
    """Give the rows that are not blank, with the lines on which they begin."""
    csv.field_size_limit(LONGEST_CELL)
    reader = csv.reader(file, delimiter=_find_delimiter(file, path), strict=True)
    while True:
        begin = reader.line_num + 1  # a quote that is never closed spreads a row to the end
        try:
            cells = next(reader, None)
        except csv.Error as error:
            where = f"{path.name} line {begin}"
            raise ConfigurationError(f"{where}: not a table: {error}; check the quotes") from None
        if cells is None:
            return
        if any(map(str.strip, cells)):
            yield begin, cells


def _find_delimiter(file: Any, path: DataPath) -> str:
    own = DELIMITERS[path.suffix.lower()]
    if own != ",":
        return own
    first = next((line for line in file if line.strip()), "")
    file.seek(0)
    return max((own, *OTHER_DELIMITERS), key=first.count)  # the first of equals


def _read_json_lines(file: Any, path: DataPath) -> Iterator[tuple[int, dict[str, Any]]]:
    for line_number, line in enumerate(file, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise ConfigurationError(f"{path.name} line {line_number}: not JSON: {error}") from None
        if not isinstance(row, dict):
            raise ConfigurationError(f"{path.name} line {line_number}: not a JSON object")
        yield line_number, row


def _name_without_heading(cells: Sequence[str], suffixes: Collection[str]) -> list[str] | None:
    """Name the columns of a table whose first row names a file; None where it is a heading."""
    files = [place for place, cell in enumerate(cells) if _names_file(cell, suffixes)]
    if not files:
        return None
    names = [f"column {place}" for place in range(1, len(cells) + 1)]
    names[files[0]] = SOURCE_COLUMNS[0]
    others = [place for place in range(len(cells)) if place != files[0]]
    splits = [place for place in others[1:] if split_name(cells[place].strip())]
    for place, name in ((others[:1], "label"), (splits[:1], SPLIT_COLUMNS[0])):
        if place:
            names[place[0]] = name
    return names


def _names_file(cell: str, suffixes: Collection[str]) -> bool:
    return cell.strip().lower().endswith(tuple(suffixes))


def _locate_file(source: str, folder: DataPath, suffixes: Collection[str]) -> str:
    """Give the file of a row, which may be named without its ending."""
    located = locate(source.strip(), folder)
    if _names_file(located, suffixes) or is_remote(located) or _is_file(data_path(located)):
        return located
    endings = (f"{located}{suffix}" for suffix in sorted(suffixes))
    return next((path for path in endings if _is_file(data_path(path))), located)


def _is_file(path: DataPath) -> bool:
    try:
        return path.is_file()
    except OSError:  # such as a name that is too long; the data check says so
        return False


def _target(plain: dict[str, Any], row: dict[str, Any], targets: Sequence[str], where: str) -> str:
    """Give the label or text of a row; several labels as one, see `labels`."""
    stated = next((plain[name] for name in targets if plain.get(name) not in (None, "")), None)
    if isinstance(stated, list) and targets is CLASS_COLUMNS:  # of a JSON line
        return join_labels(map(str, stated))
    if stated is not None:
        return _cell(plain, targets, where)
    marks = {} if set(targets) & plain.keys() else _label_columns(row)
    if targets is not CLASS_COLUMNS or len(marks) < LEAST_LABELS:
        return _miss(row, plain, "label", targets, where)
    return join_labels(
        name.strip() for name, value in marks.items() if _has_label(value, name, where)
    )


def _label_columns(row: dict[str, Any]) -> dict[str, Any]:
    """Give the columns that could be labels; none of them, where none holds 0 or 1."""
    others = (*SOURCE_COLUMNS, *GROUP_COLUMNS, *SPLIT_COLUMNS)
    found = {name: value for name, value in row.items() if plain_name(str(name)) not in others}
    return found if any(str(value).strip().lower() in HAS_LABEL for value in found.values()) else {}


def _has_label(value: Any, name: str, where: str) -> bool:
    try:
        return HAS_LABEL[str(value).strip().lower()]
    except KeyError:
        raise ConfigurationError(
            f"{where}: {name!r} is {value!r}; the column of a label holds 1 or 0; otherwise name "
            "the one column with the labels 'label'"
        ) from None


def _cell(plain: dict[str, Any], names: Sequence[str], where: str) -> str:
    """Give the first of some columns that holds something; "" where none does."""
    name = next((name for name in names if plain.get(name) not in (None, "")), None)
    if name and isinstance(plain[name], (dict, list)):
        raise ConfigurationError(
            f"{where}: {name!r} is {str(plain[name])[:40]}, which is no text; write a text"
        )
    return str(plain[name]) if name else ""


def _miss(
    row: dict[str, Any], plain: dict[str, Any], wanted: str, names: Sequence[str], where: str
) -> NoReturn:
    empty = next((name for name in names if name in plain), None)
    if empty:
        raise ConfigurationError(f"{where}: no {empty!r} in it; fill it in, or take the row out")
    found = ", ".join(" ".join(str(name).split()) for name in row) or "nothing"
    others = ", ".join(name for name in names if name != wanted)
    raise ConfigurationError(
        f"{where}: no {wanted!r} in it (found: {found}; {others} would also do)"
    )
