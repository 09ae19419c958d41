"""Make pairs of sentences as the network sees them at run time, marks included.

Both sides lose what stands around them, get marks for numbers, names and placeholders, and begin
with a capital. A pair that could not come up so at run time is left out.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from dltasks.data.examples import Example
from pipelines.text import tidy
from pipelines.translation.framing import Case, case_of, change_first, take_out
from pipelines.translation.keeping import Keeper, Marked
from pipelines.translation.marks import ANY_MARK, NAMES
from pipelines.translation.names import WORD, Lexicon
from pipelines.translation.sentences import as_network_sees

LOWER_CASE = 0.06  # fraction of the sources that lose their capitals, as people type
WITHOUT_STOP = 0.08  # and of the pairs that lose their full stop
MOST_NAMES = 3  # of a sentence that are marked though they are known
PLAIN_SIGNS = str.maketrans({"«": '"', "»": '"', "“": '"', "”": '"', "’": "'", "‘": "'"})

Pair = tuple[str, str]


def make_directions(
    source: str, target: str, lexicons: Mapping[str, Lexicon], *, both: bool
) -> list[Direction]:
    """Describe the directions between two languages.

    Args:
        source: code of the first side's language.
        target: code of the second side's.
        lexicons: of each language.
        both: whether the second direction is wanted too.
    """

    def between(one: str, other: str) -> Direction:
        return Direction(
            one,
            other,
            one != source,
            Keeper(lexicon=lexicons[one], source=one, target=other),
            Keeper(source=other, target=one),
            lexicons[other],
        )

    pairs = [(source, target), (target, source)]
    return [between(*pair) for pair in pairs[: 1 + both]]


@dataclass(frozen=True)
class Direction:
    """One direction of translation, and how its pairs are prepared.

    Attributes:
        source: code of the source language.
        target: code of the target language.
        turned: whether the target is the first side of the data.
        keeper: marks source sentences.
        target_keeper: marks target sentences, to find what both share.
        target_lexicon: the words of the target language.
    """

    source: str
    target: str
    turned: bool
    keeper: Keeper
    target_keeper: Keeper
    target_lexicon: Lexicon

    def sides(self, example: Example) -> Pair:
        """Give the source and the target of an example."""
        sides = (example.source, example.target)
        return sides[::-1] if self.turned else sides

    def prepare(self, examples: Iterable[Example]) -> list[Pair]:
        """Give pairs as the network sees them, those that run time can have."""
        pairs = (self.prepare_pair(*self.sides(item)) for item in examples)
        return [pair for pair in pairs if pair is not None]

    def prepare_for_training(
        self, examples: Iterable[Example], marked: float, seed: int
    ) -> list[Pair]:
        """Prepare pairs, some of them in other case or without a full stop, in a fixed order.

        Args:
            examples: of the training split.
            marked: fraction of the pairs with known names that come again with marks for them.
            seed: of what is drawn.
        """
        pairs = []
        for pair in self.prepare(examples):
            drawn = random.Random(f"{seed} {pair[0]} {pair[1]}")
            pairs.append(self._vary(pair, drawn))
            names = _shared_names(pair) if drawn.random() < marked else []
            if names:
                pairs.append(_mark_names(pair, names))
        return pairs

    def prepare_pair(self, source: str, target: str) -> Pair | None:
        """Give a pair as the network sees it, or None where run time has no such source."""
        framed, other = take_out(tidy(source)), take_out(tidy(target))
        signs = [f"{side.before} {side.after}".translate(PLAIN_SIGNS) for side in (framed, other)]
        alike = signs[0].replace(" ", "") == signs[1].replace(" ", "")
        if not alike or not framed.inner or not other.inner:
            return None
        parts = as_network_sees(framed.inner, self.keeper)
        if len(parts) != 1:
            return None
        marked, case = parts[0]
        said = self._mark_target(marked, other.inner)
        if said is None or (case is Case.UPPER) != (case_of(said) is Case.UPPER):
            return None
        if case is Case.UPPER:
            said = said.lower()
        if self.target_lexicon.words:
            said = self.target_lexicon.to_running(said)
        else:
            said = change_first(said, str.upper)
        return marked.text.strip(), said.strip()

    def _vary(self, pair: Pair, drawn: random.Random) -> Pair:
        source, target = pair
        if drawn.random() < LOWER_CASE:
            lower = source.lower()
            source = lower if self.keeper.lexicon.words else change_first(lower, str.upper)
        if drawn.random() < WITHOUT_STOP and source.endswith(".") and target.endswith("."):
            source, target = source[:-1], target[:-1]
        return source, target

    def _mark_target(self, marked: Marked, target: str) -> str | None:
        """Put the marks of the source into its translation; None where something has no match."""
        found = self.target_keeper.mark(target)
        if len(found) != 1:
            return None
        mark_of: dict[str, str] = {}
        free = list(_spelled(target, found[0]))
        for mark, text in marked.kept:
            if mark in NAMES:
                continue
            match = next((item for item in free if _same(item[1], text)), None)
            if match is None:
                return None
            free.remove(match)
            mark_of[match[0]] = mark
        if free:
            return None
        said = ANY_MARK.sub(lambda match: mark_of[match[0]], found[0].text)
        return _mark_same_names(said, marked)


def _spelled(target: str, marked: Marked) -> Iterator[Pair]:
    """Give each mark of a target, and what it stands for as the target writes it."""
    pattern = "(.+?)".join(re.escape(part) for part in ANY_MARK.split(marked.text))
    texts = re.fullmatch(pattern, target, re.S)
    found = texts.groups() if texts else ()
    yield from zip((mark for mark, _ in marked.kept), found, strict=False)


def _same(one: str, other: str) -> bool:
    """Compare numbers without the signs between their digits, and all else as it is."""
    if one == other:
        return True
    digits = [re.sub(r"[\s.,]", "", text) for text in (one, other)]
    return digits[0] == digits[1] and digits[0][:1].isdigit()


def _mark_same_names(target: str, marked: Marked) -> str | None:
    for mark, name in marked.kept:
        if mark not in NAMES:
            continue
        target, count = re.subn(rf"(?i)(?<!\w){re.escape(name)}(?!\w)", mark, target)
        if count != 1:
            return None
    return target


def _shared_names(pair: Pair) -> list[str]:
    """List the capitalised words that each side has exactly once."""
    words = [Counter(WORD.findall(text)) for text in pair]
    shared = [word for word in words[0] if words[0][word] == words[1].get(word) == 1]
    return [word for word in shared if word[0].isupper() and len(word) > 1][:MOST_NAMES]


def _mark_names(pair: Pair, names: Sequence[str]) -> Pair:
    free = [mark for mark in NAMES if mark not in pair[0]]
    for name, mark in zip(names, free, strict=False):
        pair = tuple(re.sub(rf"(?<!\w){name}(?!\w)", mark, text) for text in pair)  # type: ignore[assignment]
    return pair
