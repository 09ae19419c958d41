"""Tags within a sentence: taken off before the network, and put around the words they belong to.

Which words those are, the attention of the translation over its source tells.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

TAG = re.compile(r"<(?P<end>/?)(?P<name>[A-Za-z][\w:.-]*+)(?P<rest>[^<>]*+)>")
# Stand-ins while a sentence is taken apart: code points for private use, behind those of the marks.
FIRST = 0xE100
MOST = 0x1700  # of a text; where there are more, they are kept as they are
ANY_TAG = re.compile(f"[{chr(FIRST)}-{chr(FIRST + MOST - 1)}]")
PUNCTUATION = frozenset("\"'”’»)].,;:!?…")
EDGES = re.compile(r"^([\"'“‘«(\[¿¡]*)(.*?)([\"'”’»)\].,;:!?…]*)$", re.S)


@dataclass(frozen=True)
class Place:
    """Where tags stand among the words of a sentence.

    Attributes:
        opening: what comes before the words, or "".
        closing: what comes after them, or "".
        first: number of the first word.
        last: number behind the last word; `first` for a tag between words.
        around: whether the closing comes after the punctuation of the last word.
    """

    opening: str
    closing: str
    first: int
    last: int
    around: bool = False


@dataclass(frozen=True)
class Tags:
    """The tags of a text.

    Attributes:
        stands_for: what each stand-in stands for.
        pairs: the stand-in of the end tag that goes with each start tag which has one.
    """

    stands_for: Mapping[str, str]
    pairs: Mapping[str, str]

    def show(self, text: str) -> str:
        """Put tags in place of their stand-ins."""
        return ANY_TAG.sub(lambda match: self.stands_for.get(match[0], match[0]), text)


def hide_tags(text: str) -> tuple[str, Tags]:
    """Put a stand-in of one character for each tag."""
    stands_for: dict[str, str] = {}
    # Signs of the text itself are hidden too, or they would be taken for ours.
    found = re.compile(f"{TAG.pattern}|{ANY_TAG.pattern}")
    if sum(1 for _ in found.finditer(text)) > MOST:
        return ANY_TAG.sub("\ufffd", text), Tags(stands_for, {})

    def hide(match: re.Match[str]) -> str:
        sign = chr(FIRST + len(stands_for))
        stands_for[sign] = match[0]
        return sign

    hidden = found.sub(hide, text)
    return hidden, Tags(stands_for, _pair(stands_for))


def _pair(stands_for: Mapping[str, str]) -> dict[str, str]:
    pairs: dict[str, str] = {}
    opened: list[tuple[str, str]] = []
    for sign, text in stands_for.items():
        match = TAG.fullmatch(text)
        if match is None or match["rest"].endswith("/"):
            continue
        if not match["end"]:
            opened.append((match["name"], sign))
        elif opened and opened[-1][0] == match["name"]:
            pairs[opened.pop()[1]] = sign
    return pairs


def take_off(text: str, pairs: Mapping[str, str]) -> tuple[str, tuple[Place, ...]]:
    """Take the stand-ins out of a sentence, and say where among its words they stood.

    Args:
        text: the sentence.
        pairs: see `Tags`.
    """
    clean = ""
    begins: dict[str, int] = {}
    ends: dict[str, int] = {}
    behind: dict[str, str] = {}
    pieces = re.split(f"({ANY_TAG.pattern})", text)  # text and tags by turns
    apart = {tag for tag, after in zip(pieces[1::2], pieces[2::2], strict=True) if after[:1] == " "}
    for number, piece in enumerate(pieces):
        if number % 2 == 0:
            clean += piece
            continue
        behind[piece] = clean[-1:]
        begins[piece] = _words_before(clean)
        ends[piece] = len(clean.split())
    closed = {pairs[sign] for sign in begins if pairs.get(sign) in begins}

    def place(sign: str) -> Place:
        first, end = begins[sign], pairs.get(sign)
        if end in closed and end is not None:
            around = behind[end] in PUNCTUATION
            return Place(sign, end, first, max(ends[end], first + 1), around)
        if behind[sign].strip():  # close behind a word
            first = ends[sign] - 1
            return Place("", sign, first, first + 1, behind[sign] in PUNCTUATION)
        return Place(f"{sign} " if sign in apart else sign, "", first, first)

    return clean, tuple(place(sign) for sign in begins if sign not in closed)


def _words_before(text: str) -> int:
    """Count the words before a place; the one that it stands in is not counted."""
    return len(text.split()) - (bool(text) and not text[-1].isspace() and _has_letter(text))


def _has_letter(text: str) -> bool:
    return any(letter.isalnum() or ord(letter) >= 0xE000 for letter in text.split()[-1])


def put_back(text: str, places: Sequence[Place], weights: np.ndarray) -> str:
    """Put tags around the words of a translation.

    Args:
        text: the translation.
        places: where the tags stood in the source.
        weights: attention of each word over the words of the source: [word, source word].
    """
    words = text.split(" ")
    starts, ends, behind = ([""] * (len(words) + 1) for _ in range(3))
    for place in places:
        first, last = _find(place, weights[: len(words)])
        starts[first] += place.opening
        if place.closing:
            target = behind if place.around else ends
            target[last - 1] = place.closing + target[last - 1]
    dressed = [
        f"{_dress(word, start, end)}{after}"
        for word, start, end, after in zip(words, starts, ends, behind, strict=False)
    ]
    return " ".join(dressed) + starts[-1]


def _dress(word: str, start: str, end: str) -> str:
    """Put tags at a word, within the punctuation at its edges."""
    edges = EDGES.fullmatch(word)
    if edges is None or not (start or end):
        return word
    return f"{edges[1]}{start}{edges[2]}{end}{edges[3]}"


def _find(place: Place, weights: np.ndarray) -> tuple[int, int]:
    """Give the words of the translation that a place belongs to: (first, behind the last)."""
    count, sources = weights.shape
    if not count:
        return 0, 1
    if place.first == place.last:
        if place.first >= sources:
            return count, count
        word = int(weights[:, place.first].argmax())
        return word, word
    first = min(place.first, sources - 1)
    inside = slice(first, max(place.last, first + 1))
    chosen = np.flatnonzero(_is_in(weights.argmax(axis=1), inside))
    if not len(chosen):
        word = int(weights[:, inside].sum(axis=1).argmax())
        return word, word + 1
    return _longest_run(chosen, weights[:, inside].sum(axis=1))


def _is_in(values: np.ndarray, inside: slice) -> np.ndarray:
    found: np.ndarray = (values >= inside.start) & (values < inside.stop)
    return found


def _longest_run(words: np.ndarray, weights: np.ndarray) -> tuple[int, int]:
    """Give the run of words, with gaps of one, that has the most weight."""
    runs = np.split(words, np.flatnonzero(np.diff(words) > 2) + 1)
    best = max(runs, key=lambda run: float(weights[run].sum()))
    return int(best[0]), int(best[-1]) + 1


def word_weights(weights: np.ndarray, target: Sequence[str], source: Sequence[str]) -> np.ndarray:
    """Sum the attention between pieces up to words.

    Args:
        weights: float32 [target piece, source piece].
        target: pieces as written; ▁ is the space before a word.
        source: likewise.

    Returns:
        [word, source word].
    """
    rows, columns = _word_of(target), _word_of(source)
    summed = np.zeros((max(rows, default=-1) + 1, max(columns, default=-1) + 1), np.float32)
    np.add.at(summed, (np.array(rows)[:, None], np.array(columns)[None]), weights)
    return summed


def _word_of(pieces: Sequence[str]) -> list[int]:
    """Number the word of each piece."""
    numbers, word = [], -1
    for piece in pieces:
        word += piece.startswith("▁") or word < 0
        numbers.append(word)
    return numbers
