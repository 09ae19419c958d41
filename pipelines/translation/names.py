"""Which capitalised words are names that stay as they are.

A lexicon lists the words of a language that the network has learned, lower case where they are
written so, and capitalised where training has shown that they change (Spain) or are so frequent
that the network knows them (Tom). A capitalised word that it does not list is a name.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from pipelines.bundle.folder import Bundle
from pipelines.errors import BundleError

WORD = re.compile(r"[^\W\d_]++(?:['’-][^\W\d_]++)*+")
POSSESSIVE = re.compile(r"['’]s?$")
SHOUTED = re.compile(r"(?<!\w)[^\W\d_a-z]{2,}+(?!\w)")
SMALL_WORD = 3  # letters of "of" and "the", which titles have without capitals
ENDING = 3  # letters
COMMON_FROM = 5  # words with an ending that make it one of the language


class Lexicon:
    """The words of one language.

    Args:
        words: those that the network knows; none means that nothing is a name.
        initial_names: whether an unknown word at the beginning of a sentence is a name. In Spanish
            it is more often a verb, which its ending tells.
    """

    def __init__(self, words: Iterable[str], *, initial_names: bool = True) -> None:
        self.words = frozenset(words)
        self.initial_names = initial_names

    def knows(self, word: str) -> bool:
        """Tell whether the network knows a word, as it is written or in another case."""
        return any(form in self.words for form in (word, word.lower(), word.capitalize()))

    def to_running(self, sentence: str) -> str:
        """Write a sentence as it would stand within a text: "Save As" as "save as".

        The first word of a sentence, all words of a title and words in capitals are written in
        lower case where the network knows them so: it has learned them there. Without words, a
        sentence stays as it is.
        """
        words = list(WORD.finditer(sentence))
        if not words or not self.words:
            return sentence
        chosen = words if self._is_title(words, sentence) else words[:1]
        text = sentence
        for match in chosen:
            text = f"{text[: match.start()]}{self._lower(match[0])}{text[match.end() :]}"
        return SHOUTED.sub(lambda match: self._calm(match[0]), text)

    def _lower(self, word: str) -> str:
        if word[1:] != word[1:].lower() or (len(word) == 1 and word in self.words):
            return word  # USB, I
        return word.lower() if word.lower() in self.words else word

    def _is_title(self, words: Sequence[re.Match[str]], sentence: str) -> bool:
        """Tell whether all but the small words have capitals, though none needs one."""
        if len(words) < 2 or sentence.rstrip()[-1] in ".!?":
            return False
        large = [match[0] for match in words if len(match[0]) > SMALL_WORD]
        known = all(word.lower() in self.words for word in large)
        return bool(large) and known and all(word[0].isupper() for word in large)

    def _calm(self, word: str) -> str:
        return word.lower() if word not in self.words and word.lower() in self.words else word

    def names(self, sentence: str, *, cased: bool = True) -> Iterator[tuple[int, int]]:
        """Give where names are, (start, end), in order; several words in a row are one name.

        Args:
            sentence: the text.
            cased: whether capitals tell names; without, every word that is not known is one.
        """
        start = end = -1
        words = list(WORD.finditer(sentence)) if self.words else []
        for number, match in enumerate(words):
            stem = POSSESSIVE.sub("", match[0])
            if not self._is_name(stem, cased=cased):
                continue
            alone = number + 1 == len(words) or not words[number + 1][0][0].isupper()
            if cased and number == 0 and alone and not self._begins(stem):
                continue
            if start < 0 or sentence[end : match.start()] != " ":
                if start >= 0:
                    yield start, end
                start = match.start()
            end = match.start() + len(stem)
        if start >= 0:
            yield start, end

    def _is_name(self, word: str, *, cased: bool) -> bool:
        if len(word) < 2 or (cased and not word[0].isupper()):
            return False
        known = self.knows if not cased else self._knows_as_written
        return not known(word) and not all(map(known, re.split("['’-]", word)))

    def _knows_as_written(self, word: str) -> bool:
        return word in self.words or word.lower() in self.words

    def _begins(self, word: str) -> bool:
        """Tell whether an unknown word at the beginning of a sentence is a name."""
        return self.initial_names or self._endings[word[-ENDING:].lower()] < COMMON_FROM

    @cached_property
    def _endings(self) -> Counter[str]:
        return Counter(word[-ENDING:] for word in self.words if word.islower())


def lexicon_file(language: str) -> str:
    """Name the file of a bundle that holds the lexicon of a language."""
    return f"words.{language}.json"


def write_lexicons(lexicons: Mapping[str, Lexicon]) -> dict[str, bytes]:
    """Give the files of lexicons, by name."""
    return {
        lexicon_file(language): json.dumps(
            {"initial_names": lexicon.initial_names, "words": sorted(lexicon.words)},
            ensure_ascii=False,
            indent=0,
        ).encode()
        for language, lexicon in lexicons.items()
    }


def read_lexicon(bundle: Bundle, language: str) -> Lexicon:
    """Read the lexicon of a language.

    Raises:
        BundleError: it is damaged.
    """
    name = lexicon_file(language)
    if name not in bundle.files:  # made before there were lexicons
        return Lexicon(())
    try:
        known: Any = json.loads(bundle.read(name))
        return Lexicon(map(str, known["words"]), initial_names=bool(known["initial_names"]))
    except (ValueError, KeyError, TypeError):
        raise BundleError(f"{bundle.path / name}: not a lexicon; get the model again") from None
