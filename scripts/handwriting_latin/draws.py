"""Draw what texts are made of, and fill in the templates of texts.toml.

All draws come from `Draw.random` or from a Faker, both seeded, so the order of the calls counts: a
change of their order, or of a template, changes all later texts. The same seed draws the same texts
where PYTHONHASHSEED is set too: Faker 40 takes its Italian cities in the order of a set.
"""

from __future__ import annotations

import random
import string
import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from faker import Faker

from scripts.handwriting_latin.french_letters import Maker as FrenchLetters
from scripts.handwriting_latin.sources import Language

LOCALES = {
    "en": ("en_GB", "en_US"),
    "es": ("es_ES", "es_MX"),
    "fr": ("fr_FR", "fr_CA"),
    "de": ("de_DE", "de_AT"),
    "pt": ("pt_PT", "pt_BR"),
    "it": ("it_IT",),
}
NORTHERN = ("sv_SE", "da_DK", "no_NO", "fi_FI")  # for the letters å, ø and æ in names
NORTHERN_SHARE = 0.2  # of the names
PARTS: dict[str, dict[str, Any]] = tomllib.loads(
    Path(__file__).with_name("texts.toml").read_text(encoding="utf-8")
)
TRIES = 50  # sentences, until one gives a word of letters alone
MANY_CURRENCIES = ("€", "€", "€", "$", "$", "£", "£")
DATES_IN_WORDS = 0.5  # of the dates; the others are in figures
WHOLE_AMOUNTS = 0.25  # of the amounts; the others have cents


class Draw:
    """Draws words, numbers and names in a language.

    Attributes:
        code: of the language to draw in; set it before each text.
    """

    def __init__(self, languages: dict[str, Language], seed: int) -> None:
        self.languages = languages
        self.code = "en"
        self.random = random.Random(seed)
        self.fakers = {
            code: [_make_faker(locale, seed) for locale in locales]
            for code, locales in LOCALES.items()
        }
        self.northern = [_make_faker(locale, seed) for locale in NORTHERN]
        self.french_letters = FrenchLetters(seed)
        self._makers: dict[str, Callable[[], str]] = {
            "first": lambda: self.namer.first_name(),
            "last": lambda: self.namer.last_name(),
            "name": self.full_name,
            "city": lambda: self.faker.city(),
            "country": lambda: self.faker.country(),
            "street": self.street,
            "company": lambda: self.faker.company(),
            "job": lambda: self.faker.job(),
            "phone": lambda: self.faker.phone_number(),
            "date": self.date,
            "day": lambda: self.random.choice(self.language.days),
            "month": lambda: self.random.choice(self.language.months),
            "time": self.time,
            "price": self.price,
            "n": lambda: str(self.number(1, 40)),
            "numbers": lambda: " ".join(str(self.number(0, 99)) for _ in range(self.number(2, 9))),
            "word": self.word,
            "Word": lambda: self.word().capitalize(),
        }

    @property
    def language(self) -> Language:
        """The words of the language to draw in."""
        return self.languages[self.code]

    @property
    def faker(self) -> Faker:
        """A Faker of a country of the language."""
        return self.random.choice(self.fakers[self.code])

    @property
    def namer(self) -> Faker:
        """A Faker for names, sometimes a northern one."""
        northern = self.random.random() < NORTHERN_SHARE
        return self.random.choice(self.northern) if northern else self.faker

    def number(self, least: int, most: int) -> int:
        """Draw a whole number; both ends are included."""
        return self.random.randint(least, most)

    def digits(self, count: int) -> str:
        """Draw digits."""
        return "".join(self.random.choices(string.digits, k=count))

    def pick(self, *choices: str) -> str:
        """Draw one of the choices."""
        return self.random.choice(choices)

    def cut(self, text: str, longest: int) -> str:
        """Take a run of whole words of a text, no longer than so many characters."""
        words = [word for word in text.split() if len(word) <= longest]
        if len(text) <= longest:
            return " ".join(words)
        first = self.random.randrange(max(len(words), 1))
        taken: list[str] = []
        for word in words[first:]:
            if len(" ".join([*taken, word])) > longest:
                break
            taken.append(word)
        return " ".join(taken)

    # Templates.

    def fill(self, template: str, **given: object) -> str:
        """Fill in the slots of a template: those given, and the others as `slot` draws them."""
        return template.format_map(_Slots(given, self.slot))

    def fill_any(self, templates: Iterable[str], **given: object) -> str:
        """Fill in all templates, and pick one of them."""
        return self.pick(*[self.fill(template, **given) for template in templates])

    def slot(self, name: str) -> str:
        """Draw the content of a slot; texts.toml lists the names."""
        if name in self._makers:
            return self._makers[name]()
        if name in PARTS["choices"]:
            return self.random.choice(PARTS["choices"][name])
        if set(name) == {"d"}:
            return self.digits(len(name))
        if set(name) == {"A"}:
            return "".join(self.random.choices(string.ascii_uppercase, k=len(name)))
        number = self.number(*map(int, name.removeprefix("d").split("-")))
        return self.digits(number) if name.startswith("d") else str(number)

    # What slots hold.

    def word(self) -> str:
        """Take a word out of a sentence."""
        for _ in range(TRIES):
            words = self.random.choice(self.language.sentences).split()
            word = self.random.choice(words).strip(".,;:!?()\"'«»“”¿¡")
            if word.isalpha():
                return word
        return "a"

    def full_name(self) -> str:
        """Write a first and a last name of the same country."""
        namer = self.namer
        return f"{namer.first_name()} {namer.last_name()}"

    def street(self) -> str:
        """Write a street and a number on one line."""
        return write_street(self.faker)

    def date(self) -> str:
        """Write a date in one of many ways."""
        day, month, year = self.number(1, 31), self.number(1, 12), self.number(1850, 2035)
        name = self.language.months[month - 1]
        weekday = self.random.choice(self.language.days)
        in_words = self.random.random() < DATES_IN_WORDS
        form = self.pick(*PARTS["dates"][self.code if in_words else "figures"])
        words = {"weekday": weekday, "name": name, "short": name[:3]}
        return form.format(day=day, month=month, year=year, two=year % 100, **words)

    def time(self) -> str:
        """Write a time of the day."""
        hour, minute = self.number(0, 23), self.number(0, 59)
        half = self.slot("half") if self.code == "en" else ""
        form = self.pick(*PARTS["times"]["figures"], *PARTS["times"].get(self.code, ()))
        return form.format(hour=hour, minute=minute, twelve=hour % 12 + 1, half=half)

    def amount(self) -> str:
        """Write a number of sums of money, with the signs of the language."""
        whole, cents = self.number(0, 10 ** self.number(1, 5)), self.number(0, 99)
        group, point = ((",", ""), ".") if self.code == "en" else ((".", " ", ""), ",")
        text = f"{whole:,}".replace(",", self.pick(*group))
        return text if self.random.random() < WHOLE_AMOUNTS else f"{text}{point}{cents:02d}"

    def price(self) -> str:
        """Write a price with a currency before or after it."""
        given = {
            "sign": self.pick(*MANY_CURRENCIES),
            "amount": self.amount(),
            "whole": self.number(1, 999),
        }
        form = self.pick(*PARTS["prices"]["before" if self.code == "en" else "after"])
        return form.format(**given)


class _Slots(dict[str, object]):
    """The slots of a template: those given, and the others as they are drawn."""

    def __init__(self, given: dict[str, object], draw: Callable[[str], str]) -> None:
        super().__init__(given)
        self._draw = draw

    def __missing__(self, name: str) -> str:
        return self._draw(name)


def write_street(faker: Faker) -> str:
    """Write a street and a number on one line."""
    return faker.street_address().replace("\n", ", ")


def _make_faker(locale: str, seed: int) -> Faker:
    faker = Faker(locale)
    faker.seed_instance(seed)
    return faker
