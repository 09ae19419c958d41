"""The columns of a table of pairs are found by name, by number, or by what is in them."""

from __future__ import annotations

from pathlib import Path

import pytest

from dltasks.data.examples import Example
from dltasks.data.pair import Pair
from dltasks.data.pairs import read_pairs
from pipelines.errors import ConfigurationError

PAIRS = [("Go.", "Ve."), ("Who won?", "¿Quién ganó?")]


def write(path: Path, content: str) -> str:
    path.write_text(content, encoding="utf-8")
    return str(path)


def sides(location: str, languages: tuple[str, str] | None = None) -> list[tuple[str, str]]:
    pairs: list[Example] = read_pairs(location)
    if languages:
        pairs = [pair.arranged(languages) for pair in pairs]
    return [(pair.source, pair.target) for pair in pairs]


def test_tatoebas_own_export_is_number_text_number_text(tmp_path: Path) -> None:
    content = "\ufeff1276\tGo.\t2481\tVe.\n1277\tWho won?\t2482\t¿Quién ganó?\n"
    assert sides(write(tmp_path / "a.tsv", content)) == PAIRS


@pytest.mark.parametrize(
    ("heading", "order"),
    [
        ("source,target", (0, 1)),
        ("Target,notes,Source", (1, None, 0)),
        ("en,es", (0, 1)),
        ("id,es,en", (None, 1, 0)),
        ("es-MX,split,EN", (1, None, 0)),
        ("no,en_US,es", (None, 0, 1)),
    ],
)
@pytest.mark.parametrize(("suffix", "mark"), [(".tsv", "\t"), (".csv", ","), (".csv", ";")])
def test_columns_are_found_by_name_in_any_order(
    tmp_path: Path, heading: str, order: tuple[int | None, ...], suffix: str, mark: str
) -> None:
    rows = [mark.join("" if side is None else pair[side] for side in order) for pair in PAIRS]
    content = "\n".join([heading.replace(",", mark), *rows])
    location = write(tmp_path / f"a{suffix}", content)
    assert sides(location, ("en", "es")) == PAIRS


def test_a_csv_may_quote(tmp_path: Path) -> None:
    content = 'en,es\n"Go, go.","Ve, ""ve""."\n'
    assert sides(write(tmp_path / "a.csv", content)) == [("Go, go.", 'Ve, "ve".')]
    with pytest.raises(ConfigurationError, match=r"a\.csv line \d: not a table"):
        sides(write(tmp_path / "a.csv", 'en,es\n"Go"x,Ve\n'))


def test_pairs_keep_the_languages_that_the_data_names(tmp_path: Path) -> None:
    (pair,) = read_pairs(write(tmp_path / "a.tsv", "es\ten\nVe.\tGo.\n"))
    assert isinstance(pair, Pair)
    assert pair.languages == ("es", "en")
    turned = pair.arranged(("en", "es"))
    assert (turned.source, turned.group, turned.languages) == ("Go.", "go.", ("en", "es"))
    assert pair.arranged(("en", "fr")) == pair
    (unnamed,) = read_pairs(write(tmp_path / "b.tsv", "Ve.\tGo.\n"))
    assert unnamed.arranged(("es", "en")) == unnamed


def test_parallel_files_name_their_languages(tmp_path: Path) -> None:
    first, second = write(tmp_path / "a.es", "Ve.\n"), write(tmp_path / "a.en", "Go.\n")
    assert sides(f"{first},{second}", ("en", "es")) == [("Go.", "Ve.")]


@pytest.mark.parametrize("line", ["Hi\tHola\n", "No\tNo\n", "no\tno\n", "is it\tes\n"])
def test_a_first_pair_is_no_heading(tmp_path: Path, line: str) -> None:
    assert len(sides(write(tmp_path / "a.tsv", line))) == 1


@pytest.mark.parametrize("query", ["source=English&target=Spanish", "source=2&target=4"])
def test_the_user_can_name_or_number_columns(tmp_path: Path, query: str) -> None:
    content = "n\tEnglish\tm\tSpanish\n1\tGo.\t2\tVe.\n"
    location = write(tmp_path / "a.tsv", content)
    found = sides(f"{location}?{query}")
    assert found[-1] == ("Go.", "Ve.")
    assert len(found) == (1 if "English" in query else 2)


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("source=en&target=fr", r"a\.tsv line 1: no column 'fr' in it \(found: en, es\)"),
        ("source=1&target=3", r"no column '3' in it .* or its number, 1 to 2"),
        ("source=en", "name both columns"),
        ("sorce=en", "did you mean 'source'"),
    ],
)
def test_a_column_that_is_not_there_is_named(tmp_path: Path, query: str, message: str) -> None:
    location = write(tmp_path / "a.tsv", "en\tes\nGo.\tVe.\n")
    with pytest.raises(ConfigurationError, match=message):
        read_pairs(f"{location}?{query}")


def test_languages_of_json_lines_and_tmx_can_be_named(tmp_path: Path) -> None:
    row = '{"id": "7", "en": "Go.", "fr": "Va.", "es": "Ve."}\n'
    location = write(tmp_path / "a.jsonl", row)
    assert sides(f"{location}?source=es&target=fr") == [("Ve.", "Va.")]
    unit = "".join(
        f'<tuv xml:lang="{code}"><seg>{text}</seg></tuv>'
        for code, text in (("en", "Go."), ("fr", "Va."), ("es", "Ve."))
    )
    location = write(tmp_path / "a.tmx", f"<tmx><body><tu>{unit}</tu></body></tmx>")
    assert sides(f"{location}?source=es&target=fr") == [("Ve.", "Va.")]
    assert sides(location, ("fr", "en")) == [("Va.", "Go.")]
