"""Tell code pages of Europe apart, by the letters that languages write.

The code pages give the same bytes different letters: in CP850, é is the byte that is a low quote in
CP1252. In the right one, nearly all letters beyond ASCII are of one language.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

# In the order in which they are preferred; many texts read the same in several.
CODE_PAGES = (
    *("cp1252", "iso8859_15", "mac_roman", "cp850"),
    *("cp1250", "iso8859_2", "cp1254", "cp1257"),
    *("cp1251", "koi8_r", "koi8_u", "cp866", "iso8859_5", "cp1253"),
)
WITH_QUOTES = ("cp1252", "mac_roman")  # that a text in English needs beyond ASCII
RUSSIAN = "абвгдежзийклмнопрстуфхцчшщъыьэюяё"
LETTERS = {
    "French": "àâæçéèêëîïôœùûü",
    "Spanish": "áéíóúüñ",
    "Portuguese": "áâãàçéêíóôõú",
    "Italian": "àèéìíîòóùú",
    "German": "äöüßé",
    "Catalan": "àçèéíïòóúü",
    "Dutch": "éèëïóöü",
    "Danish or Norwegian": "æøåéòô",
    "Swedish or Finnish": "åäöé",
    "Icelandic": "áðéíóúýþæö",
    "Czech or Slovak": "áčďéěíľĺňóôřŕšťúůýžä",
    "Polish": "ąćęłńóśźż",
    "Hungarian": "áéíóöőúüű",
    "Romanian": "ăâîşţșț",
    "Croatian or Slovene": "čćđšž",
    "Turkish": "çğıi̇öşüâ",
    "Lithuanian": "ąčęėįšųūž",
    "Latvian": "āčēģīķļņšūž",
    "Russian": RUSSIAN,
    "Ukrainian": "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя",
    "Greek": "αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώϊϋΐΰ",
}
WESTERN = 10  # of these languages come first; a text in several of them is in CP1252
SEVERAL = {"of Western Europe": "".join(list(LETTERS.values())[:WESTERN])}
SIGNS = frozenset("‘’“”„«»–—…•·°©®™€£§¿¡ªº½¼¾×№΄\xa0")
WITHIN_WORDS = frozenset("’‘·—…\xa0")
LEAST_LETTERS = 3  # of one byte, any page but the first would make some letter
NOT_LATIN = "\u0370"  # and what comes after it: Greek and Cyrillic
LEAST_SHARE = 0.97  # of the characters beyond ASCII; the rest are names of elsewhere
BEYOND_ASCII = re.compile(r"[^\0-\x7f]")


@dataclass(frozen=True)
class Reading:
    """A code page that makes sense of some bytes.

    Attributes:
        encoding: of `CODE_PAGES`.
        language: whose letters they are; "" where there are only quotes, dashes and the like.
        letters: how many there are beyond ASCII.
        share: of them, those of the language; at least `LEAST_SHARE`.
    """

    encoding: str
    language: str
    letters: int
    share: float


def find_by_letters(sample: bytes) -> Reading | None:
    """Find the code page in which a sample is a text of a language of Europe.

    Args:
        sample: lines, or parts of lines, with bytes beyond ASCII in them.

    Returns:
        The code page and its language; None where the sample makes sense in none.
    """
    found = [item for name in CODE_PAGES if (item := _read_as(sample, name, LETTERS))]
    with_letters = [item for item in found if item.letters]
    if with_letters:
        return max(with_letters, key=lambda item: item.share)  # the first of equals
    of_signs = [item for item in found if item.encoding in WITH_QUOTES]
    return _read_as(sample, CODE_PAGES[0], SEVERAL) or next(iter(of_signs), None)


def _read_as(sample: bytes, encoding: str, languages: dict[str, str]) -> Reading | None:
    try:
        text = f" {sample.decode(encoding)} "
    except UnicodeDecodeError:
        return None
    beyond = [match.start() for match in BEYOND_ASCII.finditer(text)]
    letters = "".join(text[place] for place in beyond if text[place] not in SIGNS).lower()
    misread = sum(_is_misread(*text[place - 1 : place + 2]) for place in beyond)
    if misread > (1 - LEAST_SHARE) * len(beyond):
        return None
    if not letters:
        return Reading(encoding, "", 0, 1.0)
    if len(letters) < LEAST_LETTERS and encoding != CODE_PAGES[0]:
        return None
    language, known = max(
        ((name, sum(map(letters.count, set(own)))) for name, own in languages.items()),
        key=lambda item: item[1],
    )
    share = known / len(letters)
    return Reading(encoding, language, len(letters), share) if share >= LEAST_SHARE else None


def _is_misread(before: str, character: str, after: str) -> bool:
    """Tell whether a character cannot stand between its neighbours: a sign in a word, say."""
    if character in SIGNS or not character.isalpha():
        return character not in WITHIN_WORDS and before.isalpha() and after.isalpha()
    is_mixed = character >= NOT_LATIN and before.isascii() and before.isalpha()
    return is_mixed or (before.islower() and character.isupper())
