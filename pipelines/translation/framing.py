"""What stands around a sentence, and its case: taken off before the network, put back after it.

List marks, brackets, quotation marks, dashes, the signs of Markdown and subtitles, and the capital
at the beginning of a sentence are not the network's business.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

from pipelines.translation.inline_tags import ANY_TAG
from pipelines.translation.marks import ANY_MARK

PAIRS = {'"': '"', "“": "”", "„": "“", "«": "»", "'": "'", "‘": "’", "(": ")", "[": "]"}
CLOSERS = "".join(sorted({*PAIRS.values(), "”"}))
# Quotation marks as each language writes them; the others keep what the source has (CLDR 48).
QUOTES = {"en": "“”", "es": "«»", "pt": "“”", "de": "„“", "it": "«»", "ca": "«»", "ru": "«»"}
ANY_QUOTE = re.compile("[“”„«»]")

# At the beginning: list marks (-, *, •, #, >, 1., 1), a), [x]), dashes of a dialogue, notes, emoji.
LEADING = re.compile(
    r"\s+|\(?(?:\d{1,3}|[A-Za-z])\)\s+|\d{1,3}\.\s+|\[[ xX]\]\s+|[#>*+-]++\s+|[*_~]{1,3}(?=\S)"
    r"|[-–—](?=[A-ZÀ-ÖØ-Þ¿¡\"])|[^\ue000-\uf8ff\w\s.,;:!?¿¡\"'“”„«»‘’()\[\]{}<>%$€£¥@#&/\\`*_+~°|=-]+"
    r"|[–—•·…|]++|\.{2,}"
)
TRAILING = re.compile(
    r"\s+|[,;:…|–—*_~-]++|\.{2,}|[^\ue000-\uf8ff\w\s.,;:!?¿¡\"'“”„«»‘’()\[\]{}<>%$€£¥@#&/\\`*_+~°|=-]+"
)
CLOSING = re.compile(rf"[{re.escape(CLOSERS)}]")
SENTENCE_END = re.compile(r"[.!?]+$")
NO_TAGS: Mapping[str, str] = MappingProxyType({})
MOST_LAYERS = 8  # around a sentence
LETTER = re.compile(r"[^\W\d_]")


class Case(Enum):
    """How a sentence is written."""

    PLAIN = "with a capital at its beginning"
    LOWER = "without one"
    RAISED = "without one, and the network gets one"
    UPPER = "in capitals"


@dataclass(frozen=True)
class Framed:
    """A sentence taken out of what stands around it.

    Attributes:
        before: what stands before it.
        inner: the sentence.
        after: what stands after it.
    """

    before: str
    inner: str
    after: str


def take_out(sentence: str, tags: Mapping[str, str] = NO_TAGS) -> Framed:
    """Take a sentence out of what stands around it; the parts in order make it again.

    Args:
        sentence: with stand-ins for its tags.
        tags: those that have an end tag, and its stand-in; see `pipelines.translation.inline_tags`.
    """
    start, end = 0, len(sentence)
    if not LETTER.search(sentence):
        return Framed(sentence, "", "")
    for _ in range(MOST_LAYERS):
        layer = _without_tags(sentence, start, end, tags) or _layer(sentence, start, end)
        if layer == (start, end) or not LETTER.search(sentence, *layer):
            break
        start, end = layer
    return Framed(sentence[:start], sentence[start:end], sentence[end:])


def _without_tags(
    sentence: str, start: int, end: int, tags: Mapping[str, str]
) -> tuple[int, int] | None:
    """Give where a sentence begins and ends without outermost tags; None where there are none.

    A start tag whose end tag is within the sentence belongs to some of its words.
    """
    first, last = sentence[start], sentence[end - 1]
    if tags.get(first) == last and first != last:
        return start + 1, end - 1
    if ANY_TAG.match(first) and tags.get(first, first) not in sentence[start + 1 : end]:
        return start + 1, end
    begun = [one for one, other in tags.items() if other == last]
    if ANY_TAG.match(last) and not any(one in sentence[start:end] for one in begun):
        return start, end - 1
    return None


def _layer(sentence: str, start: int, end: int) -> tuple[int, int]:
    """Give where a sentence begins and ends without its outermost signs."""
    leading = LEADING.match(sentence, start, end)
    if leading and not _opens_emphasis(sentence, leading, end):
        return leading.end(), end
    first = sentence[start]
    closer = PAIRS.get(first, "")
    if closer:
        place = sentence.find(closer, start + 1, end)
        if place < 0 and first not in "'‘([":
            return start + 1, end
        rest = sentence[place + 1 : end]
        if place >= 0 and re.fullmatch(r"[.,;:!?…]*", rest):
            return start + 1, place
    last = sentence[end - 1]
    openers = [opener for opener, other in PAIRS.items() if other == last]
    if (
        openers
        and last not in "'’"
        and not any(one in sentence[start : end - 1] for one in openers)
    ):
        return start, end - 1
    trailing = re.search(f"(?:{TRAILING.pattern})$", sentence[max(start, end - 16) : end])
    if trailing and trailing[0]:
        return start, end - len(trailing[0])
    return start, end


def _opens_emphasis(sentence: str, leading: re.Match[str], end: int) -> bool:
    """Tell whether Markdown's signs stand around the first words only."""
    signs = leading[0]
    return signs[0] in "*_~" and signs in sentence[leading.end() : end - len(signs)]


def in_quotes_of(language: str, signs: str) -> str:
    """Write the quotation marks of a frame as a language does; straight ones stay."""
    wanted = QUOTES.get(language)
    if wanted is None:
        return signs
    return ANY_QUOTE.sub(lambda match: wanted[_closes(match)], signs)


def _closes(match: re.Match[str]) -> bool:
    return match[0] in "”»"


def case_of(text: str) -> Case:
    """Tell how a sentence with marks in it is written."""
    letters = LETTER.findall(text)
    if len(letters) > 3 and all(letter.isupper() for letter in letters):
        return Case.UPPER
    first = LETTER.search(text)
    begins = first is not None and not ANY_MARK.search(text, 0, first.start())
    return Case.LOWER if begins and letters[0].islower() else Case.PLAIN


def from_running(text: str, case: Case) -> str:
    """Write a translation, with its marks, in the case of the source.

    Args:
        text: as the network says it: in the case of running text, or of a sentence.
        case: of the source.
    """
    if case is Case.UPPER:
        return text.upper()
    if case is Case.PLAIN:
        return change_first(text, str.upper)
    if case is Case.RAISED and not re.match(r"[¿¡]?I\b", text):
        return change_first(text, str.lower)
    return text


def change_first(text: str, change: Callable[[str], str]) -> str:
    """Change the first letter of a text, unless a mark stands before it."""
    first = LETTER.search(text)
    if first is None or ANY_MARK.search(text, 0, first.start()):
        return text
    return f"{text[: first.start()]}{change(first[0])}{text[first.end() :]}"


def end_alike(source: str, translation: str) -> str:
    """Give a translation a full stop where its source has one, and none where it has not."""
    of_source, of_translation = SENTENCE_END.search(source), SENTENCE_END.search(translation)
    if of_source is None and of_translation and of_translation[0] == ".":
        return translation[: of_translation.start()]
    if of_source and of_source[0] == "." and of_translation is None:
        return f"{translation}."
    return translation
