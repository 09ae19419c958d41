"""Normalise spoken texts, to train CTC recognisers and to score all recognisers."""

from __future__ import annotations

import unicodedata

APOSTROPHES = dict.fromkeys(map(ord, "’ʼ`´‘"), "'")
NORMALISER = "lower case, no punctuation but apostrophes within words, one space between words"


def normalise_spoken(text: str) -> str:
    """Write a text without what cannot be heard: case and punctuation.

    Lower case, in Unicode's form NFC; signs and punctuation are spaces, but for an apostrophe
    between two letters; one space between words. Numbers stay as they are written.

    >>> normalise_spoken("“Don’t!” she said — twice.")
    "don't she said twice"
    """
    plain = unicodedata.normalize("NFC", text).lower().translate(APOSTROPHES)
    heard = [character if _is_heard(plain, index) else " " for index, character in enumerate(plain)]
    return " ".join(unicodedata.normalize("NFC", "".join(heard)).split())


def _is_heard(text: str, index: int) -> bool:
    if text[index] == "'":
        around = text[index - 1 : index] + text[index + 1 : index + 2]
        return len(around) == 2 and around.isalpha()
    return unicodedata.category(text[index])[0] in "LMN"
