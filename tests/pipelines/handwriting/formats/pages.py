"""A result with all that a page can have, and a check of documents against parts of a schema."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from xml.etree import ElementTree

from pipelines.handwriting.geometry import Box
from pipelines.handwriting.results import Handwriting, TextLine, TextWord

ABOUT = {"creator": "dltasks 0.1.0", "created": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)}
ANY = re.compile(".*", re.DOTALL)


def line(*texts: str, top: int, alternatives: tuple[str, ...] = ()) -> TextLine:
    """A line of words that are 40 pixels wide, on a baseline that falls by two pixels."""
    words = tuple(
        TextWord(text, 0.5 + number / 10, Box(20 + 50 * number, top, 60 + 50 * number, top + 30))
        for number, text in enumerate(texts)
    )
    box = Box(10, top - 5, 190, top + 35)
    baseline = ((10, top + 28), (190, top + 30))
    return TextLine(" ".join(texts), words, box, baseline, box.corners, alternatives)


RESULT = Handwriting(
    'un été\n<&> "a"\n',
    (
        line("un", "été", top=20, alternatives=("un ete", "in été")),
        line("<&>", '"a"', "'b'", top=70),
        line(top=120),
    ),
    200,
    180,
)
BLANK = Handwriting("", (), 200, 180)


@dataclass(frozen=True)
class Rule:
    """What a schema says of an element.

    Attributes:
        children: their names in order; "?" or "*" behind one says how many there may be.
        needed: attributes that have to be there, with what they match.
        allowed: other attributes.
        text: what its text matches.
    """

    children: str = ""
    needed: Mapping[str, str] = field(default_factory=dict)
    allowed: Mapping[str, str] = field(default_factory=dict)
    text: str = r"\s*"


def check(text: str, namespace: str, rules: Mapping[str, Rule]) -> ElementTree.Element:
    """Check a document against rules; give its root with names that have no namespace."""
    root = ElementTree.fromstring(text)
    identifiers = []
    for element in root.iter():
        assert element.tag.startswith(f"{{{namespace}}}")
        element.tag = element.tag.partition("}")[2]
    for element in root.iter():
        rule = rules[element.tag]
        found = "".join(f"{child.tag} " for child in element)
        assert re.fullmatch(_pattern(rule.children), found), f"{element.tag}: {found}"
        assert re.fullmatch(rule.text, element.text or ""), f"{element.tag}: {element.text!r}"
        assert not rule.needed.keys() - element.keys(), f"{element.tag}: {element.attrib}"
        for name, value in element.items():
            if name.startswith("{"):
                continue
            known = {**rule.needed, **rule.allowed}
            assert re.fullmatch(known[name], value), f"{element.tag} {name}={value!r}"
            if name in ("id", "ID"):
                identifiers.append(value)
    assert len(set(identifiers)) == len(identifiers)
    return root


def _pattern(children: str) -> str:
    def one(match: re.Match[str]) -> str:
        return f"({match[1]} ){match[2]}"

    return re.sub(r"(\w+)([?*+]?)\s*", one, children)
