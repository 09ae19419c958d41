"""End a text at a stop string, also while it is streamed."""

from __future__ import annotations

from collections.abc import Sequence


class StopAt:
    """Watches a text grow.

    Args:
        strings: each ends the text where it begins.
    """

    def __init__(self, strings: Sequence[str]) -> None:
        self._strings = tuple(string for string in strings if string)
        self._held = ""  # may be the beginning of one

    def add(self, text: str) -> tuple[str, bool]:
        """Add to the text.

        Returns:
            What is now sure to belong to it, and whether it has ended.
        """
        if not self._strings:
            return text, False
        known = self._held + text
        ends = [place for string in self._strings if (place := known.find(string)) >= 0]
        if ends:
            self._held = ""
            return known[: min(ends)], True
        held = max(_overlap(known, string) for string in self._strings)
        self._held = known[len(known) - held :]
        return known[: len(known) - held], False

    def end(self) -> str:
        """Give what was held back."""
        held, self._held = self._held, ""
        return held


def _overlap(text: str, string: str) -> int:
    """How many of the last characters of the text may be the first ones of the string."""
    longest = min(len(text), len(string) - 1)
    return next((n for n in range(longest, 0, -1) if text.endswith(string[:n])), 0)
