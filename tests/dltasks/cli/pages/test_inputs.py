"""dltasks read on documents: every page, in order, and a bad one does not stop the others."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from dltasks.cli.pages import inputs
from dltasks.cli.pages.inputs import expand_pages
from tests.documents import BROKEN, ENCRYPTED, make_pdf, make_tiff, write_raw_pdf
from tests.line_reader import draw_bars
from tests.server import Server

Run = Callable[..., Result]
TEXTS = ("ab", "ba", "bb")


@pytest.fixture
def pdf(tmp_path: Path) -> Path:
    path = tmp_path / "lettre d'été.pdf"
    path.write_bytes(make_pdf([draw_bars(text) for text in TEXTS]))
    return path


@pytest.fixture
def tiff(tmp_path: Path) -> Path:
    path = tmp_path / "scan.tif"
    path.write_bytes(make_tiff([draw_bars(text) for text in TEXTS[:2]]))
    return path


def test_the_pages_of_documents_are_read_in_order(read: Run, pdf: Path, tiff: Path) -> None:
    done = read(pdf, tiff)
    assert (done.exit_code, done.stdout, done.stderr) == (0, "ab\nba\nbb\nab\nba\n", "")
    table = read(pdf, "--format", "table").stdout.splitlines()
    assert table[2] == f"{pdf} page 2"


def test_json_and_csv_have_the_number_of_the_page(read: Run, pdf: Path, lines: list[Path]) -> None:
    records = json.loads(read(pdf, lines[0], "--format", "json").stdout)
    assert [(item["input"], item.get("page")) for item in records] == [
        *((str(pdf), number) for number in (1, 2, 3)),
        (str(lines[0]), None),
    ]
    table = read(pdf, lines[0], "--format", "csv").stdout
    assert [row["page"] for row in csv.DictReader(io.StringIO(table))] == ["1", "2", "3", ""]


def test_standard_input_may_be_a_document(read: Run, pdf: Path, tiff: Path) -> None:
    done = read("-", "--format", "table", stdin=pdf.read_bytes())
    assert done.stdout.splitlines()[::2] == [f"<stdin> page {number}" for number in (1, 2, 3)]
    assert read("-", stdin=tiff.read_bytes()).stdout == "ab\nba\n"


def test_chosen_pages_are_read(read: Run, pdf: Path, tiff: Path, lines: list[Path]) -> None:
    assert read(pdf, "--pages", "2-").stdout == "ba\nbb\n"
    done = read(pdf, tiff, lines[0], "--pages", "1,3")
    assert (done.exit_code, done.stdout) == (3, "ab\nbb\nab\nab\n")
    assert done.stderr.splitlines() == [
        f"Error: {tiff}: has 2 pages, so no page 3; correct --pages",
        f"Error: {lines[0]}: has 1 page, so no page 3; correct --pages",
    ]


def test_bad_documents_and_pages_are_told_and_the_others_are_read(
    read: Run, lines: list[Path], tmp_path: Path
) -> None:
    contents = {
        "empty.pdf": b"",
        "cut.pdf": b"%PDF-1.7\n",
        "secret.pdf": write_raw_pdf([""], ENCRYPTED),
        "broken.pdf": write_raw_pdf(["", BROKEN, ""]),
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    done = read(*(tmp_path / name for name in contents), lines[0], "--format", "jsonl")
    assert done.exit_code == 3
    errors = done.stderr.splitlines()
    assert [line.split(":")[0] for line in errors if line.startswith("Error")] == ["Error"] * 4
    assert f"Error: {tmp_path / 'secret.pdf'}: needs a password; save a copy without one" in errors
    records = [json.loads(line) for line in done.stdout.splitlines()]
    assert [("result" in item, item.get("page")) for item in records] == [
        *((False, None) for _ in range(3)),
        *((number != 2, number) for number in (1, 2, 3)),
        (True, None),
    ]


def test_a_folder_with_pdfs_is_searched_for_them(read: Run, pdf: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    assert read(tmp_path, "--pages", "1").stdout == "ab\n"


def test_documents_are_opened_when_their_pages_are_asked_for(
    pdf: Path, tiff: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = []
    whole = inputs.open_pages
    monkeypatch.setattr(inputs, "open_pages", lambda file: opened.append(file) or whole(file))
    pages = expand_pages([pdf, tiff])
    next(pages)
    assert opened == [pdf]
    assert len(list(pages)) == 4


def test_a_missing_extra_is_told_before_the_work(
    read: Run, pdf: Path, lines: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pypdfium2", None)
    done = read(lines[0], pdf)
    assert (done.exit_code, done.stdout) == (4, "")
    assert "a PDF needs pypdfium2, which is not installed; run: pip install" in done.stderr
    assert done.stderr.rstrip().endswith('[pdf]"')


def test_a_document_behind_an_address_is_read(read: Run, pdf: Path, lines: list[Path]) -> None:
    pdf.rename(pdf.with_name("letter.pdf"))
    server = Server(pdf.parent)
    addresses = [f"{server.address}/letter.pdf", f"{server.address}/ab.png"]
    try:
        done = read(*addresses, "--format", "table")
    finally:
        server.stop()
    assert done.stdout.splitlines()[::2] == [
        *(f"{addresses[0]} page {number}" for number in (1, 2, 3)),
        addresses[1],
    ]
    assert server.asked == ["/letter.pdf", "/ab.png"]  # each once
