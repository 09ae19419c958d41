"""Markdown (.md), read with markdown-it-py.

The parser tells where the texts are; all else stays byte for byte: code, addresses, HTML, front
matter, list marks, tables. A paragraph comes out as one line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

from pipelines.translation.documents.base import Edit, decode, splice, split_lines, without_end
from pipelines.translation.documents.inline import Inline, Item, Kind, Mark
from pipelines.translation.documents.markdown_inline import InlineReader, escape_text
from pipelines.translation.documents.passages import Passages, remark_lost

if TYPE_CHECKING:
    from markdown_it.token import Token

FRONT_MATTER = re.compile(r"(---|\+\+\+)[ \t]*(?:\r\n|\n|\r)")
LETTER_OF_CELL = re.compile(r"\\\||.")  # a bar is written with a backslash
TASK = re.compile(r"\[[ xX]\]\s+|\[\^[^\]\s]+\]:\s*")  # a box to tick, or the label of a footnote


@dataclass(frozen=True)
class Place:
    """A text of a file, without breaks.

    Attributes:
        start: where it begins in the file.
        end: where it ends.
        inline: what is translated there.
        in_table: whether a bar would end it.
        begins_line: whether it could be taken for a list or a heading.
    """

    start: int
    end: int
    inline: Inline
    in_table: bool
    begins_line: bool


class Markdown:
    """A Markdown file.

    Args:
        content: of the file.
        origin: its name.

    Raises:
        InputError: it is not UTF-8.
    """

    def __init__(self, content: bytes, origin: str) -> None:
        self.remarks: list[str] = []
        self._mark, self._source = decode(content, origin)
        self._reader = InlineReader()
        self._passages = Passages()
        self._lines = split_lines(self._source)
        self._starts = [0, *accumulate(map(len, self._lines))]
        self._places = list(self._find())
        self.texts = self._passages.texts

    def fill(self, translations: Sequence[str]) -> str:
        lost: list[str] = []
        restored = self._passages.restore(translations, lost)
        self._unread = 0
        edits: list[Edit] = []
        for place, items in zip(self._places, restored, strict=True):
            edits.append((place.start, place.end, self._write(place, items)))
        self.remarks = lost + remark_lost(self._unread)
        return self._mark + splice(self._source, edits)

    def _write(self, place: Place, items: Sequence[Item]) -> str:
        """Write a text with as few escapes as it needs; signs that mark no words are left out."""
        for escapes in (False, True):
            text = self._join(items, place, escapes=escapes)
            if self._reader.reads_as(text.replace("\\|", "|") if place.in_table else text, items):
                return text
        pairs = [item for item in items if isinstance(item, Mark) and item.kind is not Kind.ALONE]
        self._unread += bool(pairs)
        return self._join([item for item in items if item not in pairs], place, escapes=True)

    def _join(self, items: Sequence[Item], place: Place, *, escapes: bool) -> str:
        parts = []
        for item in items:
            if isinstance(item, Mark):
                parts.append(item.raw)
                continue
            text = " ".join(re.split(r"[\r\n]+", item))
            text = escape_text(text) if escapes else text
            parts.append(text.replace("|", "\\|") if place.in_table else text)
        whole = "".join(parts)
        return self._reader.keep_paragraph(whole) if place.begins_line else whole

    def _find(self) -> Iterator[Place]:
        """Give the texts; the parser sees no front matter, and its lines are ours."""
        first = _behind_front_matter(self._lines)
        tokens = self._reader.parse(
            "".join(f"{without_end(line)}\n" for line in self._lines[first:])
        )
        row, cursor, block, markup = -1, 0, "", ""
        for token in tokens:
            if token.type != "inline":
                if token.nesting == 1:
                    block, markup = token.type, token.markup
                continue
            assert token.map
            line = token.map[0] + first
            in_table = block in ("td_open", "th_open")
            cursor = cursor if in_table and row == line else self._starts[line]
            row = line
            spans = self._spans(token, line, cursor, in_table=in_table)
            if spans is None:
                continue
            cursor = spans[-1][1]
            begins_line = block == "paragraph_open" or markup in ("=", "-")
            yield from self._places_in(token, spans, in_table=in_table, begins_line=begins_line)

    def _spans(
        self, token: Token, line: int, cursor: int, *, in_table: bool
    ) -> list[tuple[int, int]] | None:
        """Give where the lines of a text are in the file; None where they are not found."""
        spans = []
        for number, content in enumerate(token.content.split("\n")):
            at = max(cursor, self._starts[line + number])
            end = self._starts[line + number + 1]
            wanted = content.replace("|", "\\|") if in_table else content.lstrip()
            start = self._source.find(wanted, at, end)
            if start < 0 and in_table:
                start = self._source.find(wanted := content, at, end)
            if start < 0:
                return None
            spans.append((start, start + len(wanted)))
        return spans

    def _places_in(
        self,
        token: Token,
        spans: list[tuple[int, int]],
        *,
        in_table: bool,
        begins_line: bool,
    ) -> Iterator[Place]:
        """Give the texts of a block: one, or several where it has breaks that stay."""
        lines = [line if in_table else line.lstrip() for line in token.content.split("\n")]
        content = "\n".join(lines)
        task = TASK.match(content)
        offset = task.end() if task else 0
        bounds = [0, *accumulate(len(line) + 1 for line in lines)]
        for start, end, items in self._reader.take_apart(content[offset:]):
            inline = self._passages.add(items, tidy=True)
            if inline is None:
                continue
            first, last = (self._at(at + offset, bounds, spans) for at in (start, end))
            starts_line = begins_line and not task
            yield Place(first, last, inline, in_table, starts_line)

    def _at(self, place: int, bounds: Sequence[int], spans: list[tuple[int, int]]) -> int:
        """Turn a place in a text into one in the file."""
        line = next(number for number in range(len(spans)) if place < bounds[number + 1])
        before = place - bounds[line]
        start, end = spans[line]
        if end - start == bounds[line + 1] - 1 - bounds[line]:
            return start + before
        text = self._source[start:end]
        return start + len("".join(LETTER_OF_CELL.findall(text)[:before]))


def _behind_front_matter(lines: Sequence[str]) -> int:
    """Give the first line behind the settings at the beginning of a file."""
    opening = FRONT_MATTER.match(lines[0]) if lines else None
    if not opening:
        return 0
    ends = {opening[1], "..."} if opening[1] == "---" else {opening[1]}
    return next((at + 1 for at, line in enumerate(lines[1:], start=1) if line.rstrip() in ends), 0)
