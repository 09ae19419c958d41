"""Texts of TensorFlow Datasets, written out once as JSON lines by split."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from dltasks.data.examples import SPLITS, split_name
from dltasks.data.tfds_source import PART_MARK, prepare
from dltasks.extras import require
from pipelines.bundle import home
from pipelines.errors import ConfigurationError


def export_texts(name: str, column: str | None) -> Path:
    """Write the texts of a data set of TensorFlow Datasets to the cache, once.

    Args:
        name: as tfds knows it, with config, version and a part of it if wanted
            ("tiny_shakespeare", "imdb_reviews/plain_text@train[:10%]").
        column: the feature that is the text; None takes the only one that is text.

    Returns:
        A folder with train.jsonl and, where there are such splits, valid.jsonl and test.jsonl;
        with train.jsonl alone for a part.

    Raises:
        ConfigurationError: the data set is unknown, or it does not say which text is meant.
        MissingExtraError: tensorflow-datasets is not installed.
    """
    tfds = require("tensorflow_datasets", "reading a tfds: data set")
    name, _, part = name.partition(PART_MARK)
    builder = prepare(tfds, name)
    column = _choose_column(tfds, builder, name, column)
    stem = "-".join(filter(None, (column, part.translate(str.maketrans("/[]:%+", "______")))))
    destination = home() / "tfds-texts" / builder.info.full_name / stem
    if destination.is_dir():
        return destination
    partial = destination.with_name(f"{destination.name}.part")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    splits = {part: SPLITS[0]} if part else {item: split_name(item) for item in builder.info.splits}
    for split, file in splits.items():
        if file:
            with (partial / f"{file}.jsonl").open("w", encoding="utf-8") as table:
                for record in tfds.as_numpy(builder.as_dataset(split=split)):
                    text = record[column].decode("utf-8", "surrogateescape")
                    table.write(json.dumps({"text": text}) + "\n")
    partial.rename(destination)
    return destination


def _choose_column(tfds: Any, builder: Any, name: str, wanted: str | None) -> str:
    features = builder.info.features
    texts = [key for key, kind in features.items() if isinstance(kind, tfds.features.Text)]
    if wanted in texts:
        return str(wanted)
    if wanted is None and len(texts) == 1:
        return texts[0]
    found = ", ".join(texts) or "none"
    raise ConfigurationError(
        f"tfds:{name} has these texts: {found}; name one, as in tfds:{name}?column=NAME"
    )
