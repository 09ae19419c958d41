"""dltasks read: handwriting in pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dltasks.cli import options as shared
from dltasks.cli.answer import Answer, Answering
from dltasks.cli.output import FORMATS, TEXT_FORMATS, ResultLayout
from dltasks.cli.pages.formats import ENDINGS, PAGE_FORMATS, SHOW_OTHER_TEXTS
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


def _doubt(result: Any) -> str:
    """Say that nothing was found, that a page lies on its side, or that little of it is sure."""
    sure = [word.confidence >= SURE for line in result.lines for word in line.words]
    if not sure:
        return "no writing found"
    doubts = []
    if result.turned:
        doubts.append(f"turned to the left by {result.turned} degrees, and read upright")
    if sum(sure) < len(sure) / 2:
        doubts.append(f"only {sum(sure)} of {len(sure)} words are sure; it may not be readable")
    return "; ".join(doubts)


# Of the words of readable pages, 60 to 90 % have at least this confidence; of nonsense, under 40 %.
SURE = 0.3
COLUMNS = ("line", "rank", "left", "top", "right", "bottom", "confidence", "text")


def _formats_that_show(options: dict[str, Any]) -> tuple[str, ...]:
    if options["n_best"] > 1:
        return (*FORMATS, *SHOW_OTHER_TEXTS)
    return (*TEXT_FORMATS, *PAGE_FORMATS)


ANSWERING = Answering(
    "handwriting",
    ReadingOptions,
    ResultLayout(_to_text, COLUMNS, _to_rows, has_pages=True),
    (*TEXT_FORMATS, *PAGE_FORMATS),
    replaced=["layout"],
    shows=_formats_that_show,
    doubt=_doubt,
    endings=ENDINGS,
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

    INPUT is a file, a folder, a glob, a URL, - for standard input, or @list.txt. With -o FOLDER/,
    each page becomes a file there, in the formats text, page, alto and hocr; in pdf, each input.

    \b
    dltasks read letter.jpg
    dltasks read letter.pdf --pages 2-5 -o searchable.pdf
    dltasks read scans/ --layout page -o letters.jsonl
    dltasks read scans/ --format alto -o alto/
    """
    from dltasks.cli.pages.inputs import check_extras, expand_pages
    from dltasks.cli.pages.output import write_or_run
    from pipelines.images import DOCUMENT_SUFFIXES, SUFFIXES

    is_given = isinstance(layout, Path)
    options = answer.options(layout="auto" if is_given else layout)
    answer.read += [layout] if is_given else []
    files = answer.expand_files(SUFFIXES | DOCUMENT_SUFFIXES)
    check_extras(files)
    sources = expand_pages(files, pages)
    if isinstance(layout, Path):
        sources = iter([lay_out(list(sources), layout)])
    picture = None if annotate is None else shared.Picture("--annotate", annotate, _draw)
    write_or_run(answer, files, sources, options, picture)


def _draw(source: Any, result: Any) -> Any:
    from pipelines.handwriting.annotation import annotate

    return annotate(source, result)
