"""Folders of classes: one folder per class, or train, valid and test folders of these.

flowers/rose/1.jpg           the class rose
flowers/train/rose/1.jpg     the same, in the split train
vehicles?splits=no           where train is a class, as in vehicles/train/1.jpg
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from dltasks.data.class_review import name_classes
from dltasks.data.examples import SPLITS, Example, split_name
from dltasks.data.folders import is_link, list_folder, list_folders
from dltasks.data.remarks import Remark
from dltasks.data.remote import DataPath, data_path
from pipelines.errors import ConfigurationError

NO_SPLITS = "splits=no"


def read_class_folders(
    folder: DataPath, suffixes: Collection[str], *, has_splits: bool = True
) -> Iterator[Example]:
    """List the pictures of class folders, in order.

    Args:
        folder: local or remote.
        suffixes: of the files that count, in lower case with the dot.
        has_splits: whether train, valid and test are splits, or classes like any others.

    Raises:
        ConfigurationError: the folders are of another layout.
    """
    if not list_folders(folder):
        raise ConfigurationError(f"data {str(folder)!r} has no folders in it; {_remedy(folder)}")
    files = [(file, _below(file, folder)) for file in list_folder(folder, suffixes).files]
    files = [(file, parts) for file, parts in files if len(parts) > 1 and _is_class(parts[0])]
    splits = _find_splits(folder, [parts for _, parts in files]) if has_splits else {}
    for file, parts in files:
        if not splits:
            yield Example(str(file), parts[0], "", str(file))
        elif len(parts) > 2 and _is_class(parts[1]):
            yield Example(str(file), parts[1], splits[parts[0]], str(file))


def review_class_folders(
    folder: DataPath, examples: Sequence[Example], *, has_splits: bool
) -> list[Remark]:
    """Say what is wrong with the folders: empty classes, and folders at the wrong level.

    Args:
        folder: that was read.
        examples: what `read_class_folders` gave for it.
        has_splits: see `read_class_folders`.
    """
    below: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    for example in examples:
        parts = _below(data_path(example.source), folder)
        depth = 2 if example.split else 1
        below["/".join(parts[:depth])].append(parts[depth:])
    remarks = [_review_empty(folder, examples, below.keys())]
    for name, files in below.items():
        is_only = len(below) == 1
        inner = _review_inner_splits(folder, name, files, is_only) if has_splits else None
        remarks.append(inner or _review_level(folder, name, files, is_only))
    return [remark for remark in remarks if remark]


def _below(file: Any, folder: DataPath) -> tuple[str, ...]:
    """Give the names of folders and of the file below a folder, both local or both remote."""
    return tuple(file.relative_to(folder).parts)


def _is_class(name: str) -> bool:
    return not name.startswith("_")


def _remedy(folder: DataPath) -> str:
    tables = sorted(
        path.name for path in folder.iterdir() if path.suffix.lower() in (".csv", ".tsv", ".jsonl")
    )
    if tables:
        return f"to read its manifest, give {str(folder / tables[0])!r}"
    return "put the files of each class in a folder named after it"


def _find_splits(folder: DataPath, files: Sequence[tuple[str, ...]]) -> dict[str, str]:
    """Give the split of each folder that is one; none where the folders are classes."""
    names = sorted({parts[0] for parts in files})
    splits = {name: split for name in names if (split := split_name(name))}
    classes = [name for name in names if name not in splits]
    if not splits:
        return {}
    as_classes = f"if {next(iter(splits))!r} is a class, give {f'{folder}?{NO_SPLITS}'!r}"
    if classes:
        raise ConfigurationError(
            f"data {str(folder)!r} mixes {', '.join(SPLITS)} folders with {classes[0]!r}; keep one "
            f"kind, or, {as_classes}"
        )
    loose = sorted({parts[0] for parts in files if len(parts) == 2})
    if loose and not any(len(parts) > 2 for parts in files):
        raise ConfigurationError(
            f"data {str(folder)!r} has pictures in {loose[0]!r}, a split, but no folders of "
            "classes there; put the files of each class in a folder named after it, or, "
            f"{as_classes}"
        )
    return splits


def _review_empty(
    folder: DataPath, examples: Sequence[Example], filled: Collection[str]
) -> Remark | None:
    tops = [folder]
    if any(example.split for example in examples):
        tops = [top for top in list_folders(folder) if split_name(top.name)]
    names: list[str] = []
    for top in tops:
        # A second name of a folder that is read is told elsewhere.
        own = (path for path in list_folders(top) if not is_link(path))
        classes = [path for path in own if _is_class(path.name)]
        names += ["/".join(_below(path, folder)) for path in classes or [top]]
    empty = [name for name in names if name not in filled]
    if not empty:
        return None
    have = "folder has" if len(empty) == 1 else "folders have"
    return Remark(
        f"{len(empty)} {have} no pictures: {name_classes(empty)}; add some, or remove the folder",
        is_fatal=False,
    )


def _review_level(
    folder: DataPath, name: str, files: Sequence[tuple[str, ...]], is_only: bool
) -> Remark | None:
    """Tell a folder of folders of classes, which is read as one class."""
    place = folder / name
    inner = sorted({parts[0] for parts in files})
    while len(inner) == 1 and all(len(parts) > 1 for parts in files):
        place, files = place / inner[0], [parts[1:] for parts in files]
        inner = sorted({parts[0] for parts in files})
    if len(inner) < 2 or any(len(parts) == 1 for parts in files):
        return None
    remedy = f"give {str(place)!r} as data" if is_only else "move them up beside it"
    return Remark(
        f"class {name!r} has its pictures in {len(inner)} folders, {name_classes(inner)}, and is "
        f"one class; if these are the classes, they are too deep: {remedy}",
        is_fatal=is_only,
    )


def _review_inner_splits(
    folder: DataPath, name: str, files: Sequence[tuple[str, ...]], is_only: bool
) -> Remark | None:
    """Tell splits within a class, which would be trained on alike."""
    inner = {parts[0] for parts in files if len(parts) > 1}
    splits = sorted({inside for inside in inner if split_name(inside)})
    if len({split_name(inside) for inside in splits}) < 2:
        return None
    remedy = f"put the classes into the splits, as in {splits[0]}/{name}"
    if is_only:
        remedy = f"give {str(folder / name)!r} as data"
    return Remark(
        f"class {name!r} has the splits {', '.join(splits)} in it, which would all be trained on; "
        f"{remedy}, or, if they are no splits, give {f'{folder}?{NO_SPLITS}'!r}",
        is_fatal=True,
    )
