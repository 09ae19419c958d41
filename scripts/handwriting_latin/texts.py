"""Make up the texts that make.py writes in fonts and trains the language model on.

    pip install faker num2words
    python -m scripts.handwriting_latin.texts --sources sources --shared shared/data --kind price

Texts are in English, Spanish, French, German, Portuguese and Italian, and of the kinds in KINDS,
from sentences to prices. sources.py says where their words come from, and under which licences.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import click

from scripts.handwriting_latin import figures, words
from scripts.handwriting_latin.draws import Draw
from scripts.handwriting_latin.sources import LANGUAGES, Language, read_languages
from scripts.handwriting_latin.words import LONGEST

TRIES = 50
KINDS: dict[str, Callable[[Draw], str]] = {
    "sentence": words.write_sentence,
    "letter": words.write_letter,
    "capitals": words.write_capitals,
    "title": words.write_title,
    "heading": words.write_heading,
    "label": words.write_label,
    "digits": figures.write_digits,
    "sum": figures.write_sum,
    "phone": figures.write_phone,
    "date": figures.write_date,
    "price": figures.write_price,
    "web": figures.write_web,
    "code": figures.write_code,
    "list": words.write_item,
    "brackets": words.write_brackets,
    "quotes": words.write_quotes,
    "word": words.write_word,
    "short": words.write_short,
    "name": words.write_name,
    "address": words.write_address,
    "north": words.write_northern,
    "signs": words.write_signs,
}
LANGUAGE_CHARACTERS = 600_000  # of sentences for the language model, of each language
KIND_TEXTS = 1_500  # of each kind for the language model
LETTER_TEXTS = 6_000
WRITER_TEXTS_REPEATED = 2


class TextMaker:
    """Makes up texts of every kind, as a seed draws them."""

    def __init__(self, languages: dict[str, Language], known: Iterable[str], seed: int) -> None:
        self.known = frozenset(known)
        self.draw = Draw(languages, seed)

    def make(self, kind: str, longest: int = LONGEST) -> str:
        """Make up a text of a kind in any of the languages, with known symbols alone."""
        for _ in range(TRIES):
            self.draw.code = self.draw.random.choice(LANGUAGES)
            text = self.draw.cut(" ".join(KINDS[kind](self.draw).split()), longest)
            if text and self.known.issuperset(text):
                return text
        raise ValueError(f"no text of kind {kind!r} has known symbols alone")


def make_language_texts(maker: TextMaker, french: Sequence[str], seed: int) -> list[str]:
    """Mix the texts of the language model: as much of each language, and texts of every kind.

    Args:
        maker: makes up the texts of every kind, and has the sentences of each language.
        french: running text of the writers in the training set.
        seed: of the sentences that are taken, and of the order.
    """
    draw = random.Random(seed)
    texts = [*french] * WRITER_TEXTS_REPEATED
    for code in LANGUAGES:
        sentences = maker.draw.languages[code].sentences
        texts += take_characters(sentences, LANGUAGE_CHARACTERS, draw)
    for kind in KINDS:
        count = LETTER_TEXTS if kind == "letter" else KIND_TEXTS
        texts += [maker.make(kind) for _ in range(count)]
    draw.shuffle(texts)
    return [text for text in texts if maker.known.issuperset(text)]


def take_characters(texts: Sequence[str], characters: int, draw: random.Random) -> list[str]:
    """Draw texts, none twice, until they have so many characters."""
    order = list(texts)
    draw.shuffle(order)
    taken, held = [], 0
    for text in order:
        if held >= characters:
            break
        taken.append(text)
        held += len(text)
    return taken


@click.command()
@click.option("--sources", type=click.Path(path_type=Path, exists=True), required=True)
@click.option("--shared", type=click.Path(path_type=Path, exists=True), required=True)
@click.option("--kind", type=click.Choice(tuple(KINDS)), default="sentence", show_default=True)
@click.option("--count", default=20, show_default=True)
@click.option("--seed", default=1, show_default=True)
def main(sources: Path, shared: Path, kind: str, count: int, seed: int) -> None:
    """Print texts of a kind, one per line."""
    maker = TextMaker(read_languages(sources, shared), map(chr, range(32, 0x2500)), seed)
    for _ in range(count):
        click.echo(maker.make(kind))


if __name__ == "__main__":
    main()
