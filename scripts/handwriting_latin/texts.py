"""Make up the texts that make.py writes in fonts and learns its language model from.

    pip install faker num2words
    python -m scripts.handwriting_latin.texts --sources sources --shared shared/data --kind price

Texts are of English, Spanish, French, German, Portuguese and Italian, and of the kinds in KINDS,
from sentences to prices. Their words come from (folders as make.py says):

- tatoeba-en-es, sentences by people at tatoeba.org, CC BY 2.0 FR;
- docs-en-es.tsv, documentation of Python (Spanish CC0, English PSF-2.0) and LibreOffice (MPL-2.0);
- Debian's libreoffice-help-de, -fr, -it and -pt, MPL-2.0;
- Debian's firefox-esr-l10n-de, -fr, -it, -pt-pt and thunderbird-l10n-de, -it, MPL-2.0;
- Debian's r-cran-janeaustenr, MIT: the novels of Jane Austen, public domain;
- npm's cldr-dates-full and cldr-localenames-full, months, days and countries, Unicode-3.0;
- PyPI's faker, names, streets, companies and cities of many countries, MIT;
- texts.toml and french_letters.toml, sentences of letters written for this project.

None is under the GPL. What `is_held_out` holds of every source is for measuring alone.
"""

from __future__ import annotations

import html
import json
import random
import re
import struct
import tomllib
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
from faker import Faker

from scripts.handwriting_latin.french_letters import Maker as FrenchLetters

LANGUAGES = ("en", "es", "fr", "de", "pt", "it")
LOCALES = {
    "en": ("en_GB", "en_US"),
    "es": ("es_ES", "es_MX"),
    "fr": ("fr_FR", "fr_CA"),
    "de": ("de_DE", "de_AT"),
    "pt": ("pt_PT", "pt_BR"),
    "it": ("it_IT",),
}
NORTHERN = ("sv_SE", "da_DK", "no_NO", "fi_FI")  # names and some sentences, for their letters
NORTHERN_LETTERS = frozenset("åøæÅØÆ")
NORTHERN_CAPITALS = 0.3  # of the northern texts, written in capitals
NORTHERN_SHARE = 0.2  # of the names
PARTS = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
LONGEST_SENTENCE = 200  # characters
SHORTEST_SENTENCE = 8
HELD_OUT_PART = 40  # one text in so many is for measuring
LONGEST = 75  # characters of a line
TRIES = 50
MANY_CURRENCIES = ("€", "€", "€", "$", "$", "£", "£")
QUOTES = {
    "en": (("“", "”"), ("‘", "’"), ('"', '"'), ("'", "'")),
    "es": (("«", "»"), ("“", "”"), ('"', '"')),
    "fr": (("« ", " »"), ("«", "»"), ("“", "”"), ('"', '"')),
    "de": (("„", "“"), ("»", "«"), ("‚", "‘"), ('"', '"')),
    "pt": (("«", "»"), ("“", "”"), ('"', '"')),
    "it": (("«", "»"), ("“", "”"), ('"', '"')),
}
INITIALS = "ABCDEFGHJKLMNPRSTW"
SIGNS = ".,;:!?¿¡'\"-()/&+=*@#%_[]<>«»’‘“”—–…€$£°^|§ºª²½„‚‹›{}~•×\\"


@dataclass(frozen=True)
class Language:
    """What texts of a language are made of.

    Attributes:
        sentences: running text, a sentence or a paragraph each.
        labels: short texts of forms, menus and maps.
        months: by name, from January.
        days: of the week.
    """

    sentences: tuple[str, ...]
    labels: tuple[str, ...]
    months: tuple[str, ...]
    days: tuple[str, ...]


def is_held_out(text: str) -> bool:
    """Tell whether a text is for measuring alone; says the same of it in every run."""
    return zlib.crc32(text.encode()) % HELD_OUT_PART == 0


def read_languages(
    sources: Path, shared: Path, french: Iterable[str] = (), *, held_out: bool = False
) -> dict[str, Language]:
    """Read the words of all languages.

    Args:
        sources: the folder of unpacked packages.
        shared: the folder of tatoeba-en-es and docs-en-es.tsv.
        french: more running text, of the writers that are trained on.
        held_out: read what is for measuring in place of what is for training.
    """
    found = {}
    pairs = _read_pairs(shared)
    for code in LANGUAGES:
        sentences = [*pairs.get(code, ()), *_read_help(sources / "debian", code)]
        if code == "en":
            sentences += _read_novels(sources / "debian")
        labels = [*_read_interface(sources / "debian", code), *_read_countries(sources, code)]
        sentences = [text for text in dict.fromkeys(sentences) if is_held_out(text) == held_out]
        if code == "fr":
            sentences += french
        labels = [text for text in dict.fromkeys(labels) if is_held_out(text) == held_out]
        months, days = _read_calendar(sources, code)
        found[code] = Language(tuple(sentences), tuple(labels), months, days)
    return found


def _read_pairs(shared: Path) -> dict[str, list[str]]:
    """Read the English and Spanish sentences."""
    found: dict[str, list[str]] = {"en": [], "es": []}
    for file in (shared / "tatoeba-en-es" / "train.tsv", shared / "docs-en-es.tsv"):
        for line in file.read_text(encoding="utf-8").splitlines():
            english, spanish = line.split("\t")[:2]
            found["en"] += _sentences(english)
            found["es"] += _sentences(spanish)
    return found


def _read_help(debian: Path, code: str) -> Iterator[str]:
    """Read the paragraphs of LibreOffice's help."""
    for file in sorted((debian / "usr/share/libreoffice/help" / code).rglob("*.html")):
        content = file.read_text(encoding="utf-8")
        for found in re.findall(r'<p id="[^"]*" class="[^"]*"[^>]*>(.*?)</p>', content, re.S):
            yield from _sentences(html.unescape(re.sub(r"<[^>]+>", "", found)))


def _sentences(text: str) -> Iterator[str]:
    """Split a paragraph into sentences, and leave out what is no sentence of words."""
    for found in re.split(r"(?<=[.!?]) +(?=[A-ZÄÖÜÉÀÈÇ¿¡])", " ".join(text.split())):
        letters = sum(symbol.isalpha() or symbol == " " for symbol in found)
        if (
            SHORTEST_SENTENCE <= len(found) <= LONGEST_SENTENCE
            and " " in found
            and letters > 0.8 * len(found)
        ):
            yield found


def _read_interface(debian: Path, code: str) -> Iterator[str]:
    """Read the messages of Firefox's and Thunderbird's Fluent files."""
    for file in sorted(debian.rglob(f"langpack-{code}*.xpi")):
        with zipfile.ZipFile(file) as archive:
            for name in sorted(archive.namelist()):
                if not name.endswith(".ftl"):
                    continue
                content = archive.read(name).decode("utf-8")
                for value in re.findall(r"^[\s.]*[\w-]+ = (.+)$", content, re.M):
                    if "{" not in value and "<" not in value and len(value) > 2:
                        yield value.strip()


def _read_countries(sources: Path, code: str) -> Iterator[str]:
    main = _cldr(sources, "cldr-localenames-full", code, "territories.json")
    yield from (
        name for key, name in main["localeDisplayNames"]["territories"].items() if len(key) == 2
    )


def _read_calendar(sources: Path, code: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    main = _cldr(sources, "cldr-dates-full", code, "ca-gregorian.json")
    calendar = main["dates"]["calendars"]["gregorian"]
    months, days = (calendar[part]["format"]["wide"] for part in ("months", "days"))
    return tuple(months.values()), tuple(days.values())


def _cldr(sources: Path, package: str, code: str, file: str) -> dict:
    path = sources / "npm" / package / "package" / "main" / code / file
    return json.loads(path.read_text(encoding="utf-8"))["main"][code]


def _read_novels(debian: Path) -> Iterator[str]:
    """Read the strings in a database of R: blocks of zlib, in them strings of type 9."""
    file = debian / "usr/lib/R/site-library/janeaustenr/data/Rdata.rdb"
    left = file.read_bytes()
    while left:
        block = zlib.decompressobj()
        content = block.decompress(left[4:])
        left = block.unused_data
        lines = []
        for found in re.finditer(rb"\x00[\x00-\x0f]\x00\x09([\x00-\xff]{4})", content):
            length = struct.unpack(">i", found[1])[0]
            if 0 <= length < 120:
                line = content[found.end() : found.end() + length]
                lines.append(line.decode("utf-8", "ignore").replace("_", ""))
        for paragraph in "\n".join(lines).split("\n\n"):
            yield from _sentences(paragraph)


class TextMaker:
    """Makes up texts of every kind, as a seed draws them."""

    def __init__(self, languages: dict[str, Language], known: Iterable[str], seed: int) -> None:
        self.languages = languages
        self.known = frozenset(known)
        self.random = random.Random(seed)
        self.fakers = {
            code: [self._faker(locale, seed) for locale in locales]
            for code, locales in LOCALES.items()
        }
        self.northern = [self._faker(locale, seed) for locale in NORTHERN]
        self.french_letters = FrenchLetters(seed)
        self.code = "en"

    @staticmethod
    def _faker(locale: str, seed: int) -> Faker:
        faker = Faker(locale)
        faker.seed_instance(seed)
        return faker

    def make(self, kind: str, longest: int = LONGEST) -> str:
        """Make up a text of a kind in any of the languages, of known symbols alone."""
        for _ in range(TRIES):
            self.code = self.random.choice(LANGUAGES)
            text = self.cut(" ".join(KINDS[kind](self).split()), longest)
            if text and self.known.issuperset(text):
                return text
        raise ValueError(f"no text of kind {kind!r} has known symbols alone")

    def cut(self, text: str, longest: int) -> str:
        """Take a run of whole words that is no longer than allowed."""
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

    # What texts are made of.

    @property
    def language(self) -> Language:
        return self.languages[self.code]

    @property
    def faker(self) -> Faker:
        return self.random.choice(self.fakers[self.code])

    @property
    def namer(self) -> Faker:
        """A faker for names, now and then of the north."""
        northern = self.random.random() < NORTHERN_SHARE
        return self.random.choice(self.northern) if northern else self.faker

    def number(self, least: int, most: int) -> int:
        return self.random.randint(least, most)

    def digits(self, count: int) -> str:
        return "".join(self.random.choices("0123456789", k=count))

    def pick(self, *choices: str) -> str:
        return self.random.choice(choices)

    def plain_word(self) -> str:
        """Take a word out of a sentence."""
        for _ in range(TRIES):
            words = self.random.choice(self.language.sentences).split()
            word = self.random.choice(words).strip(".,;:!?()\"'«»“”¿¡")
            if word.isalpha():
                return word
        return "a"

    def __getitem__(self, slot: str) -> str:
        """Fill a slot of the sentences in texts.toml."""
        makers: dict[str, Callable[[], str]] = {
            "first": lambda: self.namer.first_name(),
            "last": lambda: self.namer.last_name(),
            "name": lambda: self.full_name(),
            "city": lambda: self.faker.city(),
            "street": lambda: self.street(),
            "company": lambda: self.faker.company(),
            "date": lambda: self.date(),
            "day": lambda: self.random.choice(self.language.days),
            "month": lambda: self.random.choice(self.language.months),
            "time": lambda: self.time(),
            "price": lambda: self.price(),
            "n": lambda: str(self.number(1, 40)),
            "word": lambda: self.plain_word(),
        }
        return makers[slot]()

    def full_name(self) -> str:
        namer = self.namer
        return f"{namer.first_name()} {namer.last_name()}"

    def street(self) -> str:
        return self.faker.street_address().replace("\n", ", ")

    def date(self) -> str:
        """Write a date in one of many ways."""
        day, month, year = self.number(1, 31), self.number(1, 12), self.number(1850, 2035)
        name = self.language.months[month - 1]
        weekday = self.random.choice(self.language.days)
        short, two = name[:3], f"{year % 100:02d}"
        forms = {
            "en": (
                f"{day} {name} {year}",
                f"{name} {day}, {year}",
                f"{weekday}, {name} {day}",
                f"{day}th {name} {year}",
                f"{short}. {day}, {year}",
                f"{weekday} {day} {name}",
            ),
            "es": (
                f"{day} de {name} de {year}",
                f"{weekday}, {day} de {name}",
                f"{day} {short} {year}",
            ),
            "fr": (
                f"{day} {name} {year}",
                f"{weekday} {day} {name} {year}",
                f"le 1er {name} {year}",
            ),
            "de": (
                f"{day}. {name} {year}",
                f"{weekday}, {day}. {name} {year}",
                f"{day}. {short}. {year}",
            ),
            "pt": (
                f"{day} de {name} de {year}",
                f"{weekday}, {day} de {name}",
                f"{day} {short}. {year}",
            ),
            "it": (f"{day} {name} {year}", f"{weekday} {day} {name}", f"1º {name} {year}"),
        }[self.code]
        figures = (
            f"{day}/{month}/{year}",
            f"{day:02d}/{month:02d}/{year}",
            f"{day:02d}.{month:02d}.{year}",
            f"{day}.{month}.{two}",
            f"{year}-{month:02d}-{day:02d}",
            f"{day}-{month}-{year}",
            f"{day:02d}/{month:02d}/{two}",
            f"{day}.{month}.",
            f"{day} / {month} / {year}",
        )
        return self.pick(*forms) if self.random.random() < 0.5 else self.pick(*figures)

    def time(self) -> str:
        """Write a time of the day."""
        hour, minute = self.number(0, 23), self.number(0, 59)
        forms = [f"{hour}:{minute:02d}", f"{hour:02d}:{minute:02d}", f"{hour}.{minute:02d}"]
        if self.code in ("fr", "pt", "es", "it"):
            forms += [f"{hour} h {minute:02d}", f"{hour}h{minute:02d}", f"{hour} h"]
        if self.code == "en":
            forms += [
                f"{hour % 12 + 1}:{minute:02d} {self.pick('am', 'pm', 'p.m.', 'AM', 'PM')}",
                f"{hour % 12 + 1} o’clock",
            ]
        return self.pick(*forms)

    def amount(self) -> str:
        """Write a number as sums of money have it."""
        whole, part = self.number(0, 10 ** self.number(1, 5)), self.number(0, 99)
        group = self.pick(",", "") if self.code == "en" else self.pick(".", " ", "")
        text = f"{whole:,}".replace(",", group)
        return (
            text
            if self.random.random() < 0.25
            else (f"{text}{'.' if self.code == 'en' else ','}{part:02d}")
        )

    def price(self) -> str:
        """Write a price with a currency before or after it."""
        sign, amount = self.pick(*MANY_CURRENCIES), self.amount()
        before = (f"{sign}{amount}", f"{sign} {amount}")
        after = (
            f"{amount} {sign}",
            f"{amount}{sign}",
            f"{amount} EUR",
            f"CHF {amount}",
            f"{self.number(1, 999)},- {sign}",
            f"{amount} kr",
            f"R$ {amount}",
        )
        return self.pick(*before) if self.code == "en" else self.pick(*after[:2], *after)

    # The kinds.

    def sentence(self) -> str:
        """Take a run of words, of any length."""
        longest = self.number(15, LONGEST)
        return self.cut(self.random.choice(self.language.sentences), longest)

    def letter(self) -> str:
        """Take a piece of a letter."""
        if self.code == "fr":
            sentence = self.french_letters.sentence()
        else:
            sentence = self.random.choice(PARTS["letters"][self.code]).format_map(self)
        return self.cut(sentence, self.number(25, LONGEST))

    def label(self) -> str:
        """Take a short text of a form, a menu or a map."""
        labels = self.language.labels if self.random.random() < 0.7 else ()
        return self.cut(self.random.choice(labels), 45) if labels else self.heading()

    def heading(self) -> str:
        """Write what stands above a page or beside a field."""
        return self.random.choice(PARTS["headings"][self.code]).format_map(self)

    def capitals(self) -> str:
        """Write anything of words in capitals alone."""
        makers = (
            self.sentence,
            self.sentence,
            self.letter,
            self.heading,
            self.names,
            self.label,
            self.short,
            self.address,
        )
        text = self.random.choice(makers)()
        return self.cut(text.upper(), self.number(4, LONGEST))

    def title(self) -> str:
        """Write every word, or every long word, with a capital."""
        text = self.cut(self.random.choice((self.sentence, self.label))(), self.number(10, 60))
        least = self.pick("1", "4")
        return " ".join(
            word[:1].upper() + word[1:] if len(word) >= int(least) else word
            for word in text.split()
        )

    def digit(self) -> str:
        """Write numbers: whole ones, decimals, ordinals, runs of digits, measures."""
        one = self.number(0, 10 ** self.number(1, 7))
        unit = self.pick(
            "kg", "g", "km", "m", "cm", "mm", "l", "°C", "m²", "h", "min", "%", "% ", "°"
        )
        return self.pick(
            str(one),
            f"{one:,}",
            f"{one:,}".replace(",", "."),
            f"{one:,}".replace(",", " "),
            self.digits(self.number(2, 12)),
            f"{self.number(0, 999)},{self.digits(2)}",
            f"{self.number(0, 99)}.{self.digits(self.number(1, 4))}",
            f"{self.number(1, 500)} {unit}",
            f"{self.number(0, 100)} %",
            f"{self.number(0, 100)},{self.number(0, 9)}%",
            " ".join(str(self.number(0, 99)) for _ in range(self.number(2, 9))),
            f"+{self.number(1, 999)}",
            f"-{self.number(1, 99)} °C",
            f"{self.number(1, 9)}/{self.number(2, 9)}",
            f"{self.number(1, 99)} x {self.number(1, 99)}",
            f"{self.number(1, 99)} × {self.number(1, 99)} cm",
            f"{self.number(1, 99)}º",
            f"{self.number(1, 9)}ª",
            f"{self.number(1, 9)}½",
        )

    def sum(self) -> str:
        """Write a calculation or the end of a bill."""
        one, two = self.number(1, 999), self.number(1, 999)
        total = {
            "en": "Total",
            "es": "Total",
            "fr": "Total",
            "de": "Summe",
            "pt": "Total",
            "it": "Totale",
        }
        return self.pick(
            f"{one} + {two} = {one + two}",
            f"{one} - {two} = {one - two}",
            f"{one % 100} x {two % 20} = {(one % 100) * (two % 20)}",
            f"{one} : 2 = {one / 2:g}",
            f"{total[self.code]}: {self.price()}",
            f"{total[self.code]} {self.price()}",
            f"{self.number(1, 20)} x {self.price()} = {self.price()}",
            f"{self.price()} + {self.number(3, 27)} % = {self.price()}",
            f"= {self.price()}",
        )

    def phone(self) -> str:
        """Write a telephone number as countries have it, with a word before it or none."""
        d = self.digits
        number = self.pick(
            f"+33 {self.number(1, 7)} {d(2)} {d(2)} {d(2)} {d(2)}",
            f"0{self.number(1, 9)} {d(2)} {d(2)} {d(2)} {d(2)}",
            f"0{self.number(1, 9)}.{d(2)}.{d(2)}.{d(2)}.{d(2)}",
            f"+49 {d(3)} {d(7)}",
            f"0{d(3)}/{d(6)}",
            f"0{d(3)} {d(3)} {d(2)} {d(2)}",
            f"+49 (0){d(2)} {d(8)}",
            f"+34 6{d(2)} {d(3)} {d(3)}",
            f"9{d(2)} {d(2)} {d(2)} {d(2)}",
            f"+39 0{d(1)} {d(4)} {d(4)}",
            f"3{d(2)} {d(7)}",
            f"3{d(2)} {d(3)} {d(4)}",
            f"+351 9{d(2)} {d(3)} {d(3)}",
            f"2{d(2)} {d(3)} {d(3)}",
            f"+44 20 {d(4)} {d(4)}",
            f"07{d(3)} {d(6)}",
            f"({d(3)}) {d(3)}-{d(4)}",
            f"+1 {d(3)}-{d(3)}-{d(4)}",
            f"{d(3)}.{d(3)}.{d(4)}",
            f"{d(3)}-{d(4)}",
            f"(11) 9{d(4)}-{d(4)}",
            f"+41 {d(2)} {d(3)} {d(2)} {d(2)}",
            f"+46 {d(2)}-{d(3)} {d(2)} {d(2)}",
            d(10),
            self.faker.phone_number(),
        )
        before = self.pick(
            "Tel.",
            "Tel:",
            "Tél. :",
            "Tel.:",
            "Telefon:",
            "Mobil",
            "Phone:",
            "Fax",
            "Fax:",
            "Cell.",
            "Tlf.",
            "Móvil:",
            "Telemóvel:",
            "Handy:",
            "Ph.",
            "T.",
        )
        return f"{before} {number}" if self.random.random() < 0.35 else number

    def dates(self) -> str:
        """Write a date, a time, or both, with a place before them or a span between."""
        return self.pick(
            self.date(),
            self.date(),
            self.date(),
            self.time(),
            f"{self.date()}, {self.time()}",
            f"{self.date()} {self.time()}",
            f"{self.time()} - {self.time()}",
            f"{self.faker.city()}, {self.date()}",
            f"{self.number(1800, 2030)}-{self.number(1800, 2030)}",
            f"{self.number(1800, 2030)}–{self.number(10, 99)}",
            f"{self.date()} – {self.date()}",
            f"{self.random.choice(self.language.days)} {self.time()}",
        )

    def prices(self) -> str:
        """Write a price, alone or behind what it is for."""
        return self.pick(
            self.price(),
            self.price(),
            self.price(),
            f"{self.plain_word()} {self.price()}",
            f"{self.plain_word().capitalize()}: {self.price()}",
            f"{self.price()} / {self.price()}",
            f"-{self.number(5, 80)} %",
            f"{self.number(1, 12)} {self.plain_word()} à {self.price()}",
            f"{self.price()} ({self.number(1, 30)} % {self.pick('MwSt.', 'TVA', 'IVA', 'VAT')})",
        )

    def web(self) -> str:
        """Write an address of mail or of the web."""
        faker = self.random.choice((self.faker, self.fakers["en"][0]))
        user = faker.user_name()
        domain = self.pick(
            faker.domain_name(),
            faker.domain_name(),
            "gmail.com",
            "web.de",
            "orange.fr",
            "free.fr",
            "hotmail.com",
            "sapo.pt",
            "libero.it",
            "yahoo.es",
            "example.org",
            "gmx.net",
            "outlook.com",
        )
        address = self.pick(
            f"{user}@{domain}",
            f"{user}@{domain}",
            f"{user}{self.number(1, 99)}@{domain}",
            f"{user[:1]}.{faker.last_name().lower()}@{domain}",
            f"{user}_{self.number(1, 99)}@{domain}",
            f"www.{faker.domain_name()}",
            f"https://{faker.domain_name()}/{faker.uri_path()}",
            f"http://www.{faker.domain_name()}",
            f"{faker.domain_name()}/{faker.uri_path()}",
            f"@{user}",
            f"#{self.plain_word()}",
        )
        before = self.pick("E-mail:", "Mail:", "Web:", "e-mail", "Email:", "Courriel :", "Correo:")
        return f"{before} {address}" if self.random.random() < 0.2 else address

    def reference(self) -> str:
        """Write a code: a reference, a bank account, a licence plate, a postcode, a room."""

        def big(count: int) -> str:
            return "".join(self.random.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ", k=count))

        d, faker = self.digits, self.faker
        return self.pick(
            f"{big(2)}-{d(4)}",
            f"{big(3)}{d(5)}",
            f"{big(1)}{d(2)}.{d(3)}",
            f"{big(2)} {d(3)} {big(2)}",
            f"{d(4)}/{d(2)}-{big(1)}",
            f"N° {d(self.number(2, 6))}",
            f"No. {d(4)}",
            f"Nr. {d(5)}",
            f"n.º {d(3)}",
            f"#{d(5)}",
            f"Ref. {big(2)}-{d(4)}/{d(2)}",
            f"Réf. : {big(1)}{d(6)}",
            f"Az. {d(2)} {big(1)} {d(3)}/{d(2)}",
            faker.iban(),
            faker.license_plate(),
            faker.postcode(),
            f"{faker.postcode()} {faker.city()}",
            f"§ {self.number(1, 300)} Abs. {self.number(1, 9)}",
            f"art. {self.number(1, 300)}",
            f"ISBN 978-{d(1)}-{d(4)}-{d(4)}-{d(1)}",
            f"{big(1)}{d(1)}{big(2)}-{d(3)}{big(1)}-{big(2)}{d(2)}",
            f"v{d(1)}.{d(1)}.{d(2)}",
            f"{big(2)}{d(2)}_{d(3)}",
            f"{self.number(1, 60)}{self.pick('a', 'b', 'c', 'bis')}",
            f"p. {self.number(1, 900)}",
            f"[{self.number(1, 99)}]",
        )

    def item(self) -> str:
        """Write an item of a list."""
        text = self.cut(
            self.random.choice((self.sentence, self.label, self.short))(), self.number(10, 60)
        )
        n, letter = self.number(1, 30), self.pick(*"abcdefgh")
        mark = self.pick(
            "-",
            "-",
            "–",
            "•",
            "*",
            "+",
            ">",
            f"{n}.",
            f"{n}.",
            f"{n})",
            f"({n})",
            f"{letter})",
            f"{letter}.",
            f"({letter})",
            f"{self.pick('I', 'II', 'III', 'IV', 'V', 'VI')}.",
            "[ ]",
            "[x]",
            f"{n}.{self.number(1, 9)}",
            f"{n} x",
            f"{n}°",
        )
        return f"{mark} {text}"

    def brackets(self) -> str:
        """Put a part of a text in brackets."""
        words = self.cut(self.sentence(), self.number(12, 70)).split()
        if not words:
            return ""
        first = self.random.randrange(len(words))
        last = min(first + self.number(1, 4), len(words))
        left, right = self.random.choice(
            (("(", ")"),) * 5 + (("[", "]"), ("<", ">"), ("{", "}"), ("/", "/"), ("– ", " –"))
        )
        inner = " ".join(words[first:last])
        return " ".join([*words[:first], f"{left}{inner}{right}", *words[last:]])

    def quotes(self) -> str:
        """Put a text, or a part of it, in quotation marks of its language."""
        left, right = self.random.choice(QUOTES[self.code])
        words = self.cut(self.sentence(), self.number(8, 65)).split()
        if not words:
            return ""
        first = self.random.choice((0, self.random.randrange(len(words))))
        last = self.random.choice((len(words), min(first + self.number(1, 4), len(words))))
        text = " ".join(
            [*words[:first], f"{left}{' '.join(words[first:last])}{right}", *words[last:]]
        )
        end = self.pick("", "", "!", "?", " …", "...", ";", ":", ",")
        return text + end

    def word(self) -> str:
        """Write one word, with or without a sign behind it."""
        return self.plain_word() + self.pick(
            "", "", "", "", ".", ",", ":", ";", "!", "?", "-", "...", "…"
        )

    def short(self) -> str:
        """Write one to three words."""
        return " ".join(self.random.choice(self.language.sentences).split()[-self.number(1, 3) :])

    def names(self) -> str:
        """Write names of people, towns and companies."""
        return self.pick(
            self.full_name(),
            self.full_name(),
            f"{self.namer.last_name()}, {self.namer.first_name()}",
            self.faker.company(),
            self.faker.city(),
            self.faker.country(),
            f"{self.full_name()} & {self.full_name()}",
            f"{self.namer.first_name()} {self.pick(*INITIALS)}. {self.namer.last_name()}",
            self.faker.job(),
        )

    def address(self) -> str:
        """Write a line of a postal address."""
        faker = self.faker
        return self.pick(
            self.street(),
            f"{faker.postcode()} {faker.city()}",
            faker.street_name(),
            f"{faker.city()} ({faker.postcode()})",
            f"{self.street()}, {faker.city()}",
        )

    def north(self) -> str:
        """Write a name, a street, a town or a sentence with a letter of the north."""
        faker = self.random.choice(self.northern)
        for _ in range(TRIES):
            sentence = self.random.choice(PARTS["letters"]["north"]).format_map(self)
            text = self.pick(
                self.cut(sentence, self.number(25, LONGEST)),
                f"{faker.first_name()} {faker.last_name()}",
                faker.street_address().replace("\n", ", "),
                f"{faker.postcode()} {faker.city()}",
            )
            if not NORTHERN_LETTERS.isdisjoint(text):
                break
        return text.upper() if self.random.random() < NORTHERN_CAPITALS else text

    def signs(self) -> str:
        """Write words with signs that sentences are short of."""
        parts = [
            self.pick(
                self.plain_word(),
                "".join(self.random.choices(SIGNS, k=self.number(1, 6))),
                str(self.number(0, 99)),
            )
            for _ in range(self.number(1, 5))
        ]
        return " ".join(parts)


KINDS: dict[str, Callable[[TextMaker], str]] = {
    "sentence": TextMaker.sentence,
    "letter": TextMaker.letter,
    "capitals": TextMaker.capitals,
    "title": TextMaker.title,
    "heading": TextMaker.heading,
    "label": TextMaker.label,
    "digits": TextMaker.digit,
    "sum": TextMaker.sum,
    "phone": TextMaker.phone,
    "date": TextMaker.dates,
    "price": TextMaker.prices,
    "web": TextMaker.web,
    "code": TextMaker.reference,
    "list": TextMaker.item,
    "brackets": TextMaker.brackets,
    "quotes": TextMaker.quotes,
    "word": TextMaker.word,
    "short": TextMaker.short,
    "name": TextMaker.names,
    "address": TextMaker.address,
    "north": TextMaker.north,
    "signs": TextMaker.signs,
}


def balanced(texts: Sequence[str], characters: int, random: random.Random) -> list[str]:
    """Draw texts, none twice, until they hold so many characters."""
    order = list(texts)
    random.shuffle(order)
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
    """Print texts of a kind, one a line."""
    maker = TextMaker(read_languages(sources, shared), map(chr, range(32, 0x2500)), seed)
    for _ in range(count):
        click.echo(maker.make(kind))


if __name__ == "__main__":
    main()
