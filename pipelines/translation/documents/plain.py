"""Plain text (.txt, and files of unknown endings): each line is a text."""

from __future__ import annotations

from collections.abc import Sequence

from pipelines.errors import InputError
from pipelines.translation.documents.base import decode, has_letters, split_lines, without_end


class PlainText:
    """Lines; their breaks and the byte order mark stay.

    Args:
        content: of the file.
        origin: its name.

    Raises:
        InputError: it is not UTF-8, or is a binary file.
    """

    def __init__(self, content: bytes, origin: str) -> None:
        self.remarks: list[str] = []
        self._mark, text = decode(content, origin)
        if "\0" in text:
            raise InputError(f"{origin}: has NUL characters in it; is it a binary file?")
        self._lines = split_lines(text)
        self.texts = [line for line in map(without_end, self._lines) if has_letters(line)]

    def fill(self, translations: Sequence[str]) -> str:
        self.remarks = []
        said = iter(translations)
        lines = []
        for line in self._lines:
            text = without_end(line)
            translation = next(said) if has_letters(text) else text
            lines.append(translation + line[len(text) :])
        return self._mark + "".join(lines)
