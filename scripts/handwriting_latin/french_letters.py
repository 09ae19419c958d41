"""Make up French letters and wills, for the texts that make.py writes in fonts.

    pip install faker num2words
    python -m scripts.handwriting_latin.french_letters --count 20000 > french_letters.txt

The sentences are those of french_letters.toml; names, places, streets and trades are Faker's for
France.
"""

from __future__ import annotations

import random
import tomllib
from pathlib import Path

import click
from faker import Faker
from num2words import num2words

PARTS = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


class Maker:
    """Fills the sentences with what a seed draws."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.faker = Faker("fr_FR")
        self.faker.seed_instance(seed)

    def sentence(self) -> str:
        """Make up a sentence."""
        return self.random.choice(PARTS["sentences"]).format_map(self)

    def __getitem__(self, slot: str) -> str:
        year, day = self.random.randint(1870, 1939), self.random.randint(1, 31)
        month = self.random.choice(PARTS["months"])
        number = self.random.choice((self.random.randint(1, 99), 50 * self.random.randint(2, 400)))
        makers = {
            "name": lambda: f"{self.faker.first_name()} {self.faker.last_name()}",
            "first": self.faker.first_name,
            "last": self.faker.last_name,
            "city": self.faker.city,
            "place": self.faker.department_name,
            "street": lambda: f"{self.random.randint(1, 250)} {self.faker.street_name()}",
            "job": lambda: self.faker.job().lower(),
            "kin": lambda: self.random.choice(PARTS["kin"]),
            "thing": lambda: self.random.choice(PARTS["things"]),
            "date": lambda: f"{day} {month} {year}",
            "longdate": lambda: f"{_spell(day)} {month} {_spell(year)}",
            "words": lambda: _spell(number),
            "amount": lambda: f"{number} {self.random.choice(('francs', 'frs', 'f'))}",
            "n": lambda: str(self.random.randint(1, 399)),
        }
        return makers[slot.rstrip("2")]()


def _spell(number: int) -> str:
    return num2words(number, lang="fr")


@click.command()
@click.option("--count", default=20_000, show_default=True)
@click.option("--seed", default=1, show_default=True)
def main(count: int, seed: int) -> None:
    """Print made-up sentences, one per line, none twice."""
    maker = Maker(seed)
    said: set[str] = set()
    while len(said) < count:
        sentence = maker.sentence()
        if sentence not in said:
            said.add(sentence)
            click.echo(sentence)


if __name__ == "__main__":
    main()
