"""Read files with their texts: a manifest, or a folder with a .txt beside each file.

    lines/labels.tsv           path<TAB>text, with or without a heading; .csv and .jsonl, too
    lines/anna/001.png         its text is in lines/anna/001.txt, or in 001.gt.txt

If there are several folders, the folder of a file is its group (the writer or the speaker), unless
a column names the group.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from dltasks.data.encodings import read_text_file
from dltasks.data.examples import Example
from dltasks.data.folders import list_folder
from dltasks.data.remote import DataPath, data_path
from dltasks.data.tables import TEXT_COLUMNS, has_heading, locate, read_manifest
from pipelines.errors import ConfigurationError

TRUTH = ".gt.txt"  # ends the name of a text for Tesseract, OCR-D, kraken and OCRopus
MADE_FROM = (".bin", ".nrm")  # ends the name of a line that OCRopus or kraken made from another
MANIFEST_NAMES = ("labels.tsv", "labels.csv", "labels.jsonl", "metadata.csv", "metadata.jsonl")


def read_transcripts(location: str, suffixes: Collection[str]) -> list[Example]:
    """List files and their texts, in a fixed order; texts in Unicode's form NFC.

    Args:
        location: a manifest, a folder with a manifest in it, or a folder of files with a .txt of
            the same name beside each.
        suffixes: of the files in a folder that count, in lower case with the dot.

    Raises:
        ConfigurationError: nothing is there, or it is of another layout.
    """
    path = data_path(location)
    if path.is_dir():
        manifests = [path / name for name in MANIFEST_NAMES if (path / name).is_file()]
        examples = _read_table(manifests[0], suffixes) if manifests else _read_pairs(path, suffixes)
    elif path.is_file():
        examples = _read_table(path, suffixes)
    else:
        raise ConfigurationError(
            f"data {location!r} does not exist; give a manifest of path<TAB>text, or a folder of "
            "files with a .txt beside each"
        )
    if not examples:
        raise ConfigurationError(
            f"data {location!r} has no examples; a folder needs a .txt beside each file, or a "
            "labels.tsv of path<TAB>text"
        )
    return _group_by_folder([_normalise(example) for example in examples])


def _read_table(path: DataPath, suffixes: Collection[str]) -> list[Example]:
    if path.suffix.lower() in (".tsv", ".txt") and not has_heading(path, suffixes):
        return _read_plain_table(path)
    return list(read_manifest(path, suffixes, targets=TEXT_COLUMNS))


def _read_plain_table(path: DataPath) -> list[Example]:
    """Read lines of path<TAB>text; quotes in them are quotes."""
    examples = []
    for number, line in enumerate(read_text_file(path).split("\n"), start=1):
        source, tab, text = line.partition("\t")
        if not line.strip():
            continue
        if not tab:
            raise ConfigurationError(
                f"{path.name} line {number}: {line[:40]!r} has no tab in it; write path<TAB>text"
            )
        where = f"{path.name} line {number}"
        examples.append(Example(locate(source, path.parent), text, origin=where))
    return examples


def _read_pairs(folder: DataPath, suffixes: Collection[str]) -> list[Example]:
    pairs = [(file, _find_text(file)) for file in list_folder(folder, suffixes).files]
    return [
        Example(str(file), " ".join(read_text_file(text).split()), origin=str(text))
        for file, text in pairs
        if text
    ]


def _find_text(file: Any) -> Any:
    """Find the text beside a file; a picture that was made black and white shares that of it."""
    whole = file.with_suffix("") if file.stem.endswith(MADE_FROM) else file
    candidates = [file.with_suffix(".txt"), *(item.with_suffix(TRUTH) for item in (file, whole))]
    return next((text for text in candidates if text.is_file()), None)


def _normalise(example: Example) -> Example:
    return replace(example, target=normalise_text(example.target))


def normalise_text(text: str) -> str:
    """Write a text in one way: composed characters, one space between words."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def _group_by_folder(examples: Sequence[Example]) -> list[Example]:
    folders = {str(data_path(example.source).parent) for example in examples}
    if len(folders) < 2:
        return list(examples)
    return [
        example if example.group else replace(example, group=data_path(example.source).parent.name)
        for example in examples
    ]
