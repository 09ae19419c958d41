"""Tables of sentence pairs, .tsv and .csv: which columns are the source and the target.

Go.<TAB>Ve.                          the first two columns
source,target,split                  by these names
id,es,en                             by the codes of two languages, in any order
1276<TAB>Go.<TAB>2481<TAB>Ve.        Tatoeba's own export: number, text, number, text
pairs.csv?source=English&target=3    by any name, or by number
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice

from dltasks.data.encodings import read_lines, require_encoding
from dltasks.data.examples import Languages, stated_split
from dltasks.data.pair import UNNAMED, Pair, make_pair
from dltasks.data.pair_review import is_number
from dltasks.data.remote import DataPath
from pipelines.errors import ConfigurationError

SIDES = ("source", "target")
SPLIT = "split"
LOOKED_AT = 100  # rows by which the columns are told
ISO_639_1 = """
aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de
dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id
ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu
lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu
rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr
ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu
"""
CODES = frozenset(ISO_639_1.split())
NUMBERS_TOO = ("id", "no")  # Indonesian and Norwegian, but more often a column of numbers


@dataclass(frozen=True)
class Columns:
    """Where the sides of a pair are in a row, from 0."""

    source: int
    target: int
    split: int | None = None
    languages: Languages = UNNAMED
    has_heading: bool = False


def read_pair_table(path: DataPath, split: str, options: Mapping[str, str]) -> Iterator[Pair]:
    """Read pairs; quotes in a .tsv are quotes.

    Args:
        path: of a .tsv or .csv file.
        split: of rows that name none.
        options: "source" and "target", the columns; "encoding".

    Raises:
        ConfigurationError: a column is not there, or a row cannot be read.
    """
    rows = _read_csv(path, options) if path.suffix.lower() == ".csv" else _read_tsv(path, options)
    first = list(islice(rows, LOOKED_AT))
    columns = _choose_columns([row for _, row in first], options, path)
    for number, row in chain(first[columns.has_heading :], rows):
        stated = _cell(row, columns.split)
        yield make_pair(
            _cell(row, columns.source),
            _cell(row, columns.target),
            path,
            number,
            stated_split(stated, f"{path.name} line {number}") or split,
            columns.languages,
        )


def as_languages(source: str, target: str) -> Languages:
    """Give the codes of languages that two names are, such as "en" and "es-MX"; or no languages."""
    codes = (_code_of(source), _code_of(target))
    return codes if all(codes) and codes[0] != codes[1] else UNNAMED


def _choose_columns(
    rows: Sequence[Sequence[str]], options: Mapping[str, str], path: DataPath
) -> Columns:
    heading = [name.strip() for name in rows[0]] if rows else []
    lowered = [name.lower() for name in heading]
    places = _find_codes(heading)
    split = lowered.index(SPLIT) if SPLIT in lowered else None
    if options.get("source") or options.get("target"):
        return _find_columns(heading, options, split, path)
    if set(SIDES) <= set(lowered):
        source, target = map(lowered.index, SIDES)
        return Columns(source, target, split, has_heading=True)
    if len(places) > 1:
        source, target, *_ = places
        languages = as_languages(heading[source], heading[target])
        return Columns(source, target, split, languages, has_heading=True)
    return Columns(1, 3) if _is_tatoeba(rows) else Columns(0, 1)


def _find_codes(heading: Sequence[str]) -> list[int]:
    """List the columns that are named by the codes of different languages."""
    codes = {code: place for place, name in enumerate(heading) if (code := _code_of(name))}
    certain = [place for code, place in codes.items() if code not in NUMBERS_TOO]
    return certain if len(certain) > 1 else list(codes.values())


def _find_columns(
    heading: Sequence[str], options: Mapping[str, str], split: int | None, path: DataPath
) -> Columns:
    """Find the columns that the user names, or numbers from 1."""
    wanted = [options.get(side) or "" for side in SIDES]
    missing = next((side for side, name in zip(SIDES, wanted, strict=True) if not name), None)
    if missing:
        raise ConfigurationError(f"{path}: name both columns, as in ?source=en&target=es")
    named = [name in heading for name in wanted]
    for name, is_named in zip(wanted, named, strict=True):
        if not is_named and not (name.isdecimal() and 0 < int(name) <= len(heading)):
            found = ", ".join(heading) or "nothing"
            raise ConfigurationError(
                f"{path.name} line 1: no column {name!r} in it (found: {found}); name a column of "
                f"the heading, or its number, 1 to {len(heading)}"
            )
    source, target = (
        heading.index(name) if is_named else int(name) - 1
        for name, is_named in zip(wanted, named, strict=True)
    )
    has_heading = any(named)
    languages = as_languages(wanted[0], wanted[1])
    return Columns(source, target, split if has_heading else None, languages, has_heading)


def _is_tatoeba(rows: Sequence[Sequence[str]]) -> bool:
    """Tell whether all rows are number, text, number, text."""
    return (
        bool(rows)
        and all(len(row) == 4 and row[0].isdecimal() and row[2].isdecimal() for row in rows)
        and not all(is_number(row[1]) for row in rows)
    )


def _code_of(name: str) -> str:
    """Give the code of a language without its region; a word such as "Hi" is no code."""
    code = name.strip().replace("_", "-").partition("-")[0]
    return code.lower() if code in (code.lower(), code.upper()) and code.lower() in CODES else ""


def _cell(row: Sequence[str], place: int | None) -> str:
    return row[place] if place is not None and place < len(row) else ""


def _read_tsv(path: DataPath, options: Mapping[str, str]) -> Iterator[tuple[int, list[str]]]:
    for number, line in read_lines(path, options.get("encoding")):
        yield number, line.split("\t")


def _read_csv(path: DataPath, options: Mapping[str, str]) -> Iterator[tuple[int, list[str]]]:
    """Give the rows, with the lines on which they end; semicolons where the first line has them."""
    encoding = options.get("encoding") or require_encoding(path)
    try:
        with path.open(encoding=encoding, newline="") as file:
            first = file.readline()
            mark = ";" if first.count(";") > first.count(",") else ","
            file.seek(0)
            reader = csv.reader(file, delimiter=mark, strict=True)
            yield from ((reader.line_num, row) for row in reader if row)
    except UnicodeError as error:
        raise ConfigurationError(f"{path}: not {encoding} ({error})") from None
    except csv.Error as error:
        raise ConfigurationError(
            f"{path.name} line {reader.line_num}: not a table: {error}; check the quotes"
        ) from None
