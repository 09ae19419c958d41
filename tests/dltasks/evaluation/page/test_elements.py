from __future__ import annotations

import re

import pytest

from dltasks.evaluation.page.elements import (
    LONGEST_TEXT,
    Section,
    escape,
    fragment,
    jpeg,
    matrix,
    page,
    table,
)
from dltasks.evaluation.page.style import CLASS, STYLE

from .pages import assert_stands_alone, parse, rows_of

HOSTILE = "</style></title><script>alert(1)</script>\"'&\x1b[31m\u202e"


def test_names_of_strangers_are_text_wherever_they_stand() -> None:
    parts = table(HOSTILE, [HOSTILE], [[HOSTILE, HOSTILE]]) + matrix(HOSTILE, [HOSTILE], [[1]])
    made = page(HOSTILE, {HOSTILE: HOSTILE}, [Section("Part", parts + jpeg(b"x", HOSTILE))])
    assert_stands_alone(made)
    root = parse(made)
    shown = "</style></title><script>alert(1)</script>\"'&\\u001b[31m\\u202e"
    assert root.all("h1")[0].content == root.all("title")[0].content == shown
    assert root.all("img")[0].attributes["alt"] == shown
    assert rows_of(root.all("table")[0]) == [[shown, shown]]


def test_the_middle_of_a_long_text_is_left_out() -> None:
    shown = escape("a" * 5000 + "b" * 5000)
    assert len(shown) == LONGEST_TEXT + 1
    assert (shown[0], shown[-1]) == ("a", "b")


def test_a_page_has_headings_a_language_and_links_to_its_parts() -> None:
    root = parse(page("Title", {"model": "m"}, [Section("One", ""), Section("Two", "")]))
    assert root.all("html")[0].attributes["lang"] == "en"
    assert [item.content for item in root.all("h2")] == ["One", "Two"]
    places = [item.attributes["id"] for item in root.all("h2")]
    assert [item.attributes["href"] for item in root.all("a")] == [f"#{place}" for place in places]
    names = [item.attributes.get("name") for item in root.all("meta")]
    assert "viewport" in names


def test_a_matrix_has_the_counts_and_shades_what_is_not_zero() -> None:
    root = parse(matrix("n = 4", ["a", "b"], [[2, 1], [0, 1]]))
    assert rows_of(root) == [["a", "2", "1"], ["b", "0", "1"]]
    styles = [cell.attributes.get("style") for cell in root.all("tbody")[0].all("td")]
    assert [style is not None and "--right" in style for style in styles] == [
        True, False, False, True,
    ]  # fmt: skip
    assert styles[2] is None


def test_a_fragment_leaves_other_cells_of_a_notebook_alone() -> None:
    root = parse(fragment("Title", {}, [Section("One", "")]))
    assert [item.name for item in root.inside] == ["style", "div"]
    assert root.inside[1].attributes["class"] == CLASS
    rules = re.findall(r"^\s*([^@\s{};:][^{};:]*)\{", STYLE, re.MULTILINE)
    assert len(rules) > 30
    selectors = [part.strip() for rule in rules for part in rule.split(",")]
    assert [item for item in selectors if not item.startswith(f".{CLASS}")] == []


def _luminance(colour: tuple[float, ...]) -> float:
    """Of WCAG 2.2."""
    parts = [c / 255 for c in colour]
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def _contrast(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _colours() -> list[dict[str, tuple[float, ...]]]:
    """Give the colours by light and by dark."""
    blocks = STYLE.split("@media")
    themes: list[dict[str, tuple[float, ...]]] = []
    for block in blocks[:2]:
        found = dict(themes[0]) if themes else {}
        for name, code in re.findall(r"--([a-z]+): #([0-9a-f]{6})", block):
            found[name] = tuple(bytes.fromhex(code))
        for name, numbers in re.findall(r"--([a-z]+): (\d+ \d+ \d+);", block):
            found[name] = tuple(map(float, numbers.split()))
        themes.append(found)
    return themes


@pytest.mark.parametrize("theme", _colours(), ids=["light", "dark"])
def test_texts_can_be_read(theme: dict[str, tuple[float, ...]]) -> None:
    for ground in (theme["paper"], theme["panel"]):
        for ink in ("ink", "muted", "first"):
            assert _contrast(theme[ink], ground) >= 4.5, ink
    for shade in ("right", "wrong"):  # the darkest cell of a matrix has half of the colour
        mixed = tuple((a + b) / 2 for a, b in zip(theme[shade], theme["paper"], strict=True))
        assert _contrast(theme["ink"], mixed) >= 4.5, shade
