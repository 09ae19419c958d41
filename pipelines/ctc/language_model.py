"""Character n-gram language models: how likely a character is after those before it.

Interpolated as by Witten & Bell 1991 (method C); shared by handwriting and speech.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np

from pipelines.bundle.folder import Bundle
from pipelines.ctc.alphabet import Alphabet
from pipelines.errors import BundleError

LANGUAGE_MODEL_FILE = "language_model.npz"
START = "\n"  # stands before the first character; no line has it in it
LAST = chr(0x10FFFF)  # in the order of characters; no character


class NgramModel:
    """An n-gram model of characters.

    Those that follow the same characters lie side by side, so that all that may come next is found
    in one search, and nothing has to be built when a model is loaded.

    Args:
        strings: for each length from 1 on, the strings of so many characters that were seen in the
            training text, in order: [string].
        counts: how often each of them was seen, likewise.
        symbols: how many characters there are.
    """

    def __init__(
        self, strings: Sequence[np.ndarray], counts: Sequence[np.ndarray], symbols: int
    ) -> None:
        self.order = len(strings)
        self.symbols = symbols
        self._strings = strings
        self._counts = counts
        self._followers = lru_cache(maxsize=1 << 16)(self._find_followers)
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
        followers, seen = self._followers(history)
        shorter = self._probability(history[1:], character) if history else 1 / self.symbols
        if not seen:
            return shorter
        different = len(followers)
        return (followers.get(character, 0) + different * shorter) / (seen + different)

    def _find_followers(self, history: str) -> tuple[dict[str, int], int]:
        """Give what followed a history, each with how often it did, and how often anything did."""
        strings, counts = self._strings[len(history)], self._counts[len(history)]
        first, end = np.searchsorted(strings, np.array([history, history + LAST]))
        characters = [string[-1] for string in strings[first:end].tolist()]
        followers = dict(zip(characters, counts[first:end].tolist(), strict=True))
        return followers, sum(followers.values())


class SymbolScorer:
    """Asks a language model what follows symbols of an alphabet, and remembers what it said.

    Args:
        model: the language model.
        alphabet: its characters.
    """

    def __init__(self, model: NgramModel, alphabet: Alphabet) -> None:
        self._model = model
        self._alphabet = alphabet
        self._reach = max(model.order - 1, 1)
        self._remembered = lru_cache(maxsize=1 << 18)(self._ask)

    def __call__(self, before: tuple[int, ...], character: str) -> float:
        """Give the natural logarithm of the probability of a character after symbols."""
        return self._remembered(before[-self._reach :], character)

    def _ask(self, before: tuple[int, ...], character: str) -> float:
        return self._model.log_probability(START + self._alphabet.decode(before), character)


def parse_language_model(arrays: Mapping[str, np.ndarray], symbols: int, origin: str) -> NgramModel:
    """Make a language model of the arrays of its file.

    Raises:
        BundleError: they are of another kind.
    """
    lengths = range(1, len(arrays) // 2 + 1)
    names = [(f"strings{length}", f"counts{length}") for length in lengths]
    if not names or {name for pair in names for name in pair} != set(arrays):
        raise BundleError(f"{origin}: damaged language model (not strings and counts alone)")
    strings = [arrays[name] for name, _ in names]
    counts = [arrays[name] for _, name in names]
    if not all(map(_belong_together, lengths, strings, counts)):
        raise BundleError(f"{origin}: damaged language model (not a count for each string)")
    return NgramModel(strings, counts, symbols)


def _belong_together(length: int, strings: np.ndarray, counts: np.ndarray) -> bool:
    kinds = strings.dtype.kind + counts.dtype.kind
    if kinds != "Ui" or strings.ndim != 1 or strings.shape != counts.shape:
        return False
    is_counted = bool((counts > 0).all())
    return is_counted and bool((np.char.str_len(strings) == length).all())


def read_language_model(bundle: Bundle, alphabet: Alphabet) -> SymbolScorer | None:
    """Read the language model of a bundle, to be asked of symbols; None where it has none.

    Raises:
        BundleError: it is damaged.
    """
    if LANGUAGE_MODEL_FILE not in bundle.files:
        return None
    arrays = bundle.read_arrays(LANGUAGE_MODEL_FILE)
    origin = str(bundle.path / LANGUAGE_MODEL_FILE)
    return SymbolScorer(parse_language_model(arrays, len(alphabet.symbols), origin), alphabet)
