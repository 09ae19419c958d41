"""Where pages go: into one file, onto standard output, or into a folder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import islice
from typing import Any, NoReturn

from dltasks.cli.answer import Answer
from dltasks.cli.options import Picture
from dltasks.cli.pages.files import choose_sink, write_pages
from dltasks.cli.pages.formats import FILE_ENDINGS, ONE_PAGE_A_FILE, PAGE_FORMATS, PDF_FORMAT
from dltasks.cli.pages.hocr_writer import HocrWriter
from pipelines.errors import ConfigurationError


def write_or_run(
    answer: Answer,
    files: Sequence[Any],
    sources: Iterator[Any],
    options: dict[str, Any],
    picture: Picture | None,
) -> NoReturn:
    """Read pages, write them in the format of the command, and exit with the right code.

    Args:
        answer: of the command.
        files: the inputs.
        sources: their pages, which are opened as they are asked for.
        options: of its `options`.
        picture: what is drawn of the one page, and where to.

    Raises:
        ConfigurationError: the output does not suit the format or the number of pages.
    """
    form, into_folder = answer.output_format, answer.goes_into_folder
    if form in PAGE_FORMATS and _is_new_folder(answer, files):
        into_folder = True
    if into_folder and form not in FILE_ENDINGS:
        raise ConfigurationError(
            f"-o {str(answer.output)!r} is a folder, and --format {form} writes one file; name a "
            f"file, or use --format {', '.join(FILE_ENDINGS)}"
        )
    if form in ONE_PAGE_A_FILE and not into_folder:
        sources = _check_is_one(form, files, sources)
    if into_folder or form == PDF_FORMAT or form in ONE_PAGE_A_FILE:
        sink = choose_sink(answer, form, files, into_folder)
        write_pages(answer, answer.load(), sources, options, sink, picture)
    writer = partial(HocrWriter, answer.output) if form == "hocr" else None
    answer.run(answer.load(), iter([sources]), options, picture=picture, writer=writer)


def _is_new_folder(answer: Answer, files: Sequence[Any]) -> bool:
    """Tell whether the output, which is not there, has to be a folder: for several inputs."""
    output = answer.output
    return bool(len(files) > 1 and output and not output.suffix and not output.exists())


def _check_is_one(form: str, files: Sequence[Any], sources: Iterator[Any]) -> Iterator[Any]:
    """Give the pages again, if there is only one.

    Raises:
        ConfigurationError: there are several.
    """
    first = list(islice(sources, 2)) if len(files) == 1 else []
    if len(files) > 1 or len(first) > 1:
        raise ConfigurationError(
            f"--format {form} writes a file for each page, and there are several; name a folder "
            "with -o FOLDER/"
        )
    return iter(first)
