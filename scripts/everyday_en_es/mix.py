"""Mix the training data: sentences, documentation, interface words, and words on their own."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from pipelines.text import split_text, tidy
from scripts.everyday_en_es.generated import dates_and_numerals, places_and_languages, titles
from scripts.everyday_en_es.packages import read_packages
from scripts.everyday_en_es.short import in_lower_case, in_many_ways, infinitives, without_ends
from scripts.everyday_en_es.words import words_on_their_own

Pair = tuple[str, str]

HELD_OUT = 1_000  # pairs of documentation that validation and test have, each
DOCUMENTATION = 60_000  # pairs to train on
IN_A_HURRY = 45_000  # everyday sentences without the signs at their ends
LONGEST = 40  # words
MOST_TIMES_LONGER = 2.5
LETTERS_FREE = 12
MARKUP = re.compile(r"<[^>]*>|\{[^}]*\{|\\[nu]|&\w+;|\||%\w*[A-Z]|->|\bother \{")
OWN = ("phrases.txt", "vocabulary.txt")


def write_mix(sentences: Path, documentation: Path, packages: Path, folder: Path) -> None:
    """Write train.tsv, valid.tsv and test.tsv into a new folder.

    Args:
        sentences: folder with train.tsv, valid.tsv and test.tsv.
        documentation: a file of pairs, and further columns.
        packages: folder of the packages that are read.
        folder: to write.
    """
    drawn = random.Random(1)
    docs = _read(documentation)
    drawn.shuffle(docs)
    held_out = {source for source, _ in docs[: 2 * HELD_OUT]}
    other = [pair for pair in docs[2 * HELD_OUT :] if pair[0] not in held_out]
    everyday = _read(sentences / "train.tsv")
    phrases, vocabulary = (_read_own(name) for name in OWN)
    interface = [pair for *sides, _ in read_packages(packages) for pair in _sentences(*sides)]
    names = [pair for *pair, name in read_packages(packages) if name.startswith("cldr")]
    words = list(words_on_their_own([*everyday, *other]))
    short = [in_lower_case(pair) for pair in _usable([*interface, *words]) if " " not in pair[0]]
    known = {source for source, _ in vocabulary}
    train = [
        *everyday,
        *drawn.sample(list(without_ends(everyday)), IN_A_HURRY),
        *other[:DOCUMENTATION],
        *_usable(dict.fromkeys(interface)),
        *in_many_ways(pair for pair in short if pair[0] not in known),
        *in_many_ways(infinitives(in_lower_case(pair) for pair in words)),
        *in_many_ways(vocabulary),
        *_usable(places_and_languages(names)),
        *titles(),
        *dates_and_numerals(drawn),
        *(variant for phrase in phrases for variant in _with_other_ends(*phrase)),
    ]
    measured = held_out | {source for source, _ in _read(sentences / "test.tsv")}
    train = [pair for pair in train if pair[0] not in measured]
    drawn.shuffle(train)
    folder.mkdir(parents=True)
    _write(folder / "train.tsv", train)
    _write(folder / "valid.tsv", [*_read(sentences / "valid.tsv"), *docs[:HELD_OUT]])
    _write(folder / "test.tsv", docs[HELD_OUT : 2 * HELD_OUT])


def _read(path: Path) -> list[Pair]:
    rows = (line.split("\t") for line in path.read_text("utf-8").splitlines())
    return list(_usable((row[0], row[1]) for row in rows))


def _read_own(name: str) -> list[Pair]:
    """Read what was written for this project: English | Spanish, below a heading."""
    lines = (Path(__file__).parent / name).read_text("utf-8").splitlines()[1:]
    return [(source, target) for source, target in (line.split("|") for line in lines)]


def _write(path: Path, pairs: Iterable[Sequence[str]]) -> None:
    path.write_text("".join("\t".join(pair) + "\n" for pair in pairs), "utf-8")


def _sentences(source: str, target: str) -> Iterator[Pair]:
    """Give the sentences of two paragraphs where they have as many, or else the paragraphs."""
    sides = [
        [part.text for part in split_text(text) if part.is_sentence] for text in (source, target)
    ]
    if len(sides[0]) == len(sides[1]):
        yield from zip(*sides, strict=True)
    else:
        yield source, target


def _with_other_ends(source: str, target: str) -> Iterator[Pair]:
    """Give what people type on its own, also with a full stop and an exclamation mark."""
    yield source, target
    if source[-1].isalpha():
        yield f"{source}.", f"{target}."
        yield f"{source}!", f"¡{target}!"


def _usable(pairs: Iterable[Sequence[str]]) -> Iterator[Pair]:
    """Leave out what is no translation: the same text twice, mark-up, other lengths."""
    for pair in pairs:
        source, target = (tidy(text) for text in pair)
        lengths = sorted(map(len, (source, target)))
        if not all(re.search(r"[^\W\d_]", text) for text in (source, target)):
            continue
        if source == target or lengths[1] > MOST_TIMES_LONGER * lengths[0] + LETTERS_FREE:
            continue
        if len(source.split()) > LONGEST or MARKUP.search(source) or MARKUP.search(target):
            continue
        yield source, target
