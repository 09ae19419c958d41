"""Marks: what the network sees in place of what it shall not translate.

Code points for private use: no text has a meaning for them, and each is one piece of every
vocabulary. There are three kinds because grammar tells a number from a name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

PER_KIND = 8  # of a sentence; one that needs more is translated in parts
THINGS = tuple(chr(0xE000 + number) for number in range(PER_KIND))  # addresses, code, placeholders
NAMES = tuple(chr(0xE010 + number) for number in range(PER_KIND))
NUMBERS = tuple(chr(0xE020 + number) for number in range(PER_KIND))
MARKS = (*THINGS, *NAMES, *NUMBERS)

ANY_MARK = re.compile(f"[{''.join(MARKS)}]")

Kept = tuple[tuple[str, str], ...]  # each mark, and what it stands for as it shall come out


def unmark(text: str, kept: Iterable[tuple[str, str]]) -> str:
    """Put what the marks stood for back; what has lost its mark comes at the end."""
    meaning = dict(kept)
    lost = [kept_text for mark, kept_text in meaning.items() if mark not in text]
    return " ".join([ANY_MARK.sub(lambda match: meaning.get(match[0], ""), text), *lost])
