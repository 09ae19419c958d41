"""Train a character n-gram language model on texts."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from pipelines.ctc.language_model import START

ORDER = 6  # characters; a word and what comes before it
LEAST_COUNT = 2  # of the strings that are kept; rarer ones of three and more are left out
ALWAYS_KEPT = 2  # characters; strings so short are kept however rare they are


def learn_language_model(texts: Iterable[str], order: int = ORDER) -> bytes:
    """Count the strings of up to `order` characters.

    Args:
        texts: a line each.
        order: at least 1.

    Returns:
        The content of a bundle's language model file.
    """
    counts: Counter[str] = Counter()
    for text in texts:
        line = START + text
        for end in range(1, len(line)):
            for start in range(max(end - order + 1, 0), end + 1):
                counts[line[start : end + 1]] += 1
    kept = {
        string: count
        for string, count in counts.items()
        if count >= LEAST_COUNT or len(string) <= ALWAYS_KEPT
    }
    return _to_bytes(kept, order)


def _to_bytes(counts: Mapping[str, int], order: int) -> bytes:
    """Write the file that `pipelines.ctc.language_model` reads: sorted strings and their counts."""
    arrays: dict[str, Any] = {}
    for length in range(1, order + 1):
        strings = sorted(string for string in counts if len(string) == length)
        arrays[f"strings{length}"] = np.array(strings, f"<U{length}")
        arrays[f"counts{length}"] = np.array([counts[string] for string in strings], np.int32)
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    return file.getvalue()
