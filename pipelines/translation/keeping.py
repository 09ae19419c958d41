"""What is not translated: placeholders, tags, addresses, code, numbers, names, and terms.

In the text that the network sees, a mark stands for each; the search says every mark exactly once,
and then what it stood for takes its place.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from pipelines.errors import ConfigurationError
from pipelines.translation.inline_tags import ANY_TAG
from pipelines.translation.marks import MARKS, NAMES, NUMBERS, PER_KIND, THINGS, Kept
from pipelines.translation.names import Lexicon
from pipelines.translation.numbers import NUMBER, ORDINAL, convert_number

# Each begins where nothing of its kind stands before, and never goes back (possessive: ++, *+), so
# that a long run of letters takes no longer than it has to.
THING_PATTERNS = (
    r"(?:https?://|\bwww\.)[^\s<>\"'»”]*[\w/=&#-]",  # an address, without the full stop after it
    r"(?<![\w.+-])[\w.+-]++@[\w-]++(?:\.[\w-]++)++",  # of e-mail
    r"<%[^%\n]*+%>",  # <%= name %>
    r"</?[A-Za-z][^<>]*+>",  # a tag
    r"\{\{[^{}\n]*+\}\}",  # {{name}}
    r"[$%#]?\{(?:[^{}]|\{[^{}]*+\})*+\}",  # {name}, ${name}, %{name}, #{name}, an ICU plural
    r"%(?:\([\w ]++\)|\d++\$)?[-+#0]?\d*+(?:\.\d++)?(?:hh|h|ll|l|q|z|j|t)?[sdiufgxXceEp@](?!\w)",
    r"%%|%\w++%(?!\w)",
    r"(?<![\w:]):[a-z_]\w++",  # :name
    r"(?<![\w&])[@#]\w++(?:[.-]\w++)*+",  # @name, #topic
    r"&(?:\w++|#\d++);",  # &nbsp;
    r"`[^`\n]++`",
    r"(?<![\w/.])(?:~|\.{1,2})?/[\w.-]++(?:/[\w.-]++)*+/?",  # /usr/bin, ./file
    r"\b[A-Za-z]:\\[\w\\. -]*\w",
    r"(?<![\w-])--?[a-zA-Z][\w-]*+(?=[\s=,.)]|$)(?<=[\w-]{4})",  # --option
    r"\b[A-Za-z_][\w]*+\(\)",  # call()
    r"(?<!\w)[^\W_]++(?:_++[^\W_]++)++(?!\w)|(?<!\w)__\w++",  # snake_case, __init__
    r"\b[A-Z](?:\+\+|#)(?!\w)",  # C++
    r"\b[A-Za-z]\w*+(?:\.[A-Za-z_]\w++)++(?:\(\))?",  # file.txt, package.module
    r"\b[a-z]++(?:[A-Z][a-z]*+)++\b",  # camelCase
    r"\bv\d++(?:\.\d++)*+\b|\b[A-Z]++-\d++\b",  # v2.1, COVID-19
    r"(?<![\w.])(?!\d++(?:st|nd|rd|th)\b)(?=[^\W\d_]*\d)(?=\d*[^\W\d_])[^\W_]++(?!\w)",  # A4, 3D
    rf"[{''.join(MARKS)}]+",  # or a mark of the text itself would be taken for ours
)
LONG_NUMBER = 4  # characters
LONGEST_BEFORE = 32  # characters before a number that are looked at


class Span(NamedTuple):
    """Something that is kept: where it is, the marks of its kind, and how it comes out."""

    start: int
    end: int
    marks: tuple[str, ...]
    said: str


@dataclass(frozen=True)
class Marked:
    """A sentence with marks in it.

    Attributes:
        text: what the network sees.
        kept: each mark, and what it stands for as it shall come out.
        found: each mark, and what it stands for as it was.
    """

    text: str
    kept: Kept = ()
    found: Kept = ()


class Keeper:
    """Puts marks in.

    Args:
        pattern: a regular expression of what is kept beside the usual, or None.
        glossary: source term -> what it is in the target language; compared without regard to
            case, as whole words, the longest first.
        is_foreign: tells whether a word has letters that the vocabulary does not.
        lexicon: the words of the source language; without it, no word is a name.
        marks: those that the vocabulary has; where it has none for numbers, long ones are things.
        source: code of the source language.
        target: code of the target language.

    Raises:
        ConfigurationError: the pattern is no regular expression, or it matches nothing at all.
    """

    def __init__(
        self,
        pattern: str | None = None,
        glossary: Mapping[str, str] | None = None,
        is_foreign: Callable[[str], bool] = lambda word: False,
        lexicon: Lexicon | None = None,
        marks: Container[str] = MARKS,
        *,
        source: str = "",
        target: str = "",
    ) -> None:
        self.lexicon = lexicon if lexicon and NAMES[0] in marks else Lexicon(())
        self._has_numbers = NUMBERS[0] in marks
        self._languages = source, target
        self._terms = {term.casefold(): meaning for term, meaning in (glossary or {}).items()}
        self._is_foreign = is_foreign
        self._pattern = _compile(pattern, self._terms)

    def mark(self, sentence: str) -> list[Marked]:
        """Put marks in; a sentence that needs more of a kind than there are comes in several."""
        parts = _in_parts(self._spans(sentence))
        starts = [0, *(part[0].start for part in parts[1:]), len(sentence)]
        return [
            _mark(sentence, start, end, part)
            for start, end, part in zip(starts, starts[1:], parts, strict=False)
        ]

    def mark_names(self, marked: Marked, written: str, *, cased: bool) -> Marked:
        """Put marks for names into a sentence that has the other ones.

        Args:
            marked: the sentence in the usual case.
            written: the same in the case that names shall come out in.
            cased: see `Lexicon.names`.
        """
        if len(written) != len(marked.text):  # some letters are two in another case
            written = marked.text
        found = list(self.lexicon.names(marked.text, cased=cased))[:PER_KIND]
        spans = [Span(start, end, NAMES, written[start:end]) for start, end in found]
        named = _mark(marked.text, 0, len(marked.text), spans)
        return Marked(named.text, marked.kept + named.kept, marked.found + named.kept)

    def _spans(self, sentence: str) -> list[Span]:
        """Give what is kept, in order, without the names."""
        found = map(self._span, self._pattern.finditer(sentence))
        spans = [span for span in found if span is not None]
        ends = [span.end for span in spans]
        foreign: list[Span] = []
        for match in re.finditer(r"\w+|[^\w\s]", sentence):
            start, end = match.span()
            next_span = bisect_right(ends, start)  # the first that ends behind the word's start
            inside = next_span < len(spans) and spans[next_span].start < end
            if inside or ANY_TAG.match(match[0]) or not self._stays(match[0]):
                continue
            if foreign and foreign[-1].end == start:  # one after the other is kept as one
                start = foreign.pop().start
            foreign.append(Span(start, end, THINGS, sentence[start:end]))
        return sorted(spans + foreign)

    def _stays(self, word: str) -> bool:
        """Tell whether a word is foreign, also in lower case where that is how it is known."""
        shouted = word.isupper() and self.lexicon.knows(word)
        return self._is_foreign(word.lower() if shouted else word)

    def _span(self, match: re.Match[str]) -> Span | None:
        found = match[0]
        if match["number"] is not None:
            if not self._has_numbers and len(found) < LONG_NUMBER:
                return None
            before = match.string[max(match.start() - LONGEST_BEFORE, 0) : match.start()]
            said = convert_number(found, *self._languages, before)
            return Span(*match.span(), NUMBERS if self._has_numbers else THINGS, said)
        return Span(*match.span(), THINGS, self._terms.get(found.casefold(), found))


def _compile(pattern: str | None, terms: Iterable[str]) -> re.Pattern[str]:
    longest_first = sorted(map(re.escape, terms), key=len, reverse=True)
    of_terms = [rf"(?<!\w)(?i:{'|'.join(longest_first)})(?!\w)"] if longest_first else []
    own = [f"(?:{pattern})"] if pattern else []
    numbers = f"(?P<number>{NUMBER}|{ORDINAL})"
    try:
        compiled = re.compile("|".join((*own, *of_terms, numbers, *THING_PATTERNS)))
        empty = bool(pattern and re.compile(pattern).match(""))
    except re.error as error:
        raise ConfigurationError(f"keep {pattern!r} is not a regular expression: {error}") from None
    if empty:
        raise ConfigurationError(
            f"keep {pattern!r} matches the empty text; it must match at least one character"
        )
    return compiled


def _in_parts(spans: Sequence[Span]) -> list[list[Span]]:
    """Cut a row of spans where there are no more marks of a kind."""
    parts: list[list[Span]] = [[]]
    for span in spans:
        if sum(span.marks == other.marks for other in parts[-1]) == PER_KIND:
            parts.append([])
        parts[-1].append(span)
    return parts


def _mark(sentence: str, start: int, end: int, spans: Iterable[Span]) -> Marked:
    text, kept, found = "", [], []
    free = {marks: iter(marks) for marks in (THINGS, NAMES, NUMBERS)}
    for span in spans:
        mark = next(free[span.marks])
        text += sentence[start : span.start] + mark
        kept.append((mark, span.said))
        found.append((mark, sentence[span.start : span.end]))
        start = span.end
    return Marked(text + sentence[start:end], tuple(kept), tuple(found))
