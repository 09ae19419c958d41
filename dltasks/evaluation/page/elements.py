"""The pieces of an HTML report. Every text goes through `escape`: names are strangers' input."""

from __future__ import annotations

import base64
import html
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from dltasks.evaluation.page.style import CLASS, STYLE
from dltasks.terminal import printable

LONGEST_TEXT = 200  # characters; a name may be of any length, and the file stays small
LARGE_MATRIX = 15  # classes; with more of them, a sheet of paper needs small letters
# A second line of defence: the browser loads nothing and runs nothing, whatever the page holds.
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


class Section(NamedTuple):
    """A part of a report: its heading and its HTML."""

    title: str
    body: str


def escape(text: object) -> str:
    """Give a text as HTML, without control characters; the middle of a long one is left out."""
    shown = str(text)
    if len(shown) > LONGEST_TEXT:
        half = LONGEST_TEXT // 2
        shown = f"{shown[:half]}…{shown[-half:]}"
    return html.escape(printable(shown))


def paragraph(text: str) -> str:
    """Give a paragraph of our own text."""
    return f"<p>{html.escape(text)}</p>"


def figures(values: Mapping[str, str]) -> str:
    """Give the headline figures, by name."""
    return f'<dl class="figures">{_pairs(values)}</dl>'


def pairs(values: Mapping[str, str]) -> str:
    """Give a list of names with their values."""
    return f"<dl>{_pairs(values)}</dl>"


def table(caption: str, headings: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Give a table; the first cell of a row is its heading.

    Args:
        caption: what it has.
        headings: of the columns.
        rows: the cells, a text or a number each.
    """
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in headings)
    lines = (
        f'<tr><th scope="row">{escape(first)}</th>'
        + "".join(f"<td>{escape(cell)}</td>" for cell in rest)
        + "</tr>"
        for first, *rest in rows
    )
    return _scrolling(
        caption,
        f"<table><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{''.join(lines)}</tbody></table>",
    )


def matrix(caption: str, names: Sequence[str], counts: Sequence[Sequence[int]]) -> str:
    """Give a confusion matrix with its counts; a cell is as dark as its part of the row.

    Args:
        caption: what it has.
        names: of the classes.
        counts: [truth, predicted].
    """
    kind = "matrix large" if len(names) > LARGE_MATRIX else "matrix"
    head = "".join(f'<th scope="col"><span>{escape(name)}</span></th>' for name in names)
    lines = (
        f'<tr><th scope="row">{escape(name)}</th>'
        + "".join(_cell(count, sum(row), row_index == column) for column, count in enumerate(row))
        + "</tr>"
        for row_index, (name, row) in enumerate(zip(names, counts, strict=True))
    )
    return _scrolling(
        caption,
        f'<table class="{kind}"><caption>{escape(caption)}</caption>'
        f"<thead><tr><td>truth ↓ predicted →</td>{head}</tr></thead>"
        f"<tbody>{''.join(lines)}</tbody></table>",
    )


def _cell(count: int, total: int, is_right: bool) -> str:
    if not count:
        return '<td class="none">0</td>'
    colour, strength = "right" if is_right else "wrong", 0.1 + 0.4 * count / total
    return f'<td style="background: rgb(var(--{colour}) / {strength:.2f})">{count}</td>'


def _scrolling(label: str, content: str) -> str:
    """Let wide content scroll by itself, also with the keyboard."""
    return (
        f'<div class="scroll" role="region" tabindex="0" aria-label="{escape(label)}">'
        f"{content}</div>"
    )


def jpeg(content: bytes, alt: str) -> str:
    """Embed a JPEG; `alt` says what it shows."""
    encoded = base64.b64encode(content).decode()
    return f'<img src="data:image/jpeg;base64,{encoded}" alt="{escape(alt)}">'


def side_by_side(*parts: str) -> str:
    """Put parts beside each other where there is room."""
    return f'<div class="side-by-side">{"".join(parts)}</div>'


def fragment(title: str, about: Mapping[str, str], sections: Sequence[Section]) -> str:
    """Give a report as a part of another page, such as a notebook."""
    return f'<style>{STYLE}</style><div class="{CLASS}">{_content(title, about, sections)}</div>'


def page(title: str, about: Mapping[str, str], sections: Sequence[Section]) -> str:
    """Give a report as a page of its own."""
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>\n"
        f'<body class="{CLASS}">{_content(title, about, sections)}</body></html>\n'
    )


def _content(title: str, about: Mapping[str, str], sections: Sequence[Section]) -> str:
    described = f'<dl class="about">{_pairs(about)}</dl>' if about else ""
    links = (
        f'<a href="#{CLASS}-{number}">{escape(section.title)}</a>'
        for number, section in enumerate(sections)
    )
    parts = (
        f'<section><h2 id="{CLASS}-{number}">{escape(section.title)}</h2>{section.body}</section>\n'
        for number, section in enumerate(sections)
    )
    return (
        f"<h1>{escape(title)}</h1>{described}\n"
        f'<nav aria-label="Contents">{"".join(links)}</nav>\n<main>{"".join(parts)}</main>'
    )


def _pairs(values: Mapping[str, str]) -> str:
    return "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>"
        for name, value in values.items()
    )
