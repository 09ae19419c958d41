"""List the examples of a data set: one folder per class, a manifest, tfds:NAME or hf:NAME."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from dltasks.data.class_folders import NO_SPLITS, read_class_folders, review_class_folders
from dltasks.data.examples import SPLITS, Example
from dltasks.data.locations import take_options
from dltasks.data.remarks import Remark
from dltasks.data.remote import DataPath, data_path
from dltasks.data.tables import HF_PREFIX, TFDS_PREFIX, read_manifest
from pipelines.errors import ConfigurationError

PREFIXES = (TFDS_PREFIX, HF_PREFIX)
SPLITS_OPTION = "splits"


def read_examples(location: str, suffixes: Collection[str]) -> list[Example]:
    """List the examples of a data set, in a fixed order.

    Args:
        location: a folder with one folder per class (or train, valid and test folders of
            these; "FOLDER?splits=no" takes such names for classes); a .csv, .tsv or .jsonl
            manifest, see `tables`; "tfds:NAME", a TensorFlow Datasets name, or "hf:NAME", one of
            Hugging Face, each with "@PART" if wanted.
        suffixes: of the files in a folder that count, in lower case with the dot.

    Raises:
        ConfigurationError: nothing is there, or it is of another layout.
    """
    if location.startswith(TFDS_PREFIX):
        from dltasks.data.tfds.images import export_images

        return read_examples(str(export_images(location.removeprefix(TFDS_PREFIX))), suffixes)
    if location.startswith(HF_PREFIX):
        from dltasks.data.hugging_face import export_pictures

        return read_examples(str(export_pictures(location.removeprefix(HF_PREFIX))), suffixes)
    path, has_splits = _take_place(location)
    if path.is_dir():
        examples = list(read_class_folders(path, suffixes, has_splits=has_splits))
    elif path.is_file() and not has_splits:
        raise ConfigurationError(f"data {location!r}: {NO_SPLITS} is for folders; leave it out")
    elif path.is_file():
        examples = list(read_manifest(path, suffixes))
    else:
        raise ConfigurationError(
            f"data {location!r} does not exist; give a folder, a .csv, .tsv or .jsonl manifest, "
            "tfds:NAME or hf:NAME"
        )
    if not examples:
        raise ConfigurationError(f"data {location!r} has no examples; see `dltasks train --help`")
    return examples


def find_folder(location: str) -> DataPath | None:
    """Give the folder that a location of data is, without its options; None where it is none."""
    if location.startswith(PREFIXES):
        return None
    path, _ = _take_place(location)
    return path if path.is_dir() else None


def review_folder(location: str, examples: Sequence[Example]) -> list[Remark]:
    """Say what is wrong with the folders of a data set; see `review_class_folders`."""
    folder = find_folder(location) if location else None
    if folder is None:
        return []
    return review_class_folders(folder, examples, has_splits=_take_place(location)[1])


def _take_place(location: str) -> tuple[DataPath, bool]:
    """Take the place of data and its options apart: the path, and whether there can be splits."""
    name, options = take_options(location, (SPLITS_OPTION,))
    stated = options.get(SPLITS_OPTION, "yes")
    if stated not in ("yes", "no"):
        raise ConfigurationError(f"data {location!r}: splits {stated!r} is not yes or no")
    return data_path(name), stated == "yes"


def with_part(location: str, part: str) -> str:
    """Name a part of a published data set, in the words of TensorFlow Datasets: "train[:80%]".

    Raises:
        ConfigurationError: the location is of another kind.
    """
    if not location.startswith(PREFIXES):
        raise ConfigurationError(
            f"split {part!r} is not one of {', '.join(SPLITS)}; parts in brackets work only "
            f"with tfds:NAME and hf:NAME, not with data {location!r}"
        )
    name, mark, options = location.partition("?")
    return f"{name}@{part}{mark}{options}"
