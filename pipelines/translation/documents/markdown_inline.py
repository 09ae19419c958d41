"""The mark-up inside a text of Markdown, and where it stands.

markdown-it-py does not tell where its inline tokens are. Its rules do, while they run: each is
called at a place and moves on behind what it has read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from pipelines.translation.documents.base import has_letters
from pipelines.translation.documents.inline import Item, Kind, Mark

if TYPE_CHECKING:
    from markdown_it.rules_inline import StateInline
    from markdown_it.token import Token

Rule = Callable[["StateInline", bool], bool]
Segment = tuple[int, int, list[Item]]  # where a text begins and ends, and what it is made of
Span = tuple[int, int, Item]

SPAN = "span"  # in the `meta` of a token
PAIRS = ("em", "strong", "s")
FOOTNOTE = re.compile(r"(\[\^[^\]\s]+\])")
SPECIAL = re.compile(r"([\\`*_\[\]<>&~])")
BEGINS_BLOCK = re.compile(r"(\d{1,9})([.)])")
HTML_NAME = re.compile(r"</?([A-Za-z][\w-]*)")
VOID = frozenset({"br", "hr", "img", "input", "wbr"})
IMAGE = re.compile(r"!\[([^*_\[\]\\<&`!]+)(\].*)", re.DOTALL)


def escape_text(text: str) -> str:
    """Write a text so that nothing in it is mark-up."""
    return SPECIAL.sub(r"\\\1", text)


class InlineReader:
    """Reads Markdown; the references of the document that was parsed are known."""

    def __init__(self) -> None:
        from markdown_it import MarkdownIt

        self._markdown = MarkdownIt("commonmark").enable(["table", "strikethrough"])
        self._markdown.disable(["text_join", "fragments_join"])  # which forget the places
        ruler = self._markdown.inline.ruler
        names = self._markdown.get_active_rules()["inline"]
        for name, rule in zip(names, ruler.getRules(""), strict=True):
            ruler.at(name, _noting(name, rule))
        self._references: dict[str, Any] = {}

    def parse(self, source: str) -> list[Token]:
        """Give the blocks of a document."""
        return self._markdown.parse(source, self._references)

    def take_apart(self, content: str) -> Iterator[Segment]:
        """Give the texts of a block, without the white space around them; a hard break ends one."""
        start = 0
        spans: list[Span] = []
        for span in self._spans(content):
            if span[2] == "\n":
                yield _segment(content, start, span[0], spans)
                start, spans = span[1], []
            else:
                spans.append(span)
        yield _segment(content, start, len(content), spans)

    def reads_as(self, content: str, items: Sequence[Item]) -> bool:
        """Tell whether a text has these items, and no other mark-up."""
        found = list(self.take_apart(content))
        return len(found) == 1 and _joined(found[0][2]) == _joined(items)

    def keep_paragraph(self, text: str) -> str:
        """Write a text so that it is a paragraph, and no list or heading."""
        tokens = self._markdown.parse(text, dict(self._references))
        if [token.type for token in tokens[:2]] == ["paragraph_open", "inline"]:
            return text
        number = BEGINS_BLOCK.match(text)
        if number:
            return f"{number[1]}\\{text[number.end(1) :]}"
        return f"\\{text}" if re.match(r"[^\w\s\\]", text) else text

    def _spans(self, content: str) -> list[Span]:
        """Give the places of marks, of what is not written as it is read, and of breaks."""
        tokens: list[Token] = []
        self._markdown.inline.parse(content, self._markdown, self._references, tokens)
        spans: list[Span] = []
        blank: tuple[int, int] | None = None  # the other sign of a pair of two
        labels: list[int] = []
        for token in tokens:
            if SPAN not in token.meta:
                continue
            start, end = token.meta[SPAN]
            if token.type == "text" and not token.content:
                if spans and spans[-1][1] == start and _lacks_sign(spans[-1]):
                    spans[-1] = _pair_mark("strong_close", content, spans[-1][0], end)
                else:
                    blank = start, end
            elif token.type.removesuffix("_open").removesuffix("_close") in PAIRS:
                if blank and blank[1] == start:
                    start, blank = blank[0], None
                spans.append(_pair_mark(token.type, content, start, end))
            elif token.type == "link_open" and not token.meta.get("whole"):
                labels.append(end)
                spans.append((start, end, Mark(Kind.OPENS, "a", content[start:end])))
            elif token.type == "link_close":
                label = content[labels.pop() : start]
                raw = _as_full_reference(content[start:end], label)
                spans.append((start, end, Mark(Kind.CLOSES, "a", raw)))
            else:
                spans.append((start, end, _read(token, content[start:end])))
        return spans


def _noting(name: str, rule: Rule) -> Rule:
    """Make a rule that notes in its tokens where they stand."""

    def noting(state: StateInline, silent: bool) -> bool:
        start, before, has_text = state.pos, len(state.tokens), bool(state.pending)
        if not rule(state, silent):
            return False
        own = [] if silent else state.tokens[before + has_text :]
        if not own:
            return True
        if name in ("emphasis", "strikethrough"):
            for token in own:
                token.meta[SPAN] = start, start + len(token.content)
                start += len(token.content)
        elif name == "link":
            from markdown_it.helpers import parseLinkLabel

            own[0].meta[SPAN] = start, start + 1
            own[-1].meta[SPAN] = parseLinkLabel(state, start, True), state.pos
        else:
            own[0].meta = {SPAN: (start, state.pos), "whole": True}
        return True

    return noting


def _lacks_sign(span: Span) -> bool:
    return isinstance(span[2], Mark) and span[2].name == "strong" and len(span[2].raw) == 1


def _pair_mark(kind: str, content: str, start: int, end: int) -> Span:
    name, _, side = kind.rpartition("_")
    does = Kind.OPENS if side == "open" else Kind.CLOSES
    return start, end, Mark(does, name, content[start:end])


def _as_full_reference(raw: str, label: str) -> str:
    """Name the reference of a link whose text names it now: the text is translated."""
    return f"][{label}]" if raw in ("]", "][]") else raw


def _read(token: Token, raw: str) -> Item:
    """Give a token that stands alone: a string is what is read in its place."""
    if token.type == "hardbreak":
        return "\n"
    if token.type == "softbreak":
        return " "
    if token.type in ("text_special", "text"):
        return token.content
    if token.type == "html_inline":
        name = HTML_NAME.match(raw)
        if name and name[1].lower() not in VOID and not raw.endswith("/>"):
            return Mark(Kind.CLOSES if raw[1] == "/" else Kind.OPENS, f"<{name[1].lower()}", raw)
    is_word = token.type in ("code_inline", "link_open")  # the latter is an address
    return Mark(Kind.ALONE, token.type, raw, is_word)


def _segment(content: str, start: int, end: int, spans: Sequence[Span]) -> Segment:
    """Put a text together; what stands between the spans is read as it is written."""
    inner = content[start:end].strip()
    start = content.index(inner, start)
    end = start + len(inner)
    items: list[Item] = []
    for first, last, item in spans:
        if content[start:first]:
            items.append(content[start:first])
        items.append(item)
        start = last
    items.append(content[start:end])
    items = [part for item in items for part in _footnotes(item)]
    return end - len(inner), end, _open_image(items)


def _footnotes(item: Item) -> Iterator[Item]:
    if isinstance(item, Mark):
        yield item
        return
    for place, part in enumerate(FOOTNOTE.split(item)):
        if part:
            yield Mark(Kind.ALONE, "footnote", part) if place % 2 else part


def _open_image(items: list[Item]) -> list[Item]:
    """Give the words for a picture that stands alone as a text."""
    images = [item for item in items if isinstance(item, Mark) and item.name == "image"]
    words = any(isinstance(item, str) and has_letters(item) for item in items)
    match = IMAGE.fullmatch(images[0].raw) if len(images) == 1 and not words else None
    if not match:
        return items
    opened = [Mark(Kind.OPENS, "image", "!["), match[1], Mark(Kind.CLOSES, "image", match[2])]
    place = items.index(images[0])
    return [*items[:place], *opened, *items[place + 1 :]]


def _joined(items: Sequence[Item]) -> list[str]:
    """Give the text and the mark-up of items, apart, without white space around them."""
    joined: list[tuple[bool, str]] = []
    for item in items:
        is_mark, text = isinstance(item, Mark), item.raw if isinstance(item, Mark) else item
        if joined and not is_mark and not joined[-1][0]:
            joined[-1] = False, joined[-1][1] + text
        else:
            joined.append((is_mark, text))
    texts = [("m" if is_mark else "t") + text for is_mark, text in joined if text.strip()]
    return [" ".join(text.split()) for text in texts]
