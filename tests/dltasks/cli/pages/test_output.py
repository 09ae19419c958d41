"""dltasks read --format page, alto, hocr and pdf: one file, a folder of files, or nothing lost."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import partialmethod
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result
from PIL import Image
from pypdfium2 import PdfDocument

from dltasks.data.page_xml import read_pages
from pipelines.handwriting.page_xml import read_layout
from tests.documents import BROKEN, make_pdf, make_tiff, write_raw_pdf
from tests.line_reader import draw_bars

Run = Callable[..., Result]
TEXTS = ("ab", "ba", "bb")


@pytest.fixture
def pdf(tmp_path: Path) -> Path:
    path = tmp_path / "lettre d'été.pdf"
    path.write_bytes(make_pdf([draw_bars(text) for text in TEXTS]))
    return path


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


def texts_of(path: Path) -> list[str]:
    document = PdfDocument(path)
    found = [page.get_textpage().get_text_range() for page in document]
    document.close()
    return found


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("form", ["page", "alto"])
def test_a_page_goes_to_standard_output_or_into_a_file(
    read: Run, lines: list[Path], form: str, tmp_path: Path
) -> None:
    done = read(lines[0], "--format", form)
    assert (done.exit_code, done.stderr) == (0, "")
    path = tmp_path / "ab.xml"
    path.write_text(done.stdout, encoding="utf-8")
    assert read(lines[0], "--format", form, "-o", tmp_path / "b.xml").exit_code == 0
    for file in (path, tmp_path / "b.xml"):
        assert [line.text for line in read_layout(file).lines] == ["ab"]
    assert read_layout(tmp_path / "b.xml").picture == "ab.png"


@pytest.mark.parametrize("form", ["page", "alto"])
def test_what_is_read_can_be_trained_on(
    read: Run, lines: list[Path], pdf: Path, out: Path, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DLTASKS_HOME", str(out.with_name("home")))
    assert read(lines[0], pdf, "--format", form, "-o", f"{out}/").exit_code == 0
    examples = read_pages(sorted(out.iterdir()))
    assert [example.target for example in examples] == ["ab", *TEXTS]
    for example in examples:
        with Image.open(example.source) as picture:
            assert picture.width > 20


@pytest.mark.parametrize(
    ("form", "ending"), [("page", ".xml"), ("alto", ".xml"), ("hocr", ".hocr"), ("text", ".txt")]
)
def test_each_page_becomes_a_file_of_a_folder(
    read: Run, lines: list[Path], pdf: Path, out: Path, form: str, ending: str
) -> None:
    done = read(lines[0], pdf, "--format", form, "-o", f"{out}/")
    assert (done.exit_code, done.stdout, done.stderr) == (0, "", "")
    assert names(out) == sorted(
        f"{stem}{ending}" for stem in ("ab", *(f"lettre d'été-{n}" for n in (1, 2, 3)))
    )
    content = (out / f"lettre d'été-2{ending}").read_text(encoding="utf-8")
    assert content == "ba\n" if form == "text" else "#page=2" in content
    again = read(lines[0], "--format", form, "-o", out)  # the folder is there
    assert again.exit_code == 0


def test_numbers_of_pages_sort_as_the_pages(read: Run, tmp_path: Path, out: Path) -> None:
    path = tmp_path / "long.tif"
    path.write_bytes(make_tiff([draw_bars("a")] * 11))
    assert read(path, "-o", f"{out}/", "--pages", "2,11").exit_code == 0
    assert names(out) == ["long-02.txt", "long-11.txt"]


def test_several_inputs_make_a_new_folder_of_a_name_without_an_ending(
    read: Run, lines: list[Path], out: Path
) -> None:
    assert read(*lines, "--format", "page", "-o", out).exit_code == 0
    assert names(out) == ["ab.xml", "ba.xml"]


def test_all_pages_go_into_one_pdf(read: Run, lines: list[Path], pdf: Path, tmp_path: Path) -> None:
    made = tmp_path / "all.pdf"
    done = read(*lines, pdf, "-o", made)
    assert (done.exit_code, done.stdout, done.stderr) == (0, "", "")
    assert texts_of(made) == ["ab", "ba", *TEXTS]
    assert read(made, "--layout", "line").stdout.split() == ["ab", "ba", *TEXTS]


def test_each_input_becomes_a_pdf_of_a_folder(
    read: Run, lines: list[Path], pdf: Path, out: Path
) -> None:
    assert read(lines[0], pdf, "--format", "pdf", "-o", f"{out}/").exit_code == 0
    assert texts_of(out / "ab.pdf") == ["ab"]
    assert texts_of(out / pdf.name) == list(TEXTS)


def test_all_pages_go_into_one_hocr_file(read: Run, pdf: Path, tmp_path: Path) -> None:
    for ending in ("hocr", "html"):
        path = tmp_path / f"a.{ending}"
        assert read(pdf, "-o", path).exit_code == 0
        root = ElementTree.parse(path).getroot()
        pages = [item for item in root.iter() if item.get("class") == "ocr_page"]
        assert ["".join(page.itertext()).strip() for page in pages] == list(TEXTS)


def test_bad_pages_are_told_and_the_others_are_written(
    read: Run, lines: list[Path], tmp_path: Path, out: Path
) -> None:
    broken, bad = tmp_path / "broken.pdf", tmp_path / "bad.png"
    broken.write_bytes(write_raw_pdf(["", BROKEN, ""]))
    bad.write_bytes(b"no picture")
    done = read(broken, bad, lines[0], "--format", "page", "-o", f"{out}/")
    assert done.exit_code == 3
    assert names(out) == ["ab.xml", "broken-1.xml", "broken-3.xml"]
    assert len([line for line in done.stderr.splitlines() if line.startswith("Error")]) == 2
    done = read(broken, bad, lines[0], "-o", tmp_path / "all.pdf")
    assert done.exit_code == 3
    assert texts_of(tmp_path / "all.pdf") == ["", "", "ab"]
    for name in ("none.pdf", "none.xml"):
        form = () if name.endswith("pdf") else ("--format", "page")
        assert read(bad, *form, "-o", tmp_path / name).exit_code == 3
        assert not (tmp_path / name).exists()
    assert read(bad, "-o", tmp_path / "none.hocr").exit_code == 3
    ElementTree.parse(tmp_path / "none.hocr")


def test_a_format_that_cannot_show_other_texts_is_refused(
    read: Run, lines: list[Path], out: Path
) -> None:
    for form in ("alto", "hocr", "pdf", "text"):
        done = read(lines[0], "--n-best", "2", "--format", form)
        assert done.exit_code == 2
        assert "use table, json, jsonl, csv, page" in done.stderr
    assert read(lines[0], "--n-best", "2", "--format", "page").stdout.count('index="1"') == 1


def test_lines_that_are_not_sure_are_left_out_of_every_format(
    read: Run, lines: list[Path], tmp_path: Path
) -> None:
    words = [lines[0], "--min-confidence", "0.99"]
    for form in ("page", "alto", "hocr"):
        done = read(*words, "--format", form)
        assert done.exit_code == 0
        assert "no writing found" in done.stderr
        assert "ab</" not in done.stdout
        assert 'CONTENT="ab"' not in done.stdout
    assert read(*words, "-o", tmp_path / "a.pdf").exit_code == 0
    assert texts_of(tmp_path / "a.pdf") == [""]


def test_mistakes_are_told_before_the_work(
    read: Run, lines: list[Path], pdf: Path, tmp_path: Path, out: Path
) -> None:
    (tmp_path / "b").mkdir()
    twin = tmp_path / "b" / "ab.jpg"
    draw_bars("ab").save(twin)
    xml = tmp_path / "a.xml"
    for words, message in (
        ([*lines, "--format", "page"], "writes a file for each page, and there are several; name"),
        (
            [*lines, "--format", "alto", "-o", tmp_path / "a.xml"],
            "there are several; name a folder",
        ),
        ([pdf, "--format", "page"], "there are several; name a folder with -o FOLDER/"),
        ([lines[0], "-o", xml], "may be page or alto; say which with --format"),
        (
            [lines[0], "-o", tmp_path / "a.xml", "--format", "json"],
            "has the ending of page or alto",
        ),
        ([lines[0], "-o", tmp_path / "a.pdf", "--format", "page"], "has the ending of pdf, but"),
        ([lines[0], "--format", "pdf"], "a PDF is written to a file; name it with -o FILE.pdf"),
        ([lines[0], "-o", f"{out}/", "--format", "json"], "is a folder, and --format json writes"),
        ([lines[0], "-o", f"{lines[1]}/", "--format", "page"], "is a file; name a folder"),
        ([lines[0], "-o", out / "deep" / "er/", "--format", "page"], "cannot be made a folder"),
        (
            [lines[0], twin, "-o", f"{out}/"],
            f"ab.png and {twin} would both become {out}/ab.txt",
        ),
        ([pdf, "-o", pdf], "is also an input and would be lost; choose another -o"),
        ([pdf, "--format", "pdf", "-o", tmp_path], "is also an input and would be lost; choose"),
    ):
        done = read(*(os.fspath(word) + "/" * (str(word)[-2:] == "er") for word in words))
        assert (done.exit_code, done.stdout) == (2, ""), words
        assert message in done.stderr.splitlines()[-1]
    assert not out.exists()
    assert texts_of(pdf) == ["", "", ""]


def test_two_pages_never_take_the_same_file(
    read: Run, pdf: Path, tmp_path: Path, out: Path
) -> None:
    other = tmp_path / "lettre d'été-2.png"
    draw_bars("aa").save(other)
    done = read(other, pdf, "-o", f"{out}/")
    assert done.exit_code == 2
    assert f"{other} and {pdf} page 2 would both become" in done.stderr
    assert (out / "lettre d'été-2.txt").read_text() == "aa\n"


def test_a_layout_and_a_drawing_go_with_a_format_of_pages(
    read: Run, lines: list[Path], tmp_path: Path, out: Path
) -> None:
    layout = tmp_path / "layout.xml"
    assert read(lines[0], "--format", "page", "-o", layout).exit_code == 0
    again = read_layout(layout)
    done = read(lines[0], "--layout", layout, "--format", "alto", "-o", tmp_path / "b.xml")
    assert done.exit_code == 0
    assert read_layout(tmp_path / "b.xml").lines == again.lines
    words = [lines[0], "--layout", layout, "--annotate", tmp_path / "drawn.png"]
    assert read(*words, "-o", tmp_path / "a.pdf").exit_code == 0
    assert texts_of(tmp_path / "a.pdf") == ["ab"]
    (tmp_path / "drawn.png").unlink()
    assert read(*words, "--format", "alto", "-o", f"{out}/").exit_code == 0
    assert names(out) == ["ab.xml"]
    assert (tmp_path / "drawn.png").exists()


def test_a_pdf_keeps_the_pages_that_are_done_when_it_is_interrupted(
    read: Run, lines: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dltasks.cli.records import RecordMaker

    make = RecordMaker.make

    def interrupt(self: RecordMaker, source: object, result: object) -> object:
        if source == str(lines[1]):
            raise KeyboardInterrupt
        return make(self, source, result)

    monkeypatch.setattr(RecordMaker, "make", interrupt)
    done = read(*lines, "-o", tmp_path / "a.pdf")
    assert done.exit_code == 130
    assert texts_of(tmp_path / "a.pdf") == ["ab"]


def test_a_missing_extra_is_told_before_the_work(
    read: Run, lines: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pypdfium2", None)
    done = read(lines[0], "-o", tmp_path / "a.pdf")
    assert (done.exit_code, done.stdout) == (4, "")
    assert done.stderr.startswith("Error: --format pdf needs pypdfium2, which is not installed")


def test_standard_input_and_odd_names_have_files(
    read: Run, lines: list[Path], tmp_path: Path, out: Path
) -> None:
    odd = tmp_path / ("\udce9.png" if sys.platform == "linux" else "e.png")
    odd.write_bytes(lines[0].read_bytes())
    for form in ("page", "alto", "hocr", "text"):
        done = read("-", odd, "--format", form, "-o", f"{out}/", stdin=lines[1].read_bytes())
        assert done.exit_code == 0
    assert read("-", odd, "-o", tmp_path / "a.pdf", stdin=lines[1].read_bytes()).exit_code == 0
    assert texts_of(tmp_path / "a.pdf") == ["ba", "ab"]
    assert {"stdin.xml", "stdin.hocr", "stdin.txt"} <= set(names(out))
    assert len(names(out)) == 6


def test_what_says_that_it_is_utf_8_is_utf_8_on_any_terminal(
    read: Run, lines: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(lines[0].parent)
    odd = lines[0].rename("été.png")
    monkeypatch.setattr(CliRunner, "__init__", partialmethod(CliRunner.__init__, charset="cp1252"))
    for form in ("page", "alto", "hocr"):
        done = read(odd, "--format", form)
        assert done.exit_code == 0
        root = ElementTree.fromstring(done.stdout_bytes)
        assert "été.png" in ElementTree.tostring(root, encoding="unicode")
