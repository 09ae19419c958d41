"""INPUT arguments that are text, and documents that keep their structure."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from dltasks.cli.inputs import STANDARD_INPUT, open_standard_input, read_standard_input
from dltasks.cli.lines import read_lines, stream_lines
from dltasks.data.texts import Passage, check_text, chunks, find_encoding_of_text
from pipelines.bundle.reading import NOT_A_FILE, check_regular, read_regular
from pipelines.errors import ConfigurationError, InputError
from pipelines.translation.documents import READERS, REFUSED

FILE_NAME = re.compile(r"(?!.*://)\S+\.[A-Za-z]\w{0,4}")  # not an address


def is_document(argument: str) -> bool:
    """Tell whether an argument is a file that is not read line by line."""
    return Path(argument).suffix.lower() in READERS.keys() | REFUSED.keys() and is_file(argument)


def expand_globs(arguments: Iterable[str]) -> Iterator[str]:
    """Give the files of arguments such as "*.srt"; what matches no file stays as it is."""
    for argument in arguments:
        is_glob = glob.has_magic(argument) and FILE_NAME.fullmatch(argument)
        if is_glob and not is_file(argument):
            yield from sorted(glob.glob(argument, recursive=True)) or [argument]  # noqa: PTH207
        else:
            yield argument


def expand_texts(
    arguments: Iterable[str], say: Callable[[str], None]
) -> Iterator[list[str | bytes]]:
    """Give the texts of arguments in groups: of a file, each line.

    The lines of standard input come as they are written; all else is one group before or after.
    An argument that looks like a file name but is no file is used as text, with a message.

    Args:
        arguments: texts, names of files, and "-" for standard input.
        say: shows a message.

    Raises:
        ConfigurationError: standard input is closed, or an argument is a folder or a named pipe.
    """
    groups: list[list[str | bytes] | BinaryIO] = [[]]
    for argument in expand_globs(arguments):
        if argument == STANDARD_INPUT:
            groups += [open_standard_input().buffer, []]
            continue
        last = groups[-1]
        assert isinstance(last, list)
        if is_file(argument):
            last += read_lines(Path(argument))
        else:
            if FILE_NAME.fullmatch(argument):
                say(f"{argument!r}: no such file, so it is used as text")
            last.append(argument)
    return _in_order(groups)


def _in_order(groups: Iterable[list[str | bytes] | BinaryIO]) -> Iterator[list[str | bytes]]:
    for group in groups:
        if not isinstance(group, list):
            for lines in stream_lines(group):
                yield [*lines]
        elif group:
            yield group


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
    if not is_file(argument):
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


def is_file(argument: str) -> bool:
    """Tell whether an argument is a file.

    Raises:
        ConfigurationError: it is a folder, a named pipe or a device.
    """
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
    if os.path.isdir(argument):  # noqa: PTH112  pathlib's raises where a text is too long
        raise ConfigurationError(
            f"{argument!r} is a folder; name its files, such as {os.path.join(argument, '*.txt')!r}"  # noqa: PTH118
        )
    return os.path.isfile(argument)  # noqa: PTH113  pathlib's raises where a text is too long
