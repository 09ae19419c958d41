"""Colour each character of a text by its surprisal."""

from __future__ import annotations

import html
import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from dltasks.terminal import printable

if TYPE_CHECKING:
    from pipelines.text_generation.results import Scored

MOST_BITS = 12.0  # and more have the strongest colour
# Backgrounds of terminals with 256 colours, from none to red.
TERMINAL_COLOURS = (None, 230, 229, 222, 215, 209, 203, 196)
RESET = "\033[0m"
LINE_BREAK_SHOWN = "↵\n"

PAGE = """<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<title>{title}</title>
<style>
body {{ font: 1rem/1.6 serif; max-width: 45rem; margin: 2rem auto; white-space: pre-wrap }}
</style>
<body>{summary}

{text}</body>
</html>
"""


def to_terminal(scored: Scored) -> str:
    """Colour each character's background."""
    shown = []
    for piece, bits in _bits(scored):
        colour = TERMINAL_COLOURS[round(_share(bits) * (len(TERMINAL_COLOURS) - 1))]
        text = printable(piece).replace("\n", LINE_BREAK_SHOWN)
        if colour is None:
            shown.append(printable(piece))
        else:
            shown.append(f"\033[30;48;5;{colour}m{text}{RESET}")
    return "".join(shown)


def to_html(scored: Scored, title: str) -> str:
    """Write a page; the bits of a character are shown where the pointer rests on it."""
    parts = []
    for piece, bits in _bits(scored):
        text = html.escape(piece.replace("\n", LINE_BREAK_SHOWN))
        style = f"background:rgba(220,40,20,{_share(bits):.2f})"
        parts.append(f'<span style="{style}" title="{bits:.2f} bits">{text}</span>')
    return PAGE.format(
        title=html.escape(title), summary=html.escape(summarise(scored)), text="".join(parts)
    )


def summarise(scored: Scored) -> str:
    """Give the figures of the whole text."""
    return (
        f"{scored.bits_per_character:.3f} bits per character, perplexity {scored.perplexity:.2f} "
        f"per symbol, {len(scored.pieces)} symbols"
    )


def _bits(scored: Scored) -> Iterator[tuple[str, float]]:
    """Pair each piece with its surprisal in bits (Shannon 1948)."""
    for piece, log_probability in zip(scored.pieces, scored.log_probabilities, strict=True):
        yield piece, -log_probability / math.log(2)


def _share(bits: float) -> float:
    return min(max(bits / MOST_BITS, 0.0), 1.0)
