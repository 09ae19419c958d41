"""dltasks read: handwriting in pictures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dltasks.cli import options as shared
from dltasks.cli.answer import Answer, Answering
from dltasks.cli.output import FORMATS, TEXT_FORMATS, ResultLayout
from dltasks.cli.pages.layouts import lay_out, layout_option
from dltasks.cli.pages.numbers import PageNumbers, pages_option
from pipelines.options import ReadingOptions


def _to_text(result: dict[str, Any]) -> str:
    lines: list[str] = []
    for line in result["lines"]:
        lines.append(f"  {_confidence(line):6.1%}  {line['text']}")
        lines += [f"          {text}" for text in line["alternatives"]]
    return "\n".join(lines)


def _to_rows(result: dict[str, Any]) -> list[tuple[Any, ...]]:
    return [
        (number, rank, *line["box"], f"{_confidence(line):.6f}", text)
        for number, line in enumerate(result["lines"], start=1)
        for rank, text in enumerate((line["text"], *line["alternatives"]), start=1)
    ]


def _confidence(line: dict[str, Any]) -> float:
    """A line is as sure as its least sure word; one without words is surely blank."""
    return min((word["confidence"] for word in line["words"]), default=1.0)


COLUMNS = ("line", "rank", "left", "top", "right", "bottom", "confidence", "text")
ANSWERING = Answering(
    "handwriting",
    ReadingOptions,
    ResultLayout(_to_text, COLUMNS, _to_rows, has_pages=True),
    TEXT_FORMATS,
    replaced=["layout"],
    shows=lambda options: FORMATS if options["n_best"] > 1 else TEXT_FORMATS,
    doubt=lambda result: "" if result.text else "no writing found",
)


@ANSWERING.command(
    layout_option(),
    pages_option(),
    shared.picture("--annotate", "Draw lines and texts into a copy of the picture."),
)
def read_command(
    answer: Answer, layout: str | Path, pages: PageNumbers | None, annotate: Path | None
) -> None:
    """Read handwriting in pictures of lines or pages, in PDFs, and in TIFFs of several pages.

    INPUT is a file, a folder, a glob, a URL, - for standard input, or @list.txt.

    \b
    dltasks read letter.jpg
    dltasks read letter.pdf --pages 2-5
    dltasks read scans/ --layout page -o letters.jsonl
    """
    options = answer.options(layout="auto" if isinstance(layout, Path) else layout)
    sources = _open_pages(answer, layout, pages)
    picture = None if annotate is None else shared.Picture("--annotate", annotate, _draw)
    answer.run(answer.load(), sources, options, picture=picture)


def _open_pages(answer: Answer, layout: str | Path, pages: PageNumbers | None) -> Iterator[Any]:
    """Give one group of pages, which are opened as they are asked for."""
    from dltasks.cli.pages.inputs import check_extras, expand_pages
    from pipelines.images import DOCUMENT_SUFFIXES, SUFFIXES

    files = answer.expand_files(SUFFIXES | DOCUMENT_SUFFIXES)
    check_extras(files)
    sources = expand_pages(files, pages)
    if isinstance(layout, Path):
        answer.read.append(layout)
        return iter([[lay_out(list(sources), layout)]])
    return iter([sources])


def _draw(source: Any, result: Any) -> Any:
    from pipelines.handwriting.annotation import annotate

    if hasattr(source, "seek"):  # standard input was read to its end
        source.seek(0)
    return annotate(source, [(line.box, line.text) for line in result.lines])
