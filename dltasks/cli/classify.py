"""dltasks classify: what images show."""

from __future__ import annotations

from typing import Any

from dltasks.cli.answer import Answer, Answering
from dltasks.cli.output import FORMATS, ResultLayout
from pipelines.options import ClassificationOptions


def _to_text(result: dict[str, Any]) -> str:
    return "\n".join(f"  {label['score']:6.1%}  {label['name']}" for label in result["labels"])


def _to_rows(result: dict[str, Any]) -> list[tuple[Any, ...]]:
    return [
        (rank, label["name"], label["identifier"], f"{label['score']:.6f}")
        for rank, label in enumerate(result["labels"], start=1)
    ]


LAYOUT = ResultLayout(_to_text, ("rank", "label", "identifier", "score"), _to_rows)
ANSWERING = Answering("image-classification", ClassificationOptions, LAYOUT, FORMATS)


@ANSWERING.command()
def classify_command(answer: Answer) -> None:
    """Classify images: print the most probable classes of each.

    INPUT is a file, a folder, a glob, a URL, - for standard input, or @list.txt.

    \b
    dltasks classify photo.jpg
    dltasks classify photos/ --top-k 3 -o classes.csv
    """
    from pipelines.images import SUFFIXES

    options, pipeline = answer.options(), answer.load()
    answer.run(pipeline, answer.expand_files(SUFFIXES), options)
