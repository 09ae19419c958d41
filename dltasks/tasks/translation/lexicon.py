"""Learn from the training set which words the network will know; see `pipelines.translation.names`.

A capitalised word that the network does not know is a name, and stays as it is. The data tell which
are known: those that change from language to language (Spain, España), and those that are frequent.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable

from pipelines.translation.names import POSSESSIVE, WORD, Lexicon

KNOWN_FROM = 3  # times that a word was seen
CHANGED_FROM = 2  # times that a capitalised word was seen which the other language writes otherwise
FAMILIAR_FROM = 50  # times that a name was seen which stays as it is: the network can say it
CHANGES_BELOW = 0.5  # fraction of the pairs with the word on both sides; below, it is no name
STAYS_FROM = 0.85
LEAST_EVIDENCE = 20  # rare capitalised words, to tell whether a language writes names so
LEAST_NAMES = 0.3  # of those, the fraction that must be names


def build_lexicon(pairs: Iterable[tuple[str, str]]) -> Lexicon:
    """Learn the words of the first side's language that the network will know.

    Returns:
        No word where capitals do not tell names, as in German, where every noun has one.
    """
    lower: Counter[str] = Counter()
    inside, first = _Capitalised(), _Capitalised()
    for text, other in pairs:
        words, there = _words(text), set(_words(other))
        lower.update(word for word in words if word.islower())
        inside.add(words[1:], there)
        first.add(words[:1], there)
    if not inside.are_names():
        return Lexicon(())
    known = {word for word, count in lower.items() if count >= KNOWN_FROM}
    unknown = _Capitalised()
    unknown.seen = Counter({w: n for w, n in first.seen.items() if w.lower() not in known})
    unknown.copied = first.copied
    rarer = {word for word, count in inside.seen.items() if count < lower[word.lower()]}
    shouted = {word for word in rarer if word.isupper() and len(word) > 1}  # NOT, NEVER
    return Lexicon(known | (inside.known() - shouted), initial_names=unknown.are_names())


class _Capitalised:
    """How often capitalised words were seen, and how often they were on both sides."""

    def __init__(self) -> None:
        self.seen: Counter[str] = Counter()
        self.copied: Counter[str] = Counter()

    def add(self, words: Iterable[str], there: Container[str]) -> None:
        own = [word for word in words if word[0].isupper()]
        self.seen.update(own)
        self.copied.update(word for word in own if word in there)

    def known(self) -> set[str]:
        """List what is no name, or a familiar one."""
        return {word for word, count in self.seen.items() if self._is_known(word, count)}

    def _is_known(self, word: str, count: int) -> bool:
        copied = self.copied[word]
        changes = count >= CHANGED_FROM and copied < CHANGES_BELOW * count
        return changes or (count >= FAMILIAR_FROM and copied >= STAYS_FROM * count)

    def are_names(self) -> bool:
        """Tell whether the rare ones are names more often than not words of the language."""
        rare = [word for word, count in self.seen.items() if count < KNOWN_FROM]
        stay = sum(self.copied[word] > 0 for word in rare)
        return len(rare) >= LEAST_EVIDENCE and stay >= LEAST_NAMES * len(rare)


def _words(text: str) -> list[str]:
    return [POSSESSIVE.sub("", word) for word in WORD.findall(text)]
