"""Web pages (.html, .htm, .xhtml), read with Python's html.parser.

The parser tells where tags and texts stand. All that is not a text stays byte for byte, mistakes
included.
"""

from __future__ import annotations

import codecs
import html
import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence

from pipelines.errors import InputError
from pipelines.translation.documents.base import Edit, decode, has_letters, splice
from pipelines.translation.documents.inline import Inline, Item, Kind, Mark
from pipelines.translation.documents.passages import Passages
from pipelines.translation.documents.web_tags import (
    ALONE,
    CODE,
    INLINE,
    SKIPPED,
    Token,
    find_ends,
    scan,
    write_value,
)

CHARSET = re.compile(
    r"<meta\b[^<>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]+)"
    r"|<\?xml[^<>]{0,200}?encoding\s*=\s*[\"']([\w.:-]+)",
    re.IGNORECASE,
)
DECLARED_WITHIN = 4096  # characters; browsers look at the first 1024 bytes
# Python before 3.13.6 looks for the end of each of these through the rest of the page.
CLOSED_BY = {"<": ">", "<!--": "-->", "<![": "]", "<?": ">"}
MOST_UNCLOSED = 100
UTF_8 = frozenset({"utf-8", "utf8"})
# Python's names; a page in one of them stays in it.
OLD_ENCODINGS = ("ascii", "big5", "cp125", "euc", "gb", "iso8859", "koi8", "mac", "shift_jis")
HARD_SPACE = "\xa0"


class WebPage:
    """A page: its texts, `<title>`, description, and the attributes that people read.

    Args:
        content: of the file.
        origin: its name.
        target: code of the language that `<html lang>` gets; "" leaves it.
        is_xml: whether the page is XHTML.

    Raises:
        InputError: it is not UTF-8, nor of the encoding that it says it has.
    """

    def __init__(
        self, content: bytes, origin: str, target: str = "", *, is_xml: bool = False
    ) -> None:
        self.remarks: list[str] = []
        charset = _find_charset(content)
        self._codec = _find_codec(charset, content, origin)
        self._mark, self._source = (
            ("", content.decode(self._codec)) if self._codec else decode(content, origin)
        )
        # A browser takes a page that does not say UTF-8 for something else.
        says_nothing = not (charset or self._mark or is_xml)
        is_ascii = says_nothing and self._source.isascii()
        self._encoding = self._codec or ("ascii" if is_ascii else "utf-8")
        self._passages = Passages()
        self._places: list[tuple[int, int, Inline]] = []
        self._attributes: list[tuple[int, int, Inline]] = []
        _refuse_unclosed(self._source, origin)
        try:
            tokens = scan(self._source)
        except AssertionError as error:  # of Python before 3.14, at <![ and some more
            raise InputError(f"{origin}: damaged: {error}; fix it") from None
        self._language = list(_language_edits(tokens, target, is_xml=is_xml))
        self._read(tokens)
        self.texts = self._passages.texts

    def fill(self, translations: Sequence[str]) -> str | bytes:
        whole = self._fill(translations)
        return whole.encode(self._codec) if self._codec else whole

    def _fill(self, translations: Sequence[str]) -> str:
        self.remarks = []
        restored = self._passages.restore(translations, self.remarks)
        said = dict(zip(map(id, self._passages.inlines), restored, strict=True))
        inner = sorted(
            [*self._language, *(self._attribute(place, said) for place in self._attributes)]
        )
        starts = [edit[0] for edit in inner]
        outer: list[Edit] = []
        used: set[int] = set()
        for start, end, inline in self._places:
            text = ""
            for item in said[id(inline)]:
                if isinstance(item, str):
                    text += self._write(item, self._source[start:end])
                    continue
                first, last = (bisect_left(starts, place) for place in item.raw)
                used |= set(range(first, last))
                start_of, end_of = item.raw
                text += _cut(self._source, start_of, end_of, inner[first:last])
            outer.append((start, end, text))
        rest = (edit for number, edit in enumerate(inner) if number not in used)
        return self._mark + splice(self._source, [*outer, *rest])

    def _read(self, tokens: Sequence[Token]) -> None:
        """Find the texts: what stands between two tags that end a sentence."""
        ends = find_ends(tokens)
        items: list[Item] = []
        number = start = 0
        while number < len(tokens):
            token, last = tokens[number], number
            if number in ends and (token.stays or token.name in SKIPPED | CODE):
                last = ends[number]
            elif token.kind in ("open", "alone") and not token.stays:
                self._read_attributes(token)
            whole = token.start, tokens[last].end
            item = self._item(token, whole, is_skipped=last > number)
            if item is None:
                self._add((start, token.start), items)
                items, start = [], whole[1]
            else:
                items.append(item)
            number = last + 1
        self._add((start, len(self._source)), items)

    def _item(self, token: Token, whole: tuple[int, int], *, is_skipped: bool) -> Item | None:
        """Give a part of a sentence; None for what ends it."""
        if token.kind == "text":
            return html.unescape(self._source[token.start : token.end])
        if token.kind == "other":
            return Mark(Kind.ALONE, "", whole)
        if is_skipped:
            is_word = token.name in CODE | INLINE
            return Mark(Kind.ALONE, "", whole, is_word=True) if is_word else None
        if token.name in ALONE or (token.name in INLINE and token.kind == "alone"):
            return Mark(Kind.ALONE, "", whole)
        if token.name not in INLINE | CODE:
            return None
        return Mark(Kind.OPENS if token.kind == "open" else Kind.CLOSES, token.name, whole)

    def _read_attributes(self, token: Token) -> None:
        for item in token.read_attributes():
            inline = self._passages.add([item.value], tidy=True) if item.value else None
            if inline:
                self._attributes.append((item.start, item.end, inline))

    def _add(self, place: tuple[int, int], items: Sequence[Item]) -> None:
        """Add a text at a place."""
        if not any(isinstance(item, str) and has_letters(item) for item in items):
            return
        inline = self._passages.add(items, tidy=True)
        if inline:
            self._places.append((*place, inline))

    def _attribute(self, place: tuple[int, int, Inline], said: dict[int, list[Item]]) -> Edit:
        start, end, inline = place
        text = "".join(item for item in said[id(inline)] if isinstance(item, str))
        return start, end, self._encode(write_value(text, self._source[start:end]))

    def _write(self, text: str, source: str) -> str:
        written = html.escape(text, quote=False)
        if "&nbsp;" in source:
            written = written.replace(HARD_SPACE, "&nbsp;")
        return self._encode(written)

    def _encode(self, text: str) -> str:
        return text.encode(self._encoding, "xmlcharrefreplace").decode(self._encoding)


def _refuse_unclosed(source: str, origin: str) -> None:
    """Refuse a page whose end has many tags or comments that nothing closes.

    Raises:
        InputError: it has.
    """
    for opening, closing in CLOSED_BY.items():
        if source.count(opening, source.rfind(closing) + 1) > MOST_UNCLOSED:
            raise InputError(
                f"{origin}: more than {MOST_UNCLOSED} {opening} are not closed; fix it"
            )


def _find_charset(content: bytes) -> str:
    match = CHARSET.search(content[:DECLARED_WITHIN].decode("latin-1"))
    return (match[1] or match[2]) if match else ""


def _find_codec(charset: str, content: bytes, origin: str) -> str:
    """Give Python's name of the encoding that a page says it has; "" is UTF-8.

    Raises:
        InputError: it is of no use, or the page is in another one.
    """
    if charset.lower() in ("", *UTF_8) or content.startswith(codecs.BOM_UTF8):
        return ""
    try:
        name = codecs.lookup(charset).name
        if name.startswith(OLD_ENCODINGS) and content.decode(name).encode(name) == content:
            return name
    except (LookupError, ValueError):
        pass
    raise InputError(f"{origin}: it says charset={charset}; save it as UTF-8, and say so there")


def _language_edits(tokens: Sequence[Token], target: str, *, is_xml: bool) -> Iterator[Edit]:
    """Say in the page which language it is in now."""
    page = next((token for token in tokens if token.kind == "open" and token.name == "html"), None)
    if not target or page is None:
        return
    names = {"lang", "xml:lang"}
    found = [item for item in page.attributes if item.name in names]
    for item in found:
        yield item.start, item.end, f'"{target}"'
    if not found:
        place = page.start + len("<html")
        more = f' xml:lang="{target}"' if is_xml else ""
        yield place, place, f' lang="{target}"{more}'


def _cut(source: str, start: int, end: int, edits: Sequence[Edit]) -> str:
    """Give a part of a page with some of its places replaced."""
    moved = [(first - start, last - start, text) for first, last, text in edits]
    return splice(source[start:end], moved)
