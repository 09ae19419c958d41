"""dltasks similar: images like another one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from dltasks.cli.answer import Answer, Answering
from dltasks.cli.output import FORMATS, ResultLayout
from pipelines.errors import InputError
from pipelines.options import SimilarityOptions


def _to_text(result: dict[str, Any]) -> str:
    return "\n".join(
        f"  {image['similarity']:6.3f}  {image['file']}" for image in result["similar"]
    )


def _to_rows(result: dict[str, Any]) -> list[tuple[Any, ...]]:
    return [
        (rank, image["file"], f"{image['similarity']:.6f}")
        for rank, image in enumerate(result["similar"], start=1)
    ]


LAYOUT = ResultLayout(_to_text, ("rank", "file", "similarity"), _to_rows)
ANSWERING = Answering("image-classification", SimilarityOptions, LAYOUT, FORMATS, name="similar")


@ANSWERING.command(
    click.Option(
        ["--in", "collection"],
        multiple=True,
        required=True,
        help="Images to search: a file, a folder, a glob or @list.txt. May be repeated.",
    ),
)
def similar_command(answer: Answer, collection: tuple[str, ...]) -> None:
    """Find the images of a collection that are most like each INPUT.

    Images are compared by the features of a classifier: 1 is the same direction, 0 has nothing in
    common. The query itself is left out. INPUT is a file, a folder, a glob, a URL, - for standard
    input, or @list.txt.

    \b
    dltasks similar query.jpg --in photos/
    dltasks similar query.jpg --in photos/ --top 20 --format json
    """
    from pipelines.image_classification.similarity import ImageSimilarity
    from pipelines.images import SUFFIXES

    options, inspection = answer.options(), answer.load().inspection()
    queries = answer.expand_files(SUFFIXES)
    images = answer.expand_files(SUFFIXES, collection)
    answer.check_output()
    files, features, failed = _embed(answer, inspection, images)
    answer.run(ImageSimilarity(inspection, files, features), queries, options, failed=failed)


def _embed(answer: Answer, inspection: Any, sources: Sequence[Any]) -> tuple[list[str], Any, int]:
    """Give the names and the features of images, and the exit code of those that failed.

    Raises:
        InputError: not one can be read.
    """
    import numpy as np

    records = answer.make_records(inspection, lambda inspected: inspected.classification)
    names, rows = [], []
    for source, result in answer.stream(inspection, sources, {}):
        record = records.make(source, result)
        if record.answer is not None:
            names.append(record.name)
            rows.append(record.answer.features)
    if not rows:
        raise InputError("--in: not one image of it can be read; name others")
    return names, np.stack(rows), records.exit_code
