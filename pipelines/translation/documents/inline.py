"""Mark-up inside a text: bold words, links, line marks.

The translator gets a text with tags, `<x1>...</x1>` around the words that mark-up stands around and
`<x2/>` for what stands alone, and placeholders, `{x3}`, for words that stay, such as code. What
comes back is turned into the mark-up of the document.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from pipelines.translation.documents.base import has_letters

TAG = re.compile(r"</?x(\d{1,9})/?>|\{x(\d{1,9})\}")
SPACES = re.compile(r"[ \t\r\n\f]+")
DEEPEST = 50  # pairs around a word; what is deeper stands alone


class Kind(Enum):
    """What a mark does."""

    OPENS = "stands before its words"
    CLOSES = "stands behind them"
    ALONE = "has none"


@dataclass(frozen=True)
class Mark:
    """A piece of mark-up.

    Attributes:
        kind: what it does.
        name: a mark closes the last open one of its name.
        raw: as the document has it.
        is_word: whether a sentence reads it, as it reads a name: it never stands outside of it.
    """

    kind: Kind
    name: str
    raw: Any
    is_word: bool = False


Item = str | Mark
Group = tuple[Item, ...]  # items of which none is translated


@dataclass(frozen=True)
class Restored:
    """A translation with its mark-up.

    Attributes:
        items: in order; marks that open and close are paired, and pairs do not cross.
        is_whole: whether all mark-up is there.
    """

    items: list[Item]
    is_whole: bool = True


@dataclass
class _Part:
    """A numbered part of a text: an opening, a closing, or a group that stands alone."""

    kind: Kind
    items: Group
    number: int = 0
    is_word: bool = False


class Inline:
    """A text with mark-up in it.

    Args:
        items: strings and marks, in order.
        tidy: make one space of each run of white space, as browsers do; a hard space stays.

    Attributes:
        text: for the translator, without white space around it; "" where there is nothing to
            translate.
    """

    def __init__(self, items: Iterable[Item], *, tidy: bool = False) -> None:
        parts = _group_empty(_pair([part for item in items for part in _peel(item)]))
        start, end = _frame(parts)
        self._before, self._after = _flat(parts[:start]), _flat(parts[end:])
        self._parts = parts[start:end]
        if tidy:
            self._parts = [
                SPACES.sub(" ", part) if isinstance(part, str) else part for part in self._parts
            ]
        words = "".join(part for part in self._parts if isinstance(part, str))
        self._number(
            1 + max((int(match[1] or match[2]) for match in TAG.finditer(words)), default=0)
        )
        self.text = "".join(map(_as_tag, self._parts)) if has_letters(words) else ""

    def restore(self, translation: str) -> Restored:
        """Give a translation of the text with the mark-up of the document."""
        found = self._read(translation)
        if not self._is_sound(found):
            items = self._without_pairs(found)
            return Restored(_join([*self._before, *items, *self._after]), is_whole=False)
        return Restored(_join([*self._before, *_flat(found), *self._after]))

    def _number(self, first: int) -> None:
        numbers: list[int] = []
        for part in self._parts:
            if isinstance(part, str):
                continue
            if part.kind is Kind.CLOSES:
                part.number = numbers.pop()
                continue
            part.number = first
            first += 1
            if part.kind is Kind.OPENS:
                numbers.append(part.number)

    def _read(self, translation: str) -> list[str | _Part]:
        """Give a translation with the parts in place of its tags; other tags are text."""
        by_tag = {_as_tag(part): part for part in self._parts if not isinstance(part, str)}
        found: list[str | _Part] = []
        done = 0
        for match in TAG.finditer(translation):
            if match[0] in by_tag:
                found += [translation[done : match.start()], by_tag[match[0]]]
                done = match.end()
        return _space_out([*found, translation[done:]])

    def _is_sound(self, found: Sequence[str | _Part]) -> bool:
        """Tell whether each tag came back once, and none crosses another."""
        parts = [part for part in found if not isinstance(part, str)]
        own = [part for part in self._parts if not isinstance(part, str)]
        if sorted(map(_as_tag, parts)) != sorted(map(_as_tag, own)):
            return False
        numbers: list[int] = []
        for part in parts:
            if part.kind is Kind.OPENS:
                numbers.append(part.number)
            elif part.kind is Kind.CLOSES and (not numbers or numbers.pop() != part.number):
                return False
        return True

    def _without_pairs(self, found: Sequence[str | _Part]) -> list[Item]:
        """Give the words without pairs; what stands alone stays, at the end if it was lost."""
        kept: list[Item] = []
        seen: set[int] = set()
        for part in found:
            if isinstance(part, str):
                kept.append(part)
            elif part.kind is Kind.ALONE and part.number not in seen:
                seen.add(part.number)
                kept += _flat([part])
        lost = [
            item
            for part in self._parts
            if not isinstance(part, str) and part.kind is Kind.ALONE and part.number not in seen
            for item in (" ", *part.items)
        ]
        return [*kept, *lost]


def _peel(item: Item) -> Iterator[Item]:
    """Take the white space around a string off."""
    if isinstance(item, Mark):
        yield item
        return
    inner = item.strip()
    before, _, after = item.partition(inner) if inner else (item, "", "")
    yield from (part for part in (before, inner, after) if part)


def _pair(items: Sequence[Item]) -> list[str | _Part]:
    """Find which marks belong together; one without its other half stands alone."""
    opening: dict[int, int] = {}  # place of a closing mark -> place of its opening one
    opened: list[tuple[int, str]] = []
    names: Counter[str] = Counter()
    for place, item in enumerate(items):
        if isinstance(item, str) or item.kind is Kind.ALONE:
            continue
        if item.kind is Kind.OPENS and len(opened) < DEEPEST:
            opened.append((place, item.name))
            names[item.name] += 1
        elif item.kind is Kind.CLOSES and names[item.name]:
            while opened[-1][1] != item.name:
                names[opened.pop()[1]] -= 1
            names[item.name] -= 1
            opening[place] = opened.pop()[0]
    kinds = dict.fromkeys(opening.values(), Kind.OPENS) | dict.fromkeys(opening, Kind.CLOSES)
    return [
        item
        if isinstance(item, str)
        else _Part(kinds.get(place, Kind.ALONE), (item,), is_word=item.is_word)
        for place, item in enumerate(items)
    ]


def _group_empty(parts: Iterable[str | _Part]) -> list[str | _Part]:
    """Make one part of a pair with no word in it, such as a link around a picture."""
    done: list[str | _Part] = []
    opened: list[tuple[int, int]] = []  # where, and how many parts with words were before
    read = 0
    for part in parts:
        done.append(part)
        read += _is_read(part)
        if isinstance(part, str) or part.kind is Kind.ALONE:
            continue
        if part.kind is Kind.OPENS:
            opened.append((len(done) - 1, read))
            continue
        start, read_before = opened.pop()
        if read == read_before:
            done[start:] = [_Part(Kind.ALONE, tuple(_flat(done[start:])))]
    return done


def _is_read(part: str | _Part) -> bool:
    return any(map(str.isalnum, part)) if isinstance(part, str) else part.is_word


def _frame(parts: Sequence[str | _Part]) -> tuple[int, int]:
    """Give where the text begins and ends without the mark-up that stands around all of it."""
    start, end = 0, len(parts)
    while True:
        while start < end and _is_outside(parts[start]):
            start += 1
        while start < end and _is_outside(parts[end - 1]):
            end -= 1
        if end - start < 2 or _closing_of(parts, start) != end - 1:
            return start, end
        start, end = start + 1, end - 1


def _is_outside(part: str | _Part) -> bool:
    if isinstance(part, str):
        return not part.strip()
    return part.kind is Kind.ALONE and not part.is_word


def _closing_of(parts: Sequence[str | _Part], start: int) -> int:
    depth = 0
    for place in range(start, len(parts)):
        part = parts[place]
        if not isinstance(part, str):
            depth += (part.kind is Kind.OPENS) - (part.kind is Kind.CLOSES)
        if depth == 0:
            return place
    return -1


def _flat(parts: Iterable[str | _Part]) -> list[Item]:
    return [item for part in parts for item in ((part,) if isinstance(part, str) else part.items)]


def _space_out(found: list[str | _Part]) -> list[str | _Part]:
    """Move white space at the edges of pairs out of them; strings and parts take turns."""
    for place in range(1, len(found), 2):
        part, before, after = found[place], found[place - 1], found[place + 1]
        assert isinstance(before, str)
        assert isinstance(after, str)
        if isinstance(part, str) or part.kind is Kind.ALONE:
            continue
        if part.kind is Kind.OPENS and after != after.lstrip():
            space = "" if before != before.rstrip() else after[0]
            found[place - 1], found[place + 1] = before + space, after.lstrip()
        elif part.kind is Kind.CLOSES and before != before.rstrip():
            space = "" if after != after.lstrip() else before[-1]
            found[place - 1], found[place + 1] = before.rstrip(), space + after
    return found


def _join(items: Iterable[Item]) -> list[Item]:
    """Make one string of those that follow each other."""
    joined: list[Item] = []
    for item in items:
        if isinstance(item, str) and joined and isinstance(joined[-1], str):
            joined[-1] += item
        else:
            joined.append(item)
    return joined


def _as_tag(part: str | _Part) -> str:
    if isinstance(part, str):
        return part
    if part.is_word:
        return f"{{x{part.number}}}"  # the translator keeps it in the place of a word
    if part.kind is Kind.ALONE:
        return f"<x{part.number}/>"
    return f"<{'/' if part.kind is Kind.CLOSES else ''}x{part.number}>"
