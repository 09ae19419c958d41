"""Read the words that the texts are made of, in six languages.

They come from these packages, unpacked as make.py says:

- tatoeba-en-es, sentences by people at tatoeba.org, CC BY 2.0 FR;
- docs-en-es.tsv, documentation of Python (Spanish CC0, English PSF-2.0) and LibreOffice (MPL-2.0);
- Debian's libreoffice-help-de, -fr, -it and -pt, MPL-2.0;
- Debian's firefox-esr-l10n-de, -fr, -it, -pt-pt and thunderbird-l10n-de, -it, MPL-2.0;
- Debian's r-cran-janeaustenr, MIT: the novels of Jane Austen, public domain;
- npm's cldr-dates-full and cldr-localenames-full, months, days and countries, Unicode-3.0.

The other modules add PyPI's faker (MIT), for the names, streets, companies and cities of many
countries, and texts.toml and french_letters.toml, which were written for this project. None of
these is under the GPL.

One text in HELD_OUT_PART of every source is held out for measuring: see `is_held_out`.
"""

from __future__ import annotations

import html
import json
import re
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LANGUAGES = ("en", "es", "fr", "de", "pt", "it")
LONGEST_SENTENCE = 200  # characters
SHORTEST_SENTENCE = 8
LETTERS_PART = 0.8  # of a sentence, letters or spaces; less is code or a table
LONGEST_STRING = 120  # bytes of a line of a novel
HELD_OUT_PART = 40  # one text in so many is for measuring


@dataclass(frozen=True)
class Language:
    """The words of a language.

    Attributes:
        sentences: running text, a sentence each.
        labels: short texts of forms, menus and maps.
        months: by name, from January.
        days: of the week.
    """

    sentences: tuple[str, ...]
    labels: tuple[str, ...]
    months: tuple[str, ...]
    days: tuple[str, ...]


def is_held_out(text: str) -> bool:
    """Tell whether a text is held out for measuring; the answer is the same in every run."""
    return zlib.crc32(text.encode()) % HELD_OUT_PART == 0


def read_languages(
    sources: Path, shared: Path, french: Iterable[str] = (), *, held_out: bool = False
) -> dict[str, Language]:
    """Read the words of all languages.

    Args:
        sources: the folder of unpacked packages.
        shared: the folder of tatoeba-en-es and docs-en-es.tsv.
        french: more running text in French, of the writers in the training set.
        held_out: read the texts that are held out instead of those for training.
    """
    found = {}
    pairs = _read_pairs(shared)
    for code in LANGUAGES:
        sentences = [*pairs.get(code, ()), *_read_help(sources / "debian", code)]
        if code == "en":
            sentences += _read_novels(sources / "debian")
        labels = [*_read_interface(sources / "debian", code), *_read_countries(sources, code)]
        chosen = _choose(sentences, held_out)
        if code == "fr":
            chosen += french
        months, days = _read_calendar(sources, code)
        found[code] = Language(tuple(chosen), tuple(_choose(labels, held_out)), months, days)
    return found


def _choose(texts: Iterable[str], held_out: bool) -> list[str]:
    """Leave out doubles, and the texts of the other split."""
    return [text for text in dict.fromkeys(texts) if is_held_out(text) == held_out]


def _read_pairs(shared: Path) -> dict[str, list[str]]:
    """Read the English and Spanish sentences."""
    found: dict[str, list[str]] = {"en": [], "es": []}
    for file in (shared / "tatoeba-en-es" / "train.tsv", shared / "docs-en-es.tsv"):
        for line in file.read_text(encoding="utf-8").splitlines():
            english, spanish = line.split("\t")[:2]
            found["en"] += _split_sentences(english)
            found["es"] += _split_sentences(spanish)
    return found


def _read_help(debian: Path, code: str) -> Iterator[str]:
    """Read the sentences of LibreOffice's help."""
    for file in sorted((debian / "usr/share/libreoffice/help" / code).rglob("*.html")):
        content = file.read_text(encoding="utf-8")
        for found in re.findall(r'<p id="[^"]*" class="[^"]*"[^>]*>(.*?)</p>', content, re.S):
            yield from _split_sentences(html.unescape(re.sub(r"<[^>]+>", "", found)))


def _split_sentences(text: str) -> Iterator[str]:
    """Split a paragraph into sentences; leave out what is too short, too long or not words."""
    for found in re.split(r"(?<=[.!?]) +(?=[A-ZÄÖÜÉÀÈÇ¿¡])", " ".join(text.split())):
        letters = sum(symbol.isalpha() or symbol == " " for symbol in found)
        fits = SHORTEST_SENTENCE <= len(found) <= LONGEST_SENTENCE
        if fits and " " in found and letters > LETTERS_PART * len(found):
            yield found


def _read_interface(debian: Path, code: str) -> Iterator[str]:
    """Read the messages of Firefox's and Thunderbird's Fluent files."""
    for file in sorted(debian.rglob(f"langpack-{code}*.xpi")):
        with zipfile.ZipFile(file) as archive:
            for name in sorted(archive.namelist()):
                if name.endswith(".ftl"):
                    yield from _read_messages(archive.read(name).decode("utf-8"))


def _read_messages(content: str) -> Iterator[str]:
    """Read the messages of a Fluent file that have no variables and no markup."""
    for value in re.findall(r"^[\s.]*[\w-]+ = (.+)$", content, re.M):
        if "{" not in value and "<" not in value and len(value) > 2:
            yield value.strip()


def _read_countries(sources: Path, code: str) -> Iterator[str]:
    """Read the names of countries, whose codes have two letters."""
    main = _read_cldr(sources, "cldr-localenames-full", code, "territories.json")
    territories = main["localeDisplayNames"]["territories"]
    yield from (name for key, name in territories.items() if len(key) == 2)


def _read_calendar(sources: Path, code: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Read the names of the months and of the days of the week."""
    main = _read_cldr(sources, "cldr-dates-full", code, "ca-gregorian.json")
    calendar = main["dates"]["calendars"]["gregorian"]
    months, days = (calendar[part]["format"]["wide"] for part in ("months", "days"))
    return tuple(months.values()), tuple(days.values())


def _read_cldr(sources: Path, package: str, code: str, file: str) -> dict[str, Any]:
    path = sources / "npm" / package / "package" / "main" / code / file
    return json.loads(path.read_text(encoding="utf-8"))["main"][code]


def _read_novels(debian: Path) -> Iterator[str]:
    """Read the novels from a database of R: zlib blocks, each with strings of R's type 9."""
    file = debian / "usr/lib/R/site-library/janeaustenr/data/Rdata.rdb"
    left = file.read_bytes()
    while left:
        block = zlib.decompressobj()
        content = block.decompress(left[4:])  # after its length
        left = block.unused_data
        for paragraph in "\n".join(_read_strings(content)).split("\n\n"):
            yield from _split_sentences(paragraph)


def _read_strings(content: bytes) -> Iterator[str]:
    """Read the strings of a block: type, length in 4 bytes, characters."""
    for found in re.finditer(rb"\x00[\x00-\x0f]\x00\x09([\x00-\xff]{4})", content):
        length = struct.unpack(">i", found[1])[0]
        if 0 <= length < LONGEST_STRING:
            line = content[found.end() : found.end() + length]
            yield line.decode("utf-8", "ignore").replace("_", "")  # italics
