"""Read pairs of sentences: TSV, JSONL, TMX, two parallel files, or a folder of these by split.

A line that cannot be used does not stop the reading: it becomes an example that `check_pair`
refuses, so that the data check can name and count it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

from dltasks.data.checks import UnsuitableError
from dltasks.data.encodings import UTF_8, find_encoding, is_clear
from dltasks.data.examples import SPLITS, Example, split_name
from dltasks.data.remote import DataPath, data_path
from dltasks.data.tables import TFDS_PREFIX
from pipelines.errors import ConfigurationError, InputError
from pipelines.text import tidy

SUFFIXES = frozenset({".tsv", ".jsonl", ".tmx"})
HEADER = ("source", "target")
LONGEST_LETTERS = 5_000  # a line of more is a file without line breaks rather than a sentence
MOST_TIMES_LONGER = 4  # than the other side; short ones may differ by more
LETTERS_FREE = 20
MOST_SAME_WORDS = 3  # names and exclamations are the same in both languages; sentences are not


def read_pairs(location: str) -> list[Example]:
    """List the pairs of a data set, in their order.

    Args:
        location: a .tsv file, source and target in its first two columns (a third may name the
            split where a first line says "source", "target", "split"); a .jsonl file with "source"
            and "target", or two language codes, in each line; a .tmx file; two text files line by
            line, as "corpus.en,corpus.es"; "tfds:NAME", a TensorFlow Datasets name; or a folder
            with train, valid and test files of these.

    Raises:
        ConfigurationError: nothing is there, or it is of another kind.
    """
    if location.startswith(TFDS_PREFIX):
        from dltasks.data.tfds.pairs import export_pairs

        return read_pairs(str(export_pairs(location.removeprefix(TFDS_PREFIX))))
    first, comma, second = location.partition(",")
    both = [data_path(path) for path in (first, second) if path]
    if comma and len(both) == 2 and all(path.is_file() for path in both):
        pairs = list(_read_parallel(*both))
    elif data_path(location).is_dir():
        pairs = list(_read_folder(data_path(location)))
    elif data_path(location).is_file():
        pairs = list(_read_file(data_path(location)))
    else:
        raise ConfigurationError(
            f"data {location!r} does not exist; give a .tsv, .jsonl or .tmx file, two files as "
            '"corpus.en,corpus.es", or a folder'
        )
    if not pairs:
        raise ConfigurationError(f"data {location!r} has no pairs; see `dltasks train --help`")
    return pairs


def _read_folder(folder: DataPath) -> Iterator[Example]:
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)
    if not files:
        kinds = ", ".join(sorted(SUFFIXES))
        raise ConfigurationError(f"folder {str(folder)!r} has none of these files: {kinds}")
    for file in files:
        split = split_name(file.stem)
        if split is None:
            raise ConfigurationError(
                f"{file}: its name is not one of {', '.join(SPLITS)}; name the file itself as data"
            )
        yield from _read_file(file, split)


def _read_file(path: DataPath, split: str = "") -> Iterator[Example]:
    suffix = path.suffix.lower()
    if suffix == ".tmx":
        from dltasks.data.tmx import read_tmx

        return read_tmx(path, split)
    if suffix not in (".tsv", ".jsonl"):
        raise ConfigurationError(f"data {str(path)!r} is not a .tsv, .jsonl or .tmx file")
    return _read_table(path, split) if suffix == ".tsv" else _read_json_lines(path, split)


def _read_table(path: DataPath, split: str) -> Iterator[Example]:
    has_splits = False
    for number, line in _lines(path):
        columns = line.split("\t")
        if number == 1 and tuple(name.lower() for name in columns[:2]) == HEADER:
            has_splits = columns[2:3] == ["split"]
            continue
        stated = columns[2] if has_splits and len(columns) > 2 else ""
        yield make_pair(
            columns[0],
            columns[1] if len(columns) > 1 else "",
            path,
            number,
            _stated_split(stated, f"{path.name} line {number}") or split,
        )


def _read_json_lines(path: DataPath, split: str) -> Iterator[Example]:
    for number, line in _lines(path):
        where = f"{path.name} line {number}"
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            yield make_pair(line, "", path, number, split)
            continue
        source, target = _sides(row)
        stated = _stated_split(str(row.get("split") or ""), where) if isinstance(row, dict) else ""
        yield make_pair(source, target, path, number, stated or split)


def _sides(row: Any) -> tuple[str, str]:
    """Find the two texts of a JSON line: by "source" and "target", or the first two that it has."""
    if isinstance(row, dict) and isinstance(row.get("translation"), dict):
        row = row["translation"]  # as the data sets of Hugging Face have it
    if not isinstance(row, dict):
        return str(row), ""
    if set(HEADER) <= row.keys():
        return str(row["source"] or ""), str(row["target"] or "")
    texts = [value for key, value in row.items() if isinstance(value, str) and key != "split"]
    source, target, *_ = (*texts, "", "")
    return source, target


def _read_parallel(first: DataPath, second: DataPath) -> Iterator[Example]:
    pairs = zip_longest(_lines(first, keep_empty=True), _lines(second, keep_empty=True))
    for number, (source, target) in enumerate(pairs, start=1):
        if source is None or target is None:
            longer, shorter = (first, second) if target is None else (second, first)
            raise ConfigurationError(
                f"{longer} has more lines than {shorter}, from line {number} on; parallel files "
                "must have the same number of lines"
            )
        yield make_pair(source[1], target[1], first, number, "")


def make_pair(source: str, target: str, path: DataPath, line: int, split: str) -> Example:
    """Make the example of a pair; the same source sentence is never in two splits."""
    origin = f"{path.name} line {line}"
    return Example(source, target, split, origin, group=tidy(source).casefold())


def check_pair(example: Example) -> None:
    """Refuse a pair that cannot be trained on, or that training is better without.

    Raises:
        InputError: it is damaged.
        UnsuitableError: a side is missing, much longer than the other, or the same as the other.
    """
    for text, side in ((example.source, "source"), (example.target, "target")):
        if not text.strip():
            raise UnsuitableError(f"{example.origin}: there is no {side}; are there two columns?")
        if "\0" in text:
            raise InputError(f"{example.origin}: a NUL character in the {side}; remove it")
        if any("\ud800" <= letter <= "\udfff" for letter in text):
            raise InputError(f"{example.origin}: the {side} is not UTF-8; save the file as UTF-8")
        if len(text) > LONGEST_LETTERS:
            raise UnsuitableError(
                f"{example.origin}: the {side} has {len(text)} letters, more than "
                f"{LONGEST_LETTERS}; break it into sentences"
            )
    _check_balance(example)


def _check_balance(example: Example) -> None:
    source, target = tidy(example.source), tidy(example.target)
    short, long = sorted((len(source), len(target)))
    if long > MOST_TIMES_LONGER * short + LETTERS_FREE:
        raise UnsuitableError(
            f"{example.origin}: {len(source)} letters to {len(target)}; is it a translation?"
        )
    if source.casefold() == target.casefold() and len(source.split()) > MOST_SAME_WORDS:
        raise UnsuitableError(
            f"{example.origin}: both sides are the same; is one in the wrong column?"
        )


def _stated_split(stated: str, where: str) -> str:
    split = split_name(stated) if stated else ""
    if split is None:
        raise ConfigurationError(
            f"{where}: split {stated!r} is not one of {', '.join(SPLITS)} (or empty)"
        )
    return split


def _lines(path: DataPath, *, keep_empty: bool = False) -> Iterator[tuple[int, str]]:
    """Give the lines with their numbers; bytes of no clear encoding are kept, to be refused."""
    found = find_encoding(path)
    encoding = found.name if is_clear(found) else UTF_8
    with path.open(encoding=encoding, errors="surrogateescape", newline="\n") as file:
        for number, line in enumerate(file, start=1):
            text = line.removesuffix("\n").removesuffix("\r")
            if text or keep_empty:
                yield number, text
