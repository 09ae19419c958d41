"""Translate the texts of documents and keep their structure: .srt and .po files."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from os import PathLike
from pathlib import Path
from typing import Protocol

from pipelines.bundle.reading import read_regular
from pipelines.errors import InputError

MOST_LETTERS_PER_LINE = 42  # of a subtitle, as is usual for television


class Document(Protocol):
    """A document that was read.

    Attributes:
        texts: what is to be translated, in order.
    """

    texts: list[str]

    def fill(self, translations: Sequence[str]) -> str:
        """Give the document with the translations in place of its texts."""


class Subtitles:
    """An .srt file: numbers and times stay.

    The lines of a subtitle are one text, broken again where it gets too long; lines that begin
    with a dash are what different people say.
    """

    def __init__(self, content: bytes, origin: str) -> None:
        import srt

        try:
            self._subtitles = list(srt.parse(_decode(content, origin)))
        except (srt.SRTParseError, srt.TimestampParseError, OverflowError) as error:
            reason = str(error).splitlines()[0]
            raise InputError(f"{origin}: not subtitles: {reason}; fix it") from None
        self._parts = [_join_lines(item.content) for item in self._subtitles]
        self.texts = [text for parts in self._parts for text in parts]

    def fill(self, translations: Sequence[str]) -> str:
        import srt

        said = iter(translations)
        for item, parts in zip(self._subtitles, self._parts, strict=True):
            item.content = "\n".join(_break_line(next(said)) for _ in parts)
        return str(srt.compose(self._subtitles, reindex=False))


class Messages:
    """A .po file: messages that have no translation yet get one, marked as fuzzy for a review."""

    def __init__(self, content: bytes, origin: str) -> None:
        import polib

        text = _decode(content, origin)
        try:
            # polib takes a text that names a file for its path; no path ends in a line break.
            self._file = polib.pofile(f"{text}\n")
        except OSError as error:
            raise InputError(f"{origin}: not a catalogue of messages: {error}; fix it") from None
        self._entries = [
            entry
            for entry in self._file
            if not entry.translated() and not entry.obsolete and not entry.fuzzy
        ]
        self.texts = []
        for entry in self._entries:
            self.texts += [entry.msgid, entry.msgid_plural] if entry.msgid_plural else [entry.msgid]

    def fill(self, translations: Sequence[str]) -> str:
        said = iter(translations)
        for entry in self._entries:
            entry.flags.append("fuzzy")
            if not entry.msgid_plural:
                entry.msgstr = next(said)
                continue
            singular, plural = next(said), next(said)
            forms = sorted(entry.msgstr_plural) or [0, 1]
            entry.msgstr_plural = {form: plural if form else singular for form in forms}
        return f"{self._file}\n"


READERS: dict[str, Callable[[bytes, str], Document]] = {".srt": Subtitles, ".po": Messages}


def read_document(path: str | PathLike[str]) -> Document:
    """Read a document whose ending is one of READERS.

    Raises:
        InputError: it cannot be read, is damaged, or is of another kind.
    """
    file = Path(path)
    reader = READERS.get(file.suffix.lower())
    if reader is None:
        raise InputError(f"{file}: must end in one of {', '.join(READERS)}")
    try:
        content = read_regular(file)
    except OSError as error:
        raise InputError(f"{file}: cannot be read: {error.strerror}") from None
    return reader(content, str(file))


def _decode(content: bytes, origin: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{origin}: not UTF-8 ({error.reason}); save it as UTF-8") from None


def _join_lines(content: str) -> list[str]:
    """Give the texts of a subtitle."""
    texts: list[str] = []
    for line in content.splitlines():
        if texts and not line.lstrip().startswith(("-", "–", "—")):
            texts[-1] = f"{texts[-1]} {line.strip()}"
        else:
            texts.append(line.strip())
    return texts


def _break_line(text: str) -> str:
    """Break a text into lines of about the same length."""
    if not text.strip():
        return text
    count = -(-len(text) // MOST_LETTERS_PER_LINE)
    width = MOST_LETTERS_PER_LINE if count == 1 else max(len(text) // count + 8, 20)
    return "\n".join(textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False))
