"""The tags, texts and comments of a web page, and where they stand."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from itertools import accumulate

# Elements inside a sentence. All others, unknown ones too, end it.
INLINE = frozenset(
    {
        "a",
        "abbr",
        "acronym",
        "b",
        "bdi",
        "bdo",
        "big",
        "cite",
        "data",
        "del",
        "dfn",
        "em",
        "font",
        "i",
        "ins",
        "label",
        "mark",
        "q",
        "ruby",
        "s",
        "small",
        "span",
        "strike",
        "strong",
        "sub",
        "sup",
        "time",
        "tt",
        "u",
    }
)
ALONE = frozenset({"img", "wbr"})  # inside a sentence, too
CODE = frozenset({"code", "kbd", "samp", "var"})  # words of a sentence that stay
SKIPPED = frozenset(
    {
        "script",
        "style",
        "pre",
        "textarea",
        "svg",
        "math",
        "template",
        "noscript",
        "iframe",
        "object",
    }
)
TRANSLATED = frozenset({"alt", "title", "placeholder", "aria-label"})  # attributes
DESCRIPTIONS = frozenset(
    {"description", "og:title", "og:description", "twitter:title", "twitter:description"}
)
BUTTONS = frozenset({"submit", "button", "reset"})
ATTRIBUTE = re.compile(r"([^\s\"'<>/=]++)(?:\s*+=\s*+(\"[^\"]*+\"|'[^']*+'|[^\s\"'>][^\s>]*+))?+")
TAG_BEGINS = re.compile(r"<[A-Za-z/!?]")
TAG_NAME = re.compile(r"</?[^\s/>]+")


@dataclass(frozen=True)
class Attribute:
    """An attribute of a tag.

    Attributes:
        name: in lower case.
        value: as it is read.
        start: where its value begins in the page, with its quotation mark.
        end: where it ends.
    """

    name: str
    value: str
    start: int
    end: int


@dataclass(frozen=True)
class Token:
    """A piece of a page; they follow each other without a gap.

    Attributes:
        kind: "text", "open", "close", "alone" (`<br/>`), or "other", such as a comment.
        start: where it begins.
        end: where it ends.
        name: of a tag, in lower case.
        attributes: of a tag that opens.
    """

    kind: str
    start: int
    end: int
    name: str = ""
    attributes: tuple[Attribute, ...] = ()

    def get(self, name: str) -> str:
        """Give the value of an attribute, or ""."""
        return next((item.value for item in self.attributes if item.name == name), "")

    @property
    def stays(self) -> bool:
        """Whether the page says that the element is not translated."""
        marked = "notranslate" in self.get("class").split()
        return marked or self.get("translate").lower() == "no"

    def read_attributes(self) -> Iterator[Attribute]:
        """Give the attributes that people read."""
        described = (self.get("name") or self.get("property")).lower() in DESCRIPTIONS
        is_button = self.name == "input" and self.get("type").lower() in BUTTONS
        for item in self.attributes:
            if (
                item.name in TRANSLATED
                or (self.name == "meta" and item.name == "content" and described)
                or (is_button and item.name == "value")
            ):
                yield item


class _Scanner(HTMLParser):
    """Notes where each piece begins."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=False)
        self._starts = [0, *accumulate(len(line) + 1 for line in source.split("\n"))]
        self.found: list[tuple[str, int, str]] = []
        self.feed(source)
        self.close()

    def _note(self, kind: str, name: str = "") -> None:
        line, column = self.getpos()
        self.found.append((kind, self._starts[line - 1] + column, name))

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self._note("open", tag)

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        self._note("alone", tag)

    def handle_endtag(self, tag: str) -> None:
        self._note("close", tag)

    def handle_data(self, data: str) -> None:
        self._note("text")

    def handle_entityref(self, name: str) -> None:
        self._note("text")

    def handle_charref(self, name: str) -> None:
        self._note("text")

    def handle_comment(self, data: str) -> None:
        self._note("other")

    def handle_decl(self, decl: str) -> None:
        self._note("other")

    def handle_pi(self, data: str) -> None:
        self._note("other")

    def unknown_decl(self, data: str) -> None:
        self._note("other")


def scan(source: str) -> list[Token]:
    """Give the pieces of a page."""
    found = _Scanner(source).found
    tokens: list[Token] = []
    ends = [*(start for _, start, _ in found[1:]), len(source)][: len(found)]
    for (kind, start, name), end in zip(found, ends, strict=True):
        if kind == "text" and tokens and tokens[-1].kind == "text":
            tokens[-1] = Token("text", tokens[-1].start, end)
        elif kind in ("open", "alone"):
            tokens.append(Token(kind, start, end, name, tuple(_attributes(source, start, end))))
        else:
            tokens.append(Token(kind, start, end, name))
    return [*tokens[:-1], *_cut_unclosed(source, tokens[-1])] if tokens else []


def _cut_unclosed(source: str, last: Token) -> Iterator[Token]:
    """Take a tag that the end of the page cuts off the text before it."""
    begun = TAG_BEGINS.search(source, last.start, last.end) if last.kind == "text" else None
    place = begun.start() if begun else last.end
    if place > last.start:
        yield Token(last.kind, last.start, place, last.name, last.attributes)
    if begun:
        yield Token("other", place, last.end)


def find_ends(tokens: Sequence[Token]) -> dict[int, int]:
    """Give the number of the tag that closes each element that is closed."""
    ends: dict[int, int] = {}
    opened: dict[str, list[int]] = {}
    for number, token in enumerate(tokens):
        if token.kind == "open":
            opened.setdefault(token.name, []).append(number)
        elif token.kind == "close" and opened.get(token.name):
            ends[opened[token.name].pop()] = number
    return ends


def write_value(text: str, raw: str) -> str:
    """Write the value of an attribute in quotation marks, those that it had if it had some."""
    mark = raw[0] if raw[:1] in ("'", '"') else '"'
    written = html.escape(text, quote=False).replace(mark, "&#39;" if mark == "'" else "&quot;")
    return f"{mark}{written}{mark}"


def _attributes(source: str, start: int, end: int) -> Iterator[Attribute]:
    name = TAG_NAME.match(source, start, end)
    for match in ATTRIBUTE.finditer(source, name.end() if name else start, end):
        raw = match[2]
        if raw is None:
            continue
        value = raw[1:-1] if raw[0] in "\"'" else raw
        yield Attribute(match[1].lower(), html.unescape(value), *match.span(2))
