"""Pairs of sentences of TensorFlow Datasets, written out once as TSV files by split."""

from __future__ import annotations

from pathlib import Path

from dltasks.data.tfds.source import TfdsSource, open_source
from pipelines.text import tidy


def export_pairs(name: str) -> Path:
    """Write a translation data set of TensorFlow Datasets to the cache, once.

    Args:
        name: as `open_source` takes it ("opus/medical", "ted_hrlr_translate/pt_to_en@train[:50%]").

    Returns:
        A folder with train.tsv and, where there are such splits, valid.tsv and test.tsv; with
        train.tsv alone for a part. The first language of the data set is the source.

    Raises:
        ConfigurationError: the data set is unknown, is not there and cannot be downloaded, or is
            not one of pairs of sentences.
        MissingExtraError: tensorflow-datasets is not installed.
    """
    source = open_source(name)
    languages = _languages(source)

    def write(folder: Path) -> None:
        for split, ours in source.splits():
            with (folder / f"{ours}.tsv").open("a", encoding="utf-8") as table:
                for record in source.records(split):
                    sides = (tidy(record[language].decode()) for language in languages)
                    table.write("\t".join(sides) + "\n")

    return source.write_once("tfds-pairs", write)


def _languages(source: TfdsSource) -> tuple[str, str]:
    """Give the names of the two texts: those that the data set calls input and target."""
    supervised = source.builder.info.supervised_keys
    if supervised and len(supervised) == 2:
        return str(supervised[0]), str(supervised[1])
    raise source.error("does not say which texts are source and target; choose another data set")
