"""Words on their own: pairs of words that keep coming together in pairs of sentences."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

Pair = tuple[str, str]
WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
SEEN = 6  # sentences at least
TOGETHER = 0.4  # Dice coefficient at least: 2 * together / (one + other)


def words_on_their_own(pairs: Sequence[Pair]) -> Iterator[Pair]:
    """Give the words that are each other's likeliest translation (Dice 1945), capitalised."""
    from scipy.sparse import csr_matrix

    sides = [_Side([pair[side] for pair in pairs]) for side in (0, 1)]
    together = (sides[0].table.T @ sides[1].table).tocoo()
    counts = sides[0].counts[together.row] + sides[1].counts[together.col]
    dice = csr_matrix((2 * together.data / counts, (together.row, together.col)))
    best = np.asarray(dice.argmax(axis=1)).ravel()
    best_back = np.asarray(dice.argmax(axis=0)).ravel()
    for index, other in enumerate(best):
        if best_back[other] == index and dice[index, other] >= TOGETHER:
            yield sides[0].words[index].capitalize(), sides[1].words[other].capitalize()


class _Side:
    """Which sentence has which word: [sentence, word]."""

    def __init__(self, sentences: Sequence[str]) -> None:
        from scipy.sparse import csr_matrix

        found = [{word for word in WORD.findall(text) if word.islower()} for text in sentences]
        counts = Counter(word for words in found for word in words)
        self.words = sorted(word for word, count in counts.items() if count >= SEEN)
        number = {word: index for index, word in enumerate(self.words)}
        rows = [
            (row, number[word])
            for row, words in enumerate(found)
            for word in words
            if word in number
        ]
        places = np.array(rows).T
        shape = (len(sentences), len(self.words))
        self.table = csr_matrix((np.ones(len(rows), np.float32), places), shape=shape)
        self.counts = np.array([counts[word] for word in self.words], np.float32)
