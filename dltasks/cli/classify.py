"""dltasks classify: what images show."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import click

from dltasks.cli import options as shared
from dltasks.cli.answer import Answer, Answering
from dltasks.cli.output import FORMATS, MakeWriter, ResultLayout
from pipelines.options import ClassificationOptions


def _to_text(result: dict[str, Any]) -> str:
    from pipelines.image_classification.results import NO_LABEL, NOTHING_KNOWN

    lines = [f"  {label['score']:6.1%}  {label['name']}" for label in result["labels"]]
    nothing = NOTHING_KNOWN if result["unlike_training"] else NO_LABEL
    return "\n".join(lines or [f"  {nothing}"])


def _to_rows(result: dict[str, Any]) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = [
        (rank, label["name"], label["identifier"], f"{label['score']:.6f}")
        for rank, label in enumerate(result["labels"], start=1)
    ]
    return rows or [("", "", "", "")]


def _doubt(result: Any) -> str:
    """Say that an image has no label, or is unlike what the model was trained on."""
    from pipelines.image_classification.results import NO_LABEL, NOTHING_KNOWN

    if not result.unlike_training:
        return "" if result.labels else f"{NO_LABEL}; --top-k 3 shows the likeliest"
    remedy = "" if result.labels else "; --no-reject gives its likeliest classes"
    return f"{NOTHING_KNOWN}{remedy}"


LAYOUT = ResultLayout(_to_text, ("rank", "label", "identifier", "score"), _to_rows)
ANSWERING = Answering("image-classification", ClassificationOptions, LAYOUT, FORMATS, doubt=_doubt)


@ANSWERING.command(
    shared.picture("--explain", "Draw where in the image the network saw its first class."),
    click.Option(
        ["--embeddings"],
        type=click.Path(dir_okay=False, path_type=Path),
        help="Write the features of the images, float32 [image, feature], to a .npy file, and the "
        "input of each row to a .json file beside it.",
    ),
)
def classify_command(answer: Answer, explain: Path | None, embeddings: Path | None) -> None:
    """Classify images: print the most probable classes of each.

    INPUT is a file, a folder, a glob, a URL, - for standard input, or @list.txt.

    \b
    dltasks classify photo.jpg
    dltasks classify photos/ --top-k 3 -o classes.csv
    dltasks classify photo.jpg --explain seen.png
    dltasks classify photos/ --embeddings photos.npy
    """
    from pipelines.images import SUFFIXES

    options, pipeline = answer.options(), answer.load()
    files = answer.expand_files(SUFFIXES)
    if explain is None and embeddings is None:
        answer.run(pipeline, files, options)
    answer.run(
        pipeline.inspection(explains=explain is not None),
        files,
        options,
        picture=None if explain is None else shared.Picture("--explain", explain, _draw),
        prepare=lambda inspected: inspected.classification,
        writer=None if embeddings is None else _with_embeddings(answer, embeddings, explain),
    )


def _draw(source: Any, inspected: Any) -> Any:
    return inspected.explanation.draw()


def _with_embeddings(answer: Answer, path: Path, explain: Path | None) -> MakeWriter:
    """Write results in the format of the command, and features to a file."""
    from dltasks.cli.embeddings import EmbeddingsWriter, check_embeddings

    check_embeddings(path, answer.output, [*answer.read, explain])
    return partial(EmbeddingsWriter, path, answer.output_format, answer.console.say)
