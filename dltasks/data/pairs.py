"""Read pairs of sentences: TSV, CSV, JSONL, TMX, two parallel files, or a folder by split.

A line that cannot be used does not stop the reading: it becomes an example that `check_pair`
refuses, so that the data check can name and count it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import zip_longest
from typing import Any

from dltasks.data.checks import UnsuitableError
from dltasks.data.encodings import read_lines
from dltasks.data.examples import SPLITS, Example, split_name, stated_split
from dltasks.data.locations import take_options
from dltasks.data.pair import make_pair
from dltasks.data.pair_review import has_number_for_a_sentence, has_same_sides, is_number
from dltasks.data.pair_tables import SIDES, as_languages, read_pair_table
from dltasks.data.remote import DataPath, data_path
from dltasks.data.tables import TFDS_PREFIX
from pipelines.errors import ConfigurationError, InputError
from pipelines.text import tidy

Options = Mapping[str, str]
TABLES = (".tsv", ".csv")
SUFFIXES = frozenset({*TABLES, ".jsonl", ".tmx"})
OPTIONS = ("source", "target", "encoding")
LONGEST_LETTERS = 5_000  # a line of more is a file without line breaks rather than a sentence
MOST_TIMES_LONGER = 4  # than the other side; short ones may differ by more
LETTERS_FREE = 20
MOST_SAME_WORDS = 3  # names and exclamations are the same in both languages; sentences are not


def read_pairs(location: str) -> list[Example]:
    """List the pairs of a data set, in their order.

    Args:
        location: a .tsv or .csv file, whose columns `pair_tables` tells; a .jsonl file with
            "source" and "target", or two language codes, in each line; a .tmx file; two text files
            line by line, as "corpus.en,corpus.es"; "tfds:NAME", a TensorFlow Datasets name; or a
            folder with train, valid and test files of these. After a question mark, the two
            columns or languages, as in "pairs.csv?source=en&target=fr", or the encoding.

    Raises:
        ConfigurationError: nothing is there, or it is of another kind.
    """
    if location.startswith(TFDS_PREFIX):
        from dltasks.data.tfds.pairs import export_pairs

        return read_pairs(str(export_pairs(location.removeprefix(TFDS_PREFIX))))
    name, options = take_options(location, OPTIONS)
    first, comma, second = name.partition(",")
    both = [data_path(path) for path in (first, second) if path]
    if comma and len(both) == 2 and all(path.is_file() for path in both):
        pairs = list(_read_parallel(both[0], both[1], options))
    elif data_path(name).is_dir():
        pairs = list(_read_folder(data_path(name), options))
    elif data_path(name).is_file():
        pairs = list(_read_file(data_path(name), "", options))
    else:
        raise ConfigurationError(
            f"data {location!r} does not exist; give a .tsv, .csv, .jsonl or .tmx file, two files "
            'as "corpus.en,corpus.es", or a folder'
        )
    if not pairs:
        raise ConfigurationError(f"data {location!r} has no pairs; see `dltasks train --help`")
    return pairs


def _read_folder(folder: DataPath, options: Options) -> Iterator[Example]:
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
        yield from _read_file(file, split, options)


def _read_file(path: DataPath, split: str, options: Options) -> Iterator[Example]:
    suffix = path.suffix.lower()
    if suffix == ".tmx":
        from dltasks.data.tmx import read_tmx

        return read_tmx(path, split, options)
    if suffix not in SUFFIXES:
        raise ConfigurationError(f"data {str(path)!r} is not a .tsv, .csv, .jsonl or .tmx file")
    is_table = suffix in TABLES
    return (read_pair_table if is_table else _read_json_lines)(path, split, options)


def _read_json_lines(path: DataPath, split: str, options: Options) -> Iterator[Example]:
    for number, line in read_lines(path, options.get("encoding")):
        where = f"{path.name} line {number}"
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            yield make_pair(line, "", path, number, split)
            continue
        (first, source), (second, target) = _sides(row, options)
        stated = stated_split(str(row.get("split") or ""), where) if isinstance(row, dict) else ""
        languages = as_languages(first, second)
        yield make_pair(source, target, path, number, stated or split, languages)


def _sides(row: Any, options: Options) -> tuple[tuple[str, str], tuple[str, str]]:
    """Find the names and texts of a JSON line: as the user names them, by "source" and "target", or
    the first two."""
    if isinstance(row, dict) and isinstance(row.get("translation"), dict):
        row = row["translation"]  # as the data sets of Hugging Face have it
    if not isinstance(row, dict):
        return ("", str(row)), ("", "")
    first, second = (options.get(side) or side for side in SIDES)
    if {first, second} <= row.keys() or options.keys() & set(SIDES):
        return (first, str(row.get(first) or "")), (second, str(row.get(second) or ""))
    texts = [item for item in row.items() if isinstance(item[1], str) and item[0] != "split"]
    source, target, *_ = (*texts, ("", ""), ("", ""))
    return source, target


def _read_parallel(first: DataPath, second: DataPath, options: Options) -> Iterator[Example]:
    languages = as_languages(first.suffix[1:], second.suffix[1:])
    encoding = options.get("encoding")
    pairs = zip_longest(*(read_lines(path, encoding, keep_empty=True) for path in (first, second)))
    for number, (source, target) in enumerate(pairs, start=1):
        if source is None or target is None:
            longer, shorter = (first, second) if target is None else (second, first)
            raise ConfigurationError(
                f"{longer} has more lines than {shorter}, from line {number} on; parallel files "
                "must have the same number of lines"
            )
        yield make_pair(source[1], target[1], first, number, "", languages)


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
    if has_number_for_a_sentence(example):
        side = "source" if is_number(example.source) else "target"
        text = example.source if side == "source" else example.target
        raise UnsuitableError(
            f"{example.origin}: the {side} {text.strip()[:40]!r} is a number and no sentence; is "
            "it the right column?"
        )
    _check_balance(example)


def _check_balance(example: Example) -> None:
    source, target = tidy(example.source), tidy(example.target)
    short, long = sorted((len(source), len(target)))
    if long > MOST_TIMES_LONGER * short + LETTERS_FREE:
        raise UnsuitableError(
            f"{example.origin}: {len(source)} letters to {len(target)}; is it a translation?"
        )
    if has_same_sides(example) and len(source.split()) > MOST_SAME_WORDS:
        raise UnsuitableError(
            f"{example.origin}: both sides are the same; is one in the wrong column?"
        )
