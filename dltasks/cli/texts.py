"""INPUT arguments that are text, and documents that keep their structure."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from dltasks.cli.inputs import STANDARD_INPUT, read_standard_input
from dltasks.data.texts import Passage, check_text, chunks, find_encoding_of_text
from pipelines.bundle.reading import NOT_A_FILE, check_regular, read_regular
from pipelines.errors import ConfigurationError, InputError
from pipelines.translation.documents import READERS

FILE_NAME = re.compile(r"(?!.*://)\S+\.[A-Za-z]\w{0,4}")  # not an address


def is_document(argument: str) -> bool:
    """Tell whether an argument is a file with a structure to keep."""
    return Path(argument).suffix.lower() in READERS and _is_file(argument)


def expand_texts(arguments: Iterable[str], say: Callable[[str], None]) -> Iterator[str | bytes]:
    """Give the texts of arguments: of a file and of standard input, each line.

    A line that is not UTF-8 is given as bytes, for the pipeline to refuse. An argument that looks
    like a file name but is no file is used as text, with a message.
    """
    for argument in arguments:
        if argument == STANDARD_INPUT:
            yield from _lines(read_standard_input())
        elif _is_file(argument):
            yield from _lines(Path(argument).read_bytes())
        else:
            if FILE_NAME.fullmatch(argument):
                say(f"{argument!r}: no such file, so it is used as text")
            yield argument


def read_whole(argument: str) -> str:
    """Give the text of an argument as a whole: of a file, of standard input, or its own.

    Raises:
        InputError: the file is binary, or of no encoding that can be told.
    """
    if argument == STANDARD_INPUT:
        try:
            return read_standard_input().decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise InputError(f"<stdin>: not UTF-8 ({error.reason}); convert it first") from None
    if not _is_file(argument):
        return argument
    passage = Passage(argument, "", encoding=find_encoding_of_text(Path(argument)))
    check_text(passage)
    return "".join(chunks(passage))


def read_glossary(path: Path) -> dict[str, str]:
    """Read a TSV of terms and what each has to become.

    Raises:
        ConfigurationError: it cannot be read, or a line has no second column.
    """
    try:
        text = read_regular(path).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8"
        raise ConfigurationError(f"glossary {str(path)!r} cannot be read: {reason}") from None
    terms = {}
    for number, line in enumerate(text.splitlines(), start=1):
        term, _, meaning = (column.strip() for column in line.partition("\t"))
        if line.strip() and not (term and meaning):
            raise ConfigurationError(
                f"{path.name} line {number}: {line!r} is not a term, a tab, and its translation"
            )
        if term:
            terms[term] = meaning
    return terms


def _lines(content: bytes) -> Iterator[str | bytes]:
    for line in content.removeprefix(b"\xef\xbb\xbf").split(b"\n")[: _count(content)]:
        whole = line.removesuffix(b"\r")
        try:
            yield whole.decode()
        except UnicodeDecodeError:
            yield whole


def _count(content: bytes) -> int:
    """Count lines; the last one may lack its break."""
    return content.count(b"\n") + (not content.endswith(b"\n") and bool(content))


def _is_file(argument: str) -> bool:
    try:
        check_regular(Path(argument))
    except OSError as error:
        if error.strerror == NOT_A_FILE:
            raise ConfigurationError(
                f"{argument}: {NOT_A_FILE}; use {STANDARD_INPUT} for standard input"
            ) from None
        return False
    except ValueError:  # a NUL
        return False
    return os.path.isfile(argument)  # noqa: PTH113  pathlib's raises where a text is too long
