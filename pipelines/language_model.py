"""Character n-gram language models: how likely a character is after those before it.

Interpolated as by Witten & Bell 1991 (method C); shared by handwriting and speech.
"""

from __future__ import annotations

import gzip
import json
import math
from functools import lru_cache

from pipelines.alphabet import Alphabet
from pipelines.bundle import Bundle
from pipelines.errors import BundleError

LANGUAGE_MODEL_FILE = "language_model.json.gz"
START = "\n"  # stands before the first character; no line has it in it


class LanguageModel:
    """An n-gram model of characters.

    Args:
        counts: string of up to `order` characters -> how often it was seen in the training text.
        order: characters that are looked at, the predicted one included.
        symbols: how many characters there are.
    """

    def __init__(self, counts: dict[str, int], order: int, symbols: int) -> None:
        self.counts = counts
        self.order = order
        self.symbols = symbols
        self._characters = [string for string in counts if len(string) == 1]
        self._count_followers = lru_cache(maxsize=1 << 16)(self._count_all_followers)
        self._cached = lru_cache(maxsize=1 << 18)(self._probability)

    def log_probability(self, history: str, character: str) -> float:
        """Give the natural logarithm of the probability of a character after a history.

        Args:
            history: what stands before it; only its last `order - 1` characters count.
            character: a single one.
        """
        recent = history[max(len(history) - self.order + 1, 0) :]
        return math.log(self._cached(recent, character))

    def score(self, text: str) -> float:
        """Give the log-probability of a line of text."""
        line = START + text
        return sum(self.log_probability(line[:end], line[end]) for end in range(1, len(line)))

    def _probability(self, history: str, character: str) -> float:
        seen, followers = self._count_followers(history)
        shorter = self._probability(history[1:], character) if history else 1 / self.symbols
        if not seen:
            return shorter
        return (self.counts.get(history + character, 0) + followers * shorter) / (seen + followers)

    def _count_all_followers(self, history: str) -> tuple[int, int]:
        """Say how often a history is followed by a character, and by how many different ones.

        Most histories are never asked for, so it is counted when one is.
        """
        counts = [self.counts.get(history + character, 0) for character in self._characters]
        return sum(counts), sum(count > 0 for count in counts)


def parse_language_model(content: bytes, symbols: int, origin: str) -> LanguageModel:
    """Read a language model file.

    Raises:
        BundleError: it is damaged.
    """
    try:
        values = json.loads(gzip.decompress(content))
        return LanguageModel(dict(values["counts"]), int(values["order"]), symbols)
    except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
        raise BundleError(f"{origin}: damaged language model ({error})") from None


def read_language_model(bundle: Bundle, alphabet: Alphabet) -> LanguageModel | None:
    """Read the language model of a bundle; None where it has none.

    Raises:
        BundleError: it is damaged.
    """
    if LANGUAGE_MODEL_FILE not in bundle.files:
        return None
    content = bundle.read(LANGUAGE_MODEL_FILE)
    origin = str(bundle.path / LANGUAGE_MODEL_FILE)
    return parse_language_model(content, len(alphabet.symbols), origin)
