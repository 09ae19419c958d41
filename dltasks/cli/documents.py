"""Translate documents: one to a file or to standard output, several into a folder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

import click

from dltasks.cli.answer import Answer
from dltasks.cli.endings import ENDINGS
from dltasks.cli.interrupt import raise_from_now_on
from dltasks.cli.output import check_output
from dltasks.durable import write_file
from dltasks.extras import DOCUMENTS, require
from pipelines.errors import ConfigurationError, InputError, MissingExtraError
from pipelines.translation.documents import BINARY, READERS, read_document

ALIKE = {".htm": ".html", ".xhtml": ".html", ".markdown": ".md"}  # endings of one format
UNUSED = ("output_format", "n_best", "align", "alignment_image", "batch_size")


def translate_documents(
    answer: Answer, paths: Sequence[str], load: Callable[[], Any], options: dict[str, Any]
) -> NoReturn:
    """Translate documents, and exit with the right code: one that fails does not stop the others.

    Args:
        answer: of the command.
        paths: of the documents.
        load: gives the pipeline.
        options: of a translation.

    Raises:
        click.UsageError: options have no effect.
        ConfigurationError: the results have no place, or would take that of an input.
    """
    answer.refuse("on a document", *UNUSED)
    places = _choose_places(answer, paths)
    for path, place in zip(paths, places, strict=True):
        check_output(place, [*answer.read, path])
    pipeline = load()
    raise_from_now_on()
    codes = set()
    for path, place in zip(paths, places, strict=True):
        try:
            content, remarks = _translate(pipeline, path, options, answer.declared.doubt)
        except (InputError, MissingExtraError) as error:
            click.echo(f"Error: {error}", err=True)
            codes.add(error.exit_code)
            continue
        for remark in remarks:
            answer.console.say(f"{path}: {remark}")
        if place is None:
            click.echo(content, nl=False)
        else:
            write_file(place, content)
            answer.console.detail(f"{path}: translated into {place}")
    code = codes.pop() if len(codes) == 1 else InputError.exit_code if codes else 0
    click.get_current_context().exit(code)


def check_are_files(paths: Sequence[str], are_files: Sequence[bool]) -> None:
    """Refuse texts and standard input beside documents.

    Args:
        paths: the inputs.
        are_files: whether each is a file.

    Raises:
        ConfigurationError: not all of them are files.
    """
    texts = [path for path, is_file in zip(paths, are_files, strict=True) if not is_file]
    if texts:
        documents = [path for path in paths if path not in texts]
        about = (
            f"{documents[0]} is a document; translate it on its own"
            if documents
            else ("-o is a folder, which takes files; name a file")
        )
        raise ConfigurationError(f"{about}: {texts[0]!r:.60} is not a file")


def _translate(
    pipeline: Any, path: str, options: dict[str, Any], find_doubt: Callable[[Any], str]
) -> tuple[str | bytes, Sequence[str]]:
    ending = Path(path).suffix.lower()
    if ending in BINARY:
        require("lxml", f"{path}: a {ending} file", extra=DOCUMENTS)
    document = read_document(path, target=pipeline.target)
    try:
        results = list(pipeline.stream(document.texts, **options))
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    content = document.fill([result.text for result in results])
    doubts = [doubt for doubt in map(find_doubt, results) if doubt]
    if not doubts:
        return content, document.remarks
    about = f"{len(doubts)} of {len(results)} texts are doubtful; the first {doubts[0]}"
    return content, [*document.remarks, about]


def _choose_places(answer: Answer, paths: Sequence[str]) -> list[Path | None]:
    """Give the file of each result; None is standard output."""
    output = answer.output
    if answer.goes_into_folder or (len(paths) > 1 and output and not output.exists()):
        assert output
        return [*_places_in(output, paths)]
    if len(paths) > 1:
        raise ConfigurationError(
            f"{len(paths)} documents are translated into a folder; name it with -o FOLDER/"
        )
    ending = Path(paths[0]).suffix.lower()
    if output is None and ending in BINARY:
        raise ConfigurationError(
            f"{paths[0]} becomes a {ending} file; name it with -o FILE{ending}"
        )
    wanted = output.suffix.lower() if output else ending
    is_other = ALIKE.get(wanted, wanted) != ALIKE.get(ending, ending)
    if is_other and (wanted in (*ENDINGS, *READERS, ".txt") or ending in BINARY):
        raise ConfigurationError(
            f"{paths[0]} stays a {ending} file, and -o ends in {wanted}; change it"
        )
    return [output]


def _places_in(folder: Path, paths: Sequence[str]) -> list[Path]:
    places = [folder / Path(path).name for path in paths]
    for number, place in enumerate(places):
        first = places.index(place)
        if first < number:
            raise ConfigurationError(
                f"{paths[first]} and {paths[number]} would both become {place}; translate them "
                "into two folders"
            )
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise ConfigurationError(
            f"-o {str(folder)!r} cannot be made a folder: {error.strerror}; name another one"
        ) from None
    return places
