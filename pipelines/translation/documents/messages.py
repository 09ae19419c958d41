"""Catalogues of messages (.po): gettext's files, read with polib.

The lines of the file stay; those of the translations that it lacks are replaced.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pipelines.errors import InputError
from pipelines.translation.documents.base import LINE_END, decode, split_lines
from pipelines.translation.documents.inline import Inline, Item, Kind, Mark
from pipelines.translation.documents.passages import Passages
from pipelines.translation.documents.placeholders import changed_placeholders

MARKUP = re.compile(r"(</?[A-Za-z][^<>]*+>)")
TAG_NAME = re.compile(r"</?([A-Za-z][\w:-]*)")
ALONE = frozenset({"br", "hr", "img", "input", "wbr"})
EDGES = re.compile(r"(\n*)(.*?)(\n*)\Z", re.DOTALL)
FORMS = re.compile(r"\s*nplurals\s*=\s*(\d+)\s*;\s*plural\s*=\s*([^;]+)")
MOST_FORMS = 10  # of a language; Arabic has 6
CHARSET = re.compile(r"charset=([\w.:-]+)", re.IGNORECASE)
CHARSETS = frozenset({"utf-8", "utf8", "ascii", "us-ascii", "charset"})  # the last is a template's
BEGINS_MESSAGE = re.compile(r"\s*(?:#\||msgctxt\b|msgid\b)")
TRANSLATION = re.compile(r"\s*msgstr\b")
CONTINUED = re.compile(r'\s*"')
SHOWN = 40  # characters of a message in a remark


@dataclass(frozen=True)
class Message:
    """A message without a translation.

    Attributes:
        lines: where the entry is: its first line, and the line behind its last one.
        forms: the number of each form that has no translation, and its text; None stands for the
            one form of a message without a plural.
    """

    lines: tuple[int, int]
    forms: tuple[tuple[int | None, int], ...]


class Messages:
    """A catalogue whose untranslated messages get a translation, marked as fuzzy for a review.

    Args:
        content: of the file.
        origin: its name.

    Raises:
        InputError: it is damaged, or is something else.
    """

    def __init__(self, content: bytes, origin: str) -> None:
        self.remarks: list[str] = []
        self._origin = origin
        self._mark, text = decode(content, origin)
        self._lines = split_lines(text)
        end = LINE_END.search(text)
        self._end = end[0] if end else "\n"
        file = _parse(text, origin)
        self._count, self._singular = _read_forms(file.metadata.get("Plural-Forms", ""))
        self._passages = Passages()
        self._sources: list[str] = []
        self._inlines: list[Inline | None] = []  # of the sources; None for one that stays
        self._messages = list(self._find(file))
        self.texts = self._passages.texts

    def fill(self, translations: Sequence[str]) -> str:
        self.remarks = []
        restored = iter(self._passages.restore(translations, self.remarks))
        said = [
            source if inline is None else self._finish(source, next(restored))
            for source, inline in zip(self._sources, self._inlines, strict=True)
        ]
        lines = list(self._lines)
        for message in reversed(self._messages):
            self._write(message, said, lines)
        return self._mark + "".join(lines)

    def _find(self, file: Any) -> Iterator[Message]:
        entries = sorted(file, key=lambda entry: int(entry.linenum))
        starts = [max(entry.linenum - 1, 0) for entry in entries]
        ends = [*starts[1:], len(self._lines)][: len(starts)]
        for entry, start, end in zip(entries, starts, ends, strict=True):
            if entry.obsolete or entry.fuzzy or entry.translated() or not entry.msgid.strip():
                continue
            yield Message((start, end), tuple(self._forms(entry)))

    def _forms(self, entry: Any) -> Iterator[tuple[int | None, int]]:
        if not entry.msgid_plural:
            yield None, self._add(entry.msgid)
            return
        count = self._count or max(len(entry.msgstr_plural), 1)
        singular = self._add(entry.msgid) if count > 1 else -1
        plural = self._add(entry.msgid_plural)
        for form in range(count):
            there = entry.msgstr_plural.get(form, "")
            if there:
                yield form, self._add(there, stays=True)
            else:
                yield form, singular if count > 1 and form == self._singular else plural

    def _add(self, source: str, *, stays: bool = False) -> int:
        match = EDGES.match(source)
        assert match
        self._inlines.append(None if stays else self._passages.add(_take_apart(match[2])))
        self._sources.append(source)
        return len(self._sources) - 1

    def _finish(self, source: str, items: Sequence[Item]) -> str:
        """Give a translation as it is written; "" where its placeholders are not the source's."""
        match = EDGES.match(source)
        assert match
        text = "".join(item.raw if isinstance(item, Mark) else item for item in items)
        changed = changed_placeholders(source, text)
        if changed:
            shown = " ".join(source.split())[:SHOWN]
            self.remarks.append(
                f"{shown!r} is left empty: its translation has not the same {', '.join(changed)}"
            )
            return ""
        return f"{match[1]}{text.strip(chr(10))}{match[3]}"

    def _write(self, message: Message, said: Sequence[str], lines: list[str]) -> None:
        """Replace the translation of a message in the lines of the file."""
        start, end = message.lines
        if not all(said[number] for _, number in message.forms):
            return
        own = lines[start:end]
        first = next((at for at, line in enumerate(own) if TRANSLATION.match(line)), None)
        if first is None:
            return
        last = first + 1
        while last < len(own) and (TRANSLATION.match(own[last]) or CONTINUED.match(own[last])):
            last += 1
        written = [
            line
            for form, number in message.forms
            for line in _to_lines("msgstr" if form is None else f"msgstr[{form}]", said[number])
        ]
        ended = own[last - 1].endswith(("\r", "\n"))
        text = self._end.join(written) + (self._end if ended else "")
        lines[start:end] = [*_as_fuzzy(own[:first], self._end), text, *own[last:]]


def _parse(text: str, origin: str) -> Any:
    import polib

    try:
        # polib takes a text that names a file for its path; no path ends in a line break.
        file = polib.pofile(f"{text}\n")
    except (OSError, ValueError, IndexError, KeyError, AttributeError) as error:
        raise InputError(f"{origin}: not a catalogue of messages: {error}; fix it") from None
    charset = CHARSET.search(file.metadata.get("Content-Type", ""))
    if charset and charset[1].lower() not in CHARSETS:
        raise InputError(
            f"{origin}: its header says charset={charset[1]}; save it as UTF-8, and say so there"
        )
    return file


def _read_forms(header: str) -> tuple[int, int]:
    """Give the number of forms, 0 where it is not known, and the form of one thing."""
    from gettext import c2py

    match = FORMS.match(header)
    if not match or not 1 <= int(match[1][:4]) <= MOST_FORMS:
        return 0, 0
    try:
        choose: Callable[[int], int] = c2py(match[2].strip())
        return int(match[1]), int(choose(1))
    except (ValueError, ArithmeticError, RecursionError):
        return int(match[1]), 0


def _take_apart(text: str) -> Iterator[Item]:
    for place, part in enumerate(MARKUP.split(text)):
        name = TAG_NAME.match(part)
        if not place % 2 or name is None:
            if part:
                yield part
        elif name[1].lower() in ALONE or part.endswith("/>"):
            yield Mark(Kind.ALONE, "", part)
        else:
            yield Mark(Kind.CLOSES if part[1] == "/" else Kind.OPENS, name[1], part)


def _to_lines(keyword: str, text: str) -> list[str]:
    from polib import escape

    parts = text.splitlines(keepends=True) if "\n" in text[:-1] else [text]
    quoted = [f'"{escape(part)}"' for part in parts]
    return [f"{keyword} {quoted[0]}"] if len(quoted) == 1 else [f'{keyword} ""', *quoted]


def _as_fuzzy(lines: Sequence[str], end: str) -> list[str]:
    """Add the flag to the lines before a translation."""
    for place, line in enumerate(lines):
        if line.startswith("#,"):
            flags = f"#, fuzzy, {line[2:].lstrip()}"
            return [*lines[:place], flags, *lines[place + 1 :]]
    place = next((at for at, line in enumerate(lines) if BEGINS_MESSAGE.match(line)), 0)
    return [*lines[:place], f"#, fuzzy{end}", *lines[place:]]
