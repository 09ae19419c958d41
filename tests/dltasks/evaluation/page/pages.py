"""Read a page as a browser does: its elements, texts, and what it would load."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

EMPTY = {"meta", "img", "br", "path", "circle"}


@dataclass
class Element:
    name: str
    attributes: dict[str, str | None]
    text: str = ""
    inside: list[Element] = field(default_factory=list)

    def all(self, name: str) -> list[Element]:
        """Give the elements of a name inside, in order."""
        found = [self] if self.name == name else []
        return found + [item for child in self.inside for item in child.all(name)]

    @property
    def content(self) -> str:
        """Give all text inside."""
        return self.text + "".join(child.content for child in self.inside)


class PageParser(HTMLParser):
    """Builds a tree; an element that is closed out of order is an error."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Element("root", {})
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, dict(attrs))
        self._open[-1].inside.append(element)
        if tag not in EMPTY:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open[-1].inside.append(Element(tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open[-1].name == tag, f"</{tag}> closes <{self._open[-1].name}>"
        self._open.pop()

    def handle_data(self, data: str) -> None:
        self._open[-1].text += data


def parse(page: str) -> Element:
    parser = PageParser()
    parser.feed(page)
    parser.close()
    assert parser._open == [parser.root], "an element is not closed"
    return parser.root


def everything(element: Element) -> list[Element]:
    return [element, *(item for child in element.inside for item in everything(child))]


def rows_of(table: Element) -> list[list[str]]:
    """Give the cells of each row of a table's body."""
    (body,) = table.all("tbody")
    return [[cell.content for cell in row.inside] for row in body.all("tr")]


def table_called(root: Element, start: str) -> Element:
    """Give the one table whose caption begins so."""
    (found,) = [
        table for table in root.all("table") if table.all("caption")[0].content.startswith(start)
    ]
    return found


def assert_stands_alone(page: str) -> None:
    """Nothing is loaded, nothing runs, and every picture says what it shows."""
    root = parse(page)
    for item in everything(root):
        assert item.name not in ("script", "link", "iframe", "object", "base", "form", "image")
        for name, value in item.attributes.items():
            assert not name.startswith("on"), f"{item.name} {name}"
            if name in ("src", "href", "xlink:href", "srcset", "data", "action"):
                assert value
                assert value.startswith(("data:image/", "#")), value
        if item.name == "img":
            assert item.attributes["alt"]
        if item.name == "svg":
            assert item.attributes["aria-label"]
        if item.name == "th":
            assert item.attributes["scope"] in ("row", "col")
    for style in (item.content for item in root.all("style")):
        assert "url(" not in style
        assert "@import" not in style
