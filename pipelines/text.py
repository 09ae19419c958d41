"""Normalise text, at run time and in training; split a text and join it again."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from pipelines.errors import InputError

LETTERS_SHOWN = 30  # of a text that cannot be used

LINE_BREAK = re.compile(r"(\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029])")
# A full stop, closing quotes, brackets or tags (as `pipelines.translation.inline_tags` hides them),
# white space; then what can begin a sentence.
SENTENCE_END = re.compile(
    r"(?<![.!?…])[.!?…]++[\"'”’»)\]\ue100-\uf7ff]*+"
    r"(?=\s++[\"'“‘«(\[¿¡\ue100-\uf7ff]*+[A-ZÀ-ÖØ-Þ0-9])"
)
LONGEST_STEM = 32  # characters before a full stop that are looked at; more is no abbreviation
# No sentence ends after these; a missed end does less harm than a false one.
ABBREVIATIONS = re.compile(
    r"(?:mr|mrs|ms|dr|prof|st|jr|vs|etc|fig|e\.g|i\.e|a\.m|p\.m|u\.s|u\.k"
    r"|sr|sra|srta|dra|ud|uds|vd|vds|pág|p\.ej|ee\.uu|\w)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Part:
    """A sentence, or what stands between sentences and stays as it is."""

    text: str
    is_sentence: bool


def read_text(source: str | bytes) -> str:
    """Give a text as it is; bytes are UTF-8.

    Raises:
        InputError: it is no text.
    """
    if isinstance(source, bytes):
        try:
            source = source.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            shown = source[:LETTERS_SHOWN]
            raise InputError(
                f"text {shown!r} is not UTF-8 ({error.reason}); save it as UTF-8"
            ) from None
    if not isinstance(source, str):
        raise InputError(f"a {type(source).__name__} is not a text; give a str, or UTF-8 bytes")
    if "\0" in source:
        shown = source[:LETTERS_SHOWN]
        raise InputError(f"text {shown!r} has a NUL character in it; is it a binary file?")
    return source.encode("utf-8", "replace").decode()  # half characters become "?"


def tidy(text: str) -> str:
    """Compose accents (NFC), and make one space of each run of white space; none at the ends."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def split_text(text: str) -> list[Part]:
    """Take a text apart; the parts in order make the text again.

    A line break ends a sentence. White space around sentences, and lines without a letter, are
    parts that stay as they are.
    """
    parts: list[Part] = []
    for index, line in enumerate(LINE_BREAK.split(text)):
        if index % 2:
            parts.append(Part(line, False))
        else:
            parts += _split_line(line)
    return parts


def _split_line(line: str) -> Iterator[Part]:
    start = 0
    for sentence_end in (*_sentence_ends(line), len(line)):
        yield from _peel(line[start:sentence_end])
        start = sentence_end


def _sentence_ends(line: str) -> Iterator[int]:
    for match in SENTENCE_END.finditer(line):
        before = line[max(match.start() - LONGEST_STEM, 0) : match.start()]
        word = before.rsplit(None, 1)[-1:] or [""]
        stem = word[0].lstrip("\"'“‘«([¿¡")
        if not (match[0] == "." and ABBREVIATIONS.fullmatch(stem)):
            yield match.end()


def _peel(sentence: str) -> Iterator[Part]:
    """Take the white space around a sentence off."""
    inner = sentence.strip()
    if not any(letter.isalpha() for letter in inner):
        if sentence:
            yield Part(sentence, False)
        return
    start = sentence.index(inner)
    around = (sentence[:start], inner, sentence[start + len(inner) :])
    for text, is_sentence in zip(around, (False, True, False), strict=True):
        if text:
            yield Part(text, is_sentence)
