"""What is not translated: placeholders, tags, addresses, long numbers, foreign script, and terms.

In the text that the network sees, a mark stands for each; the search says every mark exactly once,
and then what it stood for takes its place.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from pipelines.errors import ConfigurationError
from pipelines.text import KEPT_MARKS

# Each begins where nothing of its kind stands before, and never goes back (possessive: ++, *+), so
# that a long run of letters takes no longer than it has to.
KEPT_BY_DEFAULT = (
    r"https?://[^\s<>\"']*[\w/=&#-]",  # an address, without the full stop after it
    r"(?<![\w.+-])[\w.+-]++@[\w-]++(?:\.[\w-]++)++",  # of e-mail
    r"</?[A-Za-z][^<>]*+>",  # a tag
    r"\{\{?[^{}\n]*+\}\}?",  # {name}, {{name}}
    r"\$\{[^{}\n]*+\}",
    r"%(?:\([\w ]++\))?[-+#0]?\d*+(?:\.\d++)?[sdifgxXc](?!\w)",  # %s, %(name)d
    r"&(?:\w++|#\d++);",  # &nbsp;
    r"(?=[\d.,:/-]{4})\d[\d.,:/-]*\d",  # 12:30, 1,000.50, 2024: every digit counts
    "[" + "".join(KEPT_MARKS) + "]+",  # or a mark of the text itself would be taken for ours
)

ANY_MARK = re.compile("[" + "".join(KEPT_MARKS) + "]")


@dataclass(frozen=True)
class Marked:
    """A sentence with marks in it.

    Attributes:
        text: what the network sees.
        kept: each mark, and what it stands for as it shall come out.
    """

    text: str
    kept: tuple[tuple[str, str], ...] = ()


class Keeper:
    """Puts marks in, and what they stand for back.

    Args:
        pattern: a regular expression of what is kept beside the usual, or None.
        glossary: source term -> what it is in the target language; compared without regard to
            case, as whole words, the longest first.
        is_foreign: tells whether a word has letters that the vocabulary does not.

    Raises:
        ConfigurationError: the pattern is no regular expression, or it matches nothing at all.
    """

    def __init__(
        self,
        pattern: str | None = None,
        glossary: Mapping[str, str] | None = None,
        is_foreign: Callable[[str], bool] = lambda word: False,
    ) -> None:
        self._terms = {term.casefold(): meaning for term, meaning in (glossary or {}).items()}
        self._is_foreign = is_foreign
        terms = sorted(map(re.escape, self._terms), key=len, reverse=True)
        of_terms = [rf"(?<!\w)(?i:{'|'.join(terms)})(?!\w)"] if terms else []
        own = [f"(?:{pattern})"] if pattern else []
        try:
            self._pattern = re.compile("|".join((*own, *of_terms, *KEPT_BY_DEFAULT)))
        except re.error as error:
            raise ConfigurationError(
                f"keep {pattern!r} is not a regular expression: {error}"
            ) from None
        if pattern and re.compile(pattern).match(""):
            raise ConfigurationError(
                f"keep {pattern!r} matches the empty text; it must match at least one character"
            )

    def mark(self, sentence: str) -> list[Marked]:
        """Put marks in; a sentence that needs more than there are comes in several."""
        spans = self._spans(sentence)
        marked = []
        start = 0
        for first in range(0, max(len(spans), 1), len(KEPT_MARKS)):
            own = spans[first : first + len(KEPT_MARKS)]
            following = spans[first + len(KEPT_MARKS) : first + len(KEPT_MARKS) + 1]
            end = following[0][0] if following else len(sentence)
            marked.append(self._mark(sentence, start, end, own))
            start = end
        return marked

    def _spans(self, sentence: str) -> list[tuple[int, int]]:
        """Give where something is kept: (start, end), in order."""
        spans = [match.span() for match in self._pattern.finditer(sentence)]
        ends = [end for _, end in spans]
        foreign: list[tuple[int, int]] = []
        for match in re.finditer(r"\w+|[^\w\s]", sentence):
            start, end = match.span()
            next_span = bisect_right(ends, start)  # the first that ends behind the word's start
            inside = next_span < len(spans) and spans[next_span][0] < end
            if inside or not self._is_foreign(match[0]):
                continue
            if foreign and foreign[-1][1] == start:  # one after the other is kept as one
                start = foreign.pop()[0]
            foreign.append((start, end))
        return sorted(spans + foreign)

    def _mark(self, sentence: str, start: int, end: int, spans: list[tuple[int, int]]) -> Marked:
        text, kept = "", []
        for mark, (first, last) in zip(KEPT_MARKS, spans, strict=False):
            found = sentence[first:last]
            text += sentence[start:first] + mark
            kept.append((mark, self._terms.get(found.casefold(), found)))
            start = last
        return Marked(text + sentence[start:end], tuple(kept))


def unmark(text: str, kept: Iterable[tuple[str, str]]) -> str:
    """Put what the marks stood for back; what has lost its mark comes at the end."""
    meaning = dict(kept)
    lost = [kept_text for mark, kept_text in meaning.items() if mark not in text]
    return " ".join([ANY_MARK.sub(lambda match: meaning.get(match[0], ""), text), *lost])
