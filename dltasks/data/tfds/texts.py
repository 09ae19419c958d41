"""Texts of TensorFlow Datasets, written out once as JSON lines by split."""

from __future__ import annotations

import json
from pathlib import Path

from dltasks.data.tfds.source import TfdsSource, open_source


def export_texts(name: str, column: str | None) -> Path:
    """Write the texts of a data set of TensorFlow Datasets to the cache, once.

    Args:
        name: as `open_source` takes it ("tiny_shakespeare", "imdb_reviews/plain_text@train[:10%]").
        column: the feature that is the text; None takes the only one that is text.

    Returns:
        A folder with train.jsonl and, where there are such splits, valid.jsonl and test.jsonl;
        with train.jsonl alone for a part.

    Raises:
        ConfigurationError: the data set is unknown, or it does not say which text is meant.
        MissingExtraError: tensorflow-datasets is not installed.
    """
    source = open_source(name)
    column = _choose_column(source, column)

    def write(folder: Path) -> None:
        for split, ours in source.splits():
            with (folder / f"{ours}.jsonl").open("a", encoding="utf-8") as table:
                for record in source.records(split):
                    text = record[column].decode("utf-8", "surrogateescape")
                    table.write(json.dumps({"text": text}) + "\n")

    return source.write_once(f"tfds-texts/{column}", write)


def _choose_column(source: TfdsSource, wanted: str | None) -> str:
    text = source.tfds.features.Text
    texts = [key for key, kind in source.features.items() if isinstance(kind, text)]
    if wanted in texts:
        return str(wanted)
    if wanted is None and len(texts) == 1:
        return texts[0]
    found = ", ".join(texts) or "none"
    raise source.error(f"has these texts: {found}; name one, as in tfds:{source.name}?column=NAME")
