"""The lines of files and of standard input, with what stands around them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import click

from dltasks.data.encodings import find_encoding

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
LINE = re.compile(rb"([^\r\n]*+)(\r\n|\n|\r)|([^\r\n]++)")
WIDE = ("utf-16", "utf-32")  # encodings in which no byte is a letter
CHUNK = 1 << 16  # bytes read from standard input at a time, or as many as are there
BAD_BYTE = re.compile("[\udc80-\udcff]")  # as "surrogateescape" writes it


class Line(str):
    """A line that is a text.

    Attributes:
        before: a byte order mark, or "".
        end: the break that ends it, or "".
    """

    before: str = ""
    end: str = "\n"


class BadLine(bytes):
    """A line that is not UTF-8, for the pipeline to refuse.

    Attributes:
        name: of the line, in results.
        before: a byte order mark, or "".
        end: the break that ends it, or "".
        is_told: whether a message about its file has been shown.
    """

    name: str = "<bytes>"
    before: str = ""
    end: str = "\n"
    is_told: bool = False


AnyLine = Line | BadLine


def read_lines(path: Path) -> list[AnyLine]:
    """Give the lines of a file; what is wrong with it is told once.

    Raises:
        OSError: it cannot be read.
    """
    content = path.read_bytes()
    lines = list(split_lines(content))
    bad = [line for line in lines if isinstance(line, BadLine)]
    if not bad and b"\0" not in content:
        return lines
    found = find_encoding(path)
    what = ""
    if found.name.startswith(WIDE):
        what = f"{found.label}, not UTF-8; save it as UTF-8"
    elif b"\0" in content:
        what = "has NUL characters in it; is it a binary file?"
    if what:
        click.echo(f"Error: {path}: {what}", err=True)
        return _tell([_bad_line(content, b"")], path)
    bytes_bad, first, number = _count_bad(content)
    like = f"; it may be {found.name}" if found.name else ""
    lines_bad = "this line stays" if len(bad) == 1 else f"these {len(bad)} lines stay"
    click.echo(
        f"Error: {path}: not UTF-8 ({bytes_bad} bad byte{'s' * (bytes_bad > 1)}, the first, "
        f"0x{first:02X}, on line {number}{like}); {lines_bad} empty; save it as UTF-8",
        err=True,
    )
    return _tell(lines, path)


def stream_lines(file: BinaryIO) -> Iterator[list[AnyLine]]:
    """Give the lines of a file that is still being written, as many at a time as are there."""
    pending, is_first = b"", True
    read = getattr(file, "read1", file.read)
    while chunk := read(CHUNK):
        pending += chunk
        # Behind a \r there may come a \n.
        whole = max(pending.rfind(b"\n"), pending.rfind(b"\r", 0, len(pending) - 1)) + 1
        if whole:
            yield list(split_lines(pending[:whole], may_have_mark=is_first))
            pending, is_first = pending[whole:], False
    if pending:
        yield list(split_lines(pending, may_have_mark=is_first))


def split_lines(content: bytes, *, may_have_mark: bool = True) -> Iterator[AnyLine]:
    """Give the lines of a content, each with its break."""
    has_mark = may_have_mark and content.startswith(BYTE_ORDER_MARK)
    start = len(BYTE_ORDER_MARK) * has_mark
    for match in LINE.finditer(content, start):
        text, end = (match[1], match[2]) if match[3] is None else (match[3], b"")
        line: AnyLine
        try:
            line = Line(text.decode())
            line.end = end.decode()
        except UnicodeDecodeError:
            line = _bad_line(text, end)
        if has_mark and match.start() == start:
            line.before = BYTE_ORDER_MARK.decode()
        yield line


def _bad_line(text: bytes, end: bytes) -> BadLine:
    line = BadLine(text)
    line.end = end.decode()
    return line


def _tell(lines: Sequence[AnyLine], path: Path) -> list[AnyLine]:
    """Note that a message about the bad lines has been shown."""
    for number, line in enumerate(lines, start=1):
        if isinstance(line, BadLine):
            line.name, line.is_told = f"{path} line {number}", True
    return list(lines)


def _count_bad(content: bytes) -> tuple[int, int, int]:
    """Count the bad bytes; give the first one, and its line."""
    text = content.decode(errors="surrogateescape")
    first = BAD_BYTE.search(text)
    assert first
    number = 1 + len(re.findall(r"\r\n|\n|\r", text[: first.start()]))
    return len(BAD_BYTE.findall(text)), ord(first[0]) - 0xDC00, number


def texts_of(groups: Iterable[Sequence[str | bytes]]) -> list[str | bytes]:
    """Give all texts of groups."""
    return [text for group in groups for text in group]
