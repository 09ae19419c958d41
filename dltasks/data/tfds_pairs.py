"""Pairs of sentences of TensorFlow Datasets, written out once as TSV files by split."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from dltasks.data.examples import split_name
from dltasks.data.tfds_source import prepare
from dltasks.extras import require
from pipelines.bundle import home
from pipelines.errors import ConfigurationError
from pipelines.text import tidy


def export_pairs(name: str) -> Path:
    """Write a translation data set of TensorFlow Datasets to the cache, once.

    Args:
        name: as tfds knows it, with config and version if wanted
            ("opus/medical", "ted_hrlr_translate/pt_to_en").

    Returns:
        A folder with train.tsv and, where there are such splits, valid.tsv and test.tsv; the first
        language of the data set is the source.

    Raises:
        ConfigurationError: the data set is unknown, is not there and cannot be downloaded, or is
            not one of pairs of sentences.
        MissingExtraError: tensorflow-datasets is not installed.
    """
    tfds = require("tensorflow_datasets", "reading a tfds: data set")
    builder = prepare(tfds, name)
    languages = _languages(builder, name)
    destination = home() / "tfds-pairs" / builder.info.full_name
    if destination.is_dir():
        return destination
    partial = destination.with_name(f"{destination.name}.part")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    for split, file in ((split, split_name(split)) for split in builder.info.splits):
        if file:
            with (partial / f"{file}.tsv").open("w", encoding="utf-8") as table:
                for record in tfds.as_numpy(builder.as_dataset(split=split)):
                    sides = (tidy(record[language].decode()) for language in languages)
                    table.write("\t".join(sides) + "\n")
    partial.rename(destination)
    return destination


def _languages(builder: Any, name: str) -> tuple[str, str]:
    """Give the names of the two texts: the supervised ones, or the only two there are."""
    supervised = builder.info.supervised_keys
    if supervised and len(supervised) == 2:
        return str(supervised[0]), str(supervised[1])
    raise ConfigurationError(
        f"tfds:{name} does not say which texts are source and target; choose another data set"
    )
