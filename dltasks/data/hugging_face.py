"""Pictures of Hugging Face's data sets, written to files once, with a manifest.

hf:beans, hf:user/flowers       a data set of the hub
hf:./flowers                    a folder or file that the package `datasets` can read
hf:beans@train[:80%]            a part of it
hf:cifar100?label=fine_label    by the name of its column; ?config= names a configuration
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dltasks.data.examples import SPLITS, split_name
from dltasks.data.exported import suffix_of, write_once
from dltasks.data.labels import MARK
from dltasks.data.locations import take_options
from dltasks.data.tables import CLASS_COLUMNS, HF_PREFIX
from dltasks.data.tfds.source import PART_MARK, as_file_name
from dltasks.download import is_offline, is_reachable
from dltasks.extras import require
from pipelines.bundle.folder import home
from pipelines.errors import ConfigurationError

EXTRA = "datasets"
HUB = "https://huggingface.co"
MANIFEST = "labels.jsonl"
OPTIONS = ("config", "label")
LONGEST_NAME = 80
UNLABELLED = -1  # the class of test sets whose classes are kept secret
SWITCHES = ("HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE")  # read when the package is imported


@dataclass(frozen=True)
class _Columns:
    """The columns of the pictures and of their labels; the names of labels that are numbers."""

    picture: str
    label: str
    names: tuple[str, ...]


def export_pictures(name: str) -> Path:
    """Write an image classification data set of Hugging Face to the cache, once.

    Files keep their original encoding; nothing is decoded. Pictures without a label are left out.

    Args:
        name: of the data set, with a part and options if wanted; see above.

    Returns:
        A manifest, beside folders of pictures.

    Raises:
        ConfigurationError: the data set is unknown, is not there and cannot be downloaded, or has
            no pictures with labels.
        MissingExtraError: the package `datasets` is not installed.
    """
    place, options = take_options(name, OPTIONS)
    place, _, part = place.partition(PART_MARK)
    hub = os.environ.get("HF_ENDPOINT", HUB)
    is_here = os.path.exists(place)  # noqa: PTH110  pathlib's raises where a name is too long
    if is_offline() or not (is_here or is_reachable(hub)):
        os.environ.update(dict.fromkeys(SWITCHES, "1"))  # or it would try again for half a minute
    datasets = require("datasets", f"reading {HF_PREFIX}{name}", extra=EXTRA)
    if not sys.stderr.isatty():
        datasets.disable_progress_bars()
    tables = _open(datasets, place, part, options)
    columns = _find_columns(datasets, place, next(iter(tables.values())).features, options)
    prints = "".join(f"{split} {table._fingerprint}\n" for split, table in sorted(tables.items()))
    digest = hashlib.sha256(f"{place}\n{columns}\n{prints}".encode()).hexdigest()[:24]

    def write(folder: Path) -> None:
        with (folder / MANIFEST).open("w", encoding="utf-8") as file:
            for split, table in tables.items():
                (folder / split).mkdir()
                plain = table.cast_column(columns.picture, datasets.Image(decode=False))
                for row in _write_pictures(folder, split, plain, columns):
                    file.write(json.dumps(row) + "\n")

    short = as_file_name(place)[-LONGEST_NAME:]  # a path may be longer than a name can be
    return write_once(home() / "hf" / short / digest, write) / MANIFEST


def _open(datasets: Any, place: str, part: str, options: dict[str, str]) -> dict[str, Any]:
    """Give the table of each of our splits."""
    try:
        opened = datasets.load_dataset(place, options.get("config") or None, split=part or None)
    except Exception as error:  # of many kinds: no such name, no network, a damaged file
        reason = str(error).strip().partition("\n")[0] or type(error).__name__
        raise ConfigurationError(
            f"{HF_PREFIX}{place} cannot be opened: {reason}; check its name, the part, and the "
            "network, or give a folder that is here"
        ) from None
    if part:
        return {SPLITS[0]: opened}
    tables = {ours: table for name, table in opened.items() if (ours := split_name(name))}
    if not tables:
        raise ConfigurationError(
            f"{HF_PREFIX}{place} has none of the splits {', '.join(SPLITS)} (it has: "
            f"{', '.join(opened)}); name a part, as in {HF_PREFIX}{place}@{next(iter(opened))}"
        )
    return tables


def _find_columns(
    datasets: Any, place: str, features: dict[str, Any], options: dict[str, str]
) -> _Columns:
    """Find the pictures and the labels: those of known classes, or else of the usual names."""
    pictures = [name for name, kind in features.items() if isinstance(kind, datasets.Image)]
    named = {name: _names(kind) for name, kind in features.items()}
    usual = [name for name in CLASS_COLUMNS if name in features]
    labels = [name for name, classes in named.items() if classes]
    wanted = options.get("label")
    if wanted not in (None, *features) or not pictures or not (wanted or labels or usual):
        raise ConfigurationError(
            f"{HF_PREFIX}{place} has no {wanted or 'pictures with labels'!r} (it has: "
            f"{', '.join(features)}); name the labels, as in {HF_PREFIX}{place}?label=NAME, or "
            "choose another data set"
        )
    best = [name for name in usual if name in labels]
    label = wanted or next(iter(best or labels or usual))
    return _Columns(pictures[0], label, named[label])


def _names(kind: Any) -> tuple[str, ...]:
    """Give the names of the classes of a column, one each or several; none where it has none."""
    inner = getattr(kind, "feature", kind)  # of a list
    return tuple(getattr(inner, "names", None) or ())


def _write_pictures(
    folder: Path, split: str, table: Any, columns: _Columns
) -> Iterator[dict[str, Any]]:
    """Write pictures; give the row of each."""
    for number, record in enumerate(table):
        picture, label = record[columns.picture], record[columns.label]
        if picture is None or label in (None, UNLABELLED):
            continue
        encoded = picture["bytes"] or Path(picture["path"]).read_bytes()
        path = f"{split}/{number:06d}{suffix_of(encoded)}"
        (folder / path).write_bytes(encoded)
        yield {"path": path, "label": _label(label, columns.names), "split": split}


def _label(value: Any, names: tuple[str, ...]) -> str | list[str]:
    """Give a label in words, or a list of them."""
    if isinstance(value, list):
        return [str(_label(item, names)) for item in value]
    word = names[value] if names and isinstance(value, int) else str(value)
    return word.replace(MARK, "/")  # which would be two labels
