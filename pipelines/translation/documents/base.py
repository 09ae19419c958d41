"""What every document has, and how those that are text are read and written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Protocol

from pipelines.errors import InputError

BYTE_ORDER_MARK = "\ufeff"
LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+")
LINE_END = re.compile(r"\r\n|\n|\r")
BAD_BYTE = re.compile("[\udc80-\udcff]")  # as "surrogateescape" writes it

Edit = tuple[int, int, str]  # where a text begins and ends, and what takes its place


class Document(Protocol):
    """A document that was read.

    Attributes:
        texts: what is to be translated, in order. Mark-up inside one is written as tags,
            `<x1>...</x1>` and `<x2/>`, and a word that stays as `{x3}`.
        remarks: after `fill`, what a person should know of the result, one line each.
    """

    texts: list[str]
    remarks: list[str]

    def fill(self, translations: Sequence[str]) -> str | bytes:
        """Give the document with the translations in place of its texts."""


def decode(content: bytes, origin: str) -> tuple[str, str]:
    """Give the byte order mark, or "", and the text of a file.

    Raises:
        InputError: it is not UTF-8; names the first bad byte and says how many there are.
    """
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        bad = len(BAD_BYTE.findall(content.decode(errors="surrogateescape")))
        line = content.count(b"\n", 0, error.start) + 1
        raise InputError(
            f"{origin}: not UTF-8 ({bad} bad byte{'s' * (bad > 1)}, the first, "
            f"0x{content[error.start]:02X}, on line {line}); save it as UTF-8"
        ) from None
    if text.startswith(BYTE_ORDER_MARK):
        return BYTE_ORDER_MARK, text[1:]
    return "", text


def split_lines(text: str) -> list[str]:
    """Split a text into lines, each with its break; the parts in order make the text again."""
    return LINE.findall(text)


def without_end(line: str) -> str:
    """Take the break off a line."""
    return line.rstrip("\r\n")


def splice(source: str, edits: Iterable[Edit]) -> str:
    """Put other texts into places of a text; the places are apart."""
    parts, done = [], 0
    for start, end, text in sorted(edits):
        parts += [source[done:start], text]
        done = end
    return "".join([*parts, source[done:]])


def has_letters(text: str) -> bool:
    """Tell whether there is something to translate."""
    return any(letter.isalpha() for letter in text)
