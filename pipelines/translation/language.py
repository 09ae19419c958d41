"""Tell the language of a text, out of a few candidates.

The detector is py3langid (Lui & Baldwin 2012): naive Bayes over byte n-grams. The first call in a
process reads its model, which takes 60 milliseconds; another takes 30 microseconds.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass

# A shorter text, such as a name, is of any language. Letters of other scripts have more bytes.
LEAST_LETTER_BYTES = 6
# Of 6,537 sentences of Tatoeba that have it between two languages, none is in the other one; of
# 4,675 that have it among six languages, 20 are in another one.
SURE = 0.9


@dataclass(frozen=True)
class Detected:
    """The likeliest language of a text.

    Attributes:
        code: ISO 639-1, such as "en".
        probability: above 0, at most 1; see `SURE`.
    """

    code: str
    probability: float

    @property
    def is_sure(self) -> bool:
        """Whether the probability is high enough to tell a user."""
        return self.probability >= SURE


def detect_language(text: str, candidates: Collection[str]) -> Detected | None:
    """Tell which of the candidates a text is most likely in.

    The more candidates there are, the longer a text has to be. Of 7,512 sentences of Tatoeba, 87 %
    are sure between English and Spanish (98.7 % are right), and 62 % among six languages (93.7 %).

    Args:
        text: a sentence or more; a text in none of the candidates gets the most similar one.
        candidates: two or more codes of ISO 639-1, in lower case.

    Returns:
        None where it cannot be told: the text is too short, the detector does not know one of the
        candidates, or there are fewer than two.
    """
    wanted = set(candidates)
    if len(wanted) < 2 or _count_letter_bytes(text) < LEAST_LETTER_BYTES:
        return None
    from py3langid import rank

    scores = {code: score for code, score in rank(text) if code in wanted}
    if len(scores) < len(wanted):
        return None
    best = max(scores, key=lambda code: scores[code])
    # The root of the length makes probabilities of sums of n-grams, which depend on each other.
    softness = math.sqrt(len(text.encode("utf-8", "replace")))
    weights = [math.exp((score - scores[best]) / softness) for score in scores.values()]
    return Detected(best, 1 / sum(weights))


def _count_letter_bytes(text: str) -> int:
    return len("".join(filter(str.isalpha, text)).encode("utf-8", "replace"))
