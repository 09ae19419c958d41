"""List the examples of a data set: one folder per class, a manifest, or tfds:NAME."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from dltasks.data.examples import SPLITS, Example, split_name
from dltasks.data.remote import DataPath, data_path
from dltasks.data.tables import TFDS_PREFIX, is_hidden, read_manifest
from pipelines.errors import ConfigurationError


def read_examples(location: str, suffixes: Collection[str]) -> list[Example]:
    """List the examples of a data set, in a fixed order.

    Args:
        location: a folder with one folder per class (or train, valid and test folders of
            these), a .csv, .tsv or .jsonl manifest with the columns path, label and, if wanted,
            split; or "tfds:NAME", a TensorFlow Datasets name, or "tfds:NAME@PART".
        suffixes: of the files in a folder that count, in lower case with the dot.

    Raises:
        ConfigurationError: nothing is there, or it is of another layout.
    """
    if location.startswith(TFDS_PREFIX):
        from dltasks.data.tfds.images import export_images

        return read_examples(str(export_images(location.removeprefix(TFDS_PREFIX))), suffixes)
    path = data_path(location)
    if path.is_dir():
        examples = list(_read_folder(path, suffixes))
    elif path.is_file():
        examples = list(read_manifest(path))
    else:
        raise ConfigurationError(
            f"data {location!r} does not exist; give a folder, a .csv, .tsv or .jsonl manifest, or "
            "tfds:NAME"
        )
    if not examples:
        raise ConfigurationError(f"data {location!r} has no examples; see `dltasks train --help`")
    return examples


def with_part(location: str, part: str) -> str:
    """Name a part of a TensorFlow Datasets data set, in its words: "train[:80%]".

    Raises:
        ConfigurationError: the location is of another kind.
    """
    if not location.startswith(TFDS_PREFIX):
        raise ConfigurationError(
            f"split {part!r} is not one of {', '.join(SPLITS)}; parts in brackets work only "
            f"with tfds:NAME, not with data {location!r}"
        )
    name, mark, options = location.partition("?")
    return f"{name}@{part}{mark}{options}"


def _read_folder(folder: DataPath, suffixes: Collection[str]) -> Iterator[Example]:
    children = _folders(folder)
    if not children:
        raise ConfigurationError(
            f"data {str(folder)!r} has no folders in it; put the files of each class in a folder "
            "named after it"
        )
    split_folders = {child: split_name(child.name) for child in children}
    if not any(split_folders.values()):
        yield from _read_classes(folder, "", suffixes)
        return
    for child, split in split_folders.items():
        if split is None:
            raise ConfigurationError(
                f"data {str(folder)!r} mixes {', '.join(SPLITS)} folders with {child.name!r}; "
                "keep one kind"
            )
        yield from _read_classes(child, split, suffixes)


def _read_classes(folder: DataPath, split: str, suffixes: Collection[str]) -> Iterator[Example]:
    for class_folder in _folders(folder):
        for file in sorted(class_folder.rglob("*")):
            if file.suffix.lower() in suffixes and not is_hidden(file, class_folder):
                yield Example(str(file), class_folder.name, split, str(file))


def _folders(folder: DataPath) -> list[Any]:
    return sorted(path for path in folder.iterdir() if path.is_dir() and path.name[0] not in "._")
