"""How well the built-in translator does on what people type: the sets in tests/translation_sets.

    python benchmarks/translation_sets.py [BUNDLE] [--pairs NAME=FILE.tsv]...

Prints one line per set, from English to Spanish; pairs of files also from Spanish.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from pathlib import Path

import click

from dltasks.evaluation.translation import score_corpus
from pipelines import load
from pipelines.translation import Translation

SETS = Path(__file__).resolve().parent.parent / "tests" / "translation_sets"
FRAMES = ("({})", '"{}"', "- {}", "1. {}", "“{}”", "> {}", "* {}", "[{}]")
LOOP = re.compile(r"(\b\w+\b)(?:\W+\1\b){3}", re.IGNORECASE)


def read(name: str) -> list[tuple[str, str]]:
    """Read a set: a source, and what belongs to it."""
    rows = (line.split("\t") for line in (SETS / f"{name}.tsv").read_text("utf-8").splitlines())
    return [(row[0], row[1]) for row in rows]


def same(text: str, other: str) -> bool:
    """Compare two phrases without regard to case, accents and signs."""

    def plain(value: str) -> str:
        letters = unicodedata.normalize("NFD", value.lower())
        return " ".join(re.findall(r"\w+", "".join(filter(_is_base, letters))))

    return plain(text) == plain(other)


def _is_base(letter: str) -> bool:
    return not unicodedata.combining(letter)


def words_right(translate: Translation) -> list[str]:
    """List the words and phrases that are translated wrongly."""
    wrong = []
    for source, targets in read("words"):
        said = translate(source).text
        if not any(same(said, target) for target in targets.split("|")):
            wrong.append(f"{source} -> {said}")
    return wrong


def kept(name: str) -> Callable[[Translation], list[str]]:
    """Give a function that lists the sentences which lose a part that they must keep."""

    def measure(translate: Translation) -> list[str]:
        wrong = []
        for source, parts in read(name):
            said = translate(source).text
            if not all(part in said for part in parts.split("; ")):
                wrong.append(f"{source} -> {said}")
        return wrong

    return measure


def framed_otherwise(translate: Translation) -> list[str]:
    """List the sentences in brackets, quotation marks and lists that come out otherwise."""
    wrong = []
    for number, (source, _) in enumerate(read("everyday")):
        frame = FRAMES[number % len(FRAMES)]
        expected = frame.format(translate(source).text)
        said = translate(frame.format(source)).text
        if re.sub("[«»“”]", '"', said) != re.sub("[«»“”]", '"', expected):
            wrong.append(f"{frame.format(source)} -> {said}")
    return wrong


def loops_in_capitals(translate: Translation) -> list[str]:
    """List the sentences in capitals that end in a loop."""
    said = [(source, translate(source.upper()).text) for source, _ in read("everyday")]
    return [f"{source.upper()} -> {text}" for source, text in said if LOOP.search(text)]


CHECKS: dict[str, tuple[str, Callable[[Translation], list[str]]]] = {
    "words and phrases": ("words", words_right),
    "names": ("names", kept("names")),
    "numbers": ("numbers", kept("numbers")),
    "in brackets, quotes and lists": ("everyday", framed_otherwise),
    "no loop in capitals": ("everyday", loops_in_capitals),
}


def report(
    name: str, translate: Translation, sources: Sequence[str], references: Sequence[str]
) -> None:
    """Print BLEU and chrF of a set."""
    said = [item.text for item in translate.stream(list(sources))]
    bleu, chrf = score_corpus(said, [[reference] for reference in references])
    click.echo(f"{name:32} BLEU {bleu.score:5.1f}  chrF {chrf.score:5.1f}")


@click.command()
@click.argument("bundle", default="translation")
@click.option("--pairs", multiple=True, help="NAME=FILE.tsv: further pairs, both directions.")
@click.option("--show", is_flag=True, help="Print what is wrong.")
def main(bundle: str, pairs: Sequence[str], *, show: bool) -> None:
    """Measure BUNDLE, the built-in translator by default."""
    forward, back = (
        load(bundle, task="translation", source=one, target=other)
        for one, other in (("en", "es"), ("es", "en"))
    )
    for name, (data, check) in CHECKS.items():
        wrong, count = check(forward), len(read(data))
        click.echo(f"{name:32} {count - len(wrong)} of {count} right")
        for line in wrong if show else ():
            click.echo(f"    {line}")
    english, spanish = (list(side) for side in zip(*read("everyday"), strict=True))
    report(f"everyday {forward.source}-{forward.target}", forward, english, spanish)
    report(f"everyday {back.source}-{back.target}", back, spanish, english)
    capitals = [[text.upper() for text in side] for side in (english, spanish)]
    report("everyday in capitals", forward, *capitals)
    for item in pairs:
        name, _, path = item.partition("=")
        rows = [line.split("\t") for line in Path(path).read_text("utf-8").splitlines()]
        sides = [row[0] for row in rows], [row[1] for row in rows]
        report(f"{name} {forward.source}-{forward.target}", forward, *sides)
        report(f"{name} {back.source}-{back.target}", back, *sides[::-1])


if __name__ == "__main__":
    main()
