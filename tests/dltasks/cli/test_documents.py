"""dltasks translate on documents, with a network that repeats what it is given."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dltasks.cli.group import CommandGroup
from dltasks.cli.translate import translate_command
from tests.copying import write_copying_bundle
from tests.office import make_open_document, make_word, unpack
from tests.pipelines.translation.documents.test_subtitles import CAPTIONS, SUBTITLES

Run = Callable[..., Result]
PARAGRAPH = '<w:p><w:r><w:t xml:space="preserve">The house. </w:t></w:r></w:p>'


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_copying_bundle(tmp_path_factory.mktemp("bundles") / "copying")


@pytest.fixture
def translate(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command on the copying model, in a folder with some files."""
    group = CommandGroup(commands={"translate": translate_command})
    monkeypatch.chdir(tmp_path)
    Path("a.srt").write_text(SUBTITLES, encoding="utf-8")
    Path("b.vtt").write_bytes(CAPTIONS.replace("\n", "\r\n").encode())
    Path("c.md").write_text("# The *white* house\n\n```\ncode\n```\n", encoding="utf-8")
    Path("d.txt").write_bytes(b"\xef\xbb\xbfOne house.\r\nTwo.")
    Path("e.docx").write_bytes(make_word(PARAGRAPH))
    Path("f.odt").write_bytes(make_open_document("<text:p>The house.</text:p>"))
    Path("g.html").write_text("<html lang=en><p>The <b>white</b> house.", encoding="utf-8")

    def run(*words: str | Path, stdin: bytes | None = None) -> Result:
        arguments = ["translate", *map(str, words), "--model", str(model)]
        return CliRunner().invoke(group, arguments, input=stdin)

    return run


def test_each_of_several_files_becomes_a_file_of_the_folder(translate: Run) -> None:
    names = ["a.srt", "b.vtt", "c.md", "d.txt", "e.docx", "f.odt", "g.html"]
    result = translate(*names, "-o", "out/")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")
    assert sorted(path.name for path in Path("out").iterdir()) == names
    for name in ("b.vtt", "c.md", "d.txt"):
        assert (Path("out") / name).read_bytes() == Path(name).read_bytes()
    assert Path("out/g.html").read_text() == '<html lang="es"><p>The <b>white</b> house.'
    assert b"The house. " in unpack(Path("out/e.docx").read_bytes())["word/document.xml"]


def test_a_folder_that_is_there_is_used(translate: Run) -> None:
    Path("out").mkdir()
    assert translate("a.srt", "-o", "out").exit_code == 0
    assert translate("d.txt", "-o", "out").exit_code == 0
    assert sorted(path.name for path in Path("out").iterdir()) == ["a.srt", "d.txt"]


def test_a_glob_of_documents_goes_into_a_folder(translate: Run) -> None:
    Path("more").mkdir()
    Path("more/h.srt").write_text(SUBTITLES, encoding="utf-8")
    assert translate("**/*.srt", "-o", "out").exit_code == 0
    assert sorted(path.name for path in Path("out").iterdir()) == ["a.srt", "h.srt"]


def test_a_document_that_fails_does_not_stop_the_others(translate: Run) -> None:
    Path("bad.srt").write_text("nothing\n")
    Path("worse.docx").write_bytes(b"PK\3\4")
    result = translate("bad.srt", "a.srt", "worse.docx", "scan.pdf", "c.md", "-o", "out/")
    assert result.exit_code == 2  # scan.pdf is not there, so it is a text
    Path("scan.pdf").write_bytes(b"%PDF-1.7")
    result = translate("bad.srt", "a.srt", "worse.docx", "scan.pdf", "c.md", "-o", "out/")
    assert result.exit_code == 3
    assert [line.split(": ")[1] for line in result.stderr.splitlines()] == [
        "bad.srt",
        "worse.docx",
        "scan.pdf",
    ]
    assert sorted(path.name for path in Path("out").iterdir()) == ["a.srt", "c.md"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["a.srt", "b.vtt"], "2 documents are translated into a folder; name it with -o FOLDER/"),
        (["a.srt", "b.vtt", "-o", "d.txt"], "2 documents are translated into a folder"),
        (["a.srt", "x/a.srt", "-o", "out/"], "a.srt and x/a.srt would both become out/a.srt"),
        (["a.srt", "-o", "."], "is also an input and would be lost"),
        (["a.srt", "a text"], "a.srt is a document; translate it on its own: 'a text' is not a"),
        (["a text", "-o", "x/"], "-o is a folder, which takes files; name a file: 'a text' is"),
        (["a.srt", "-", "-o", "x/"], "translate it on its own: '-' is not a file"),
        (["e.docx"], "e.docx becomes a .docx file; name it with -o FILE.docx"),
        (["e.docx", "-o", "-"], "e.docx becomes a .docx file; name it with -o FILE.docx"),
        (["e.docx", "-o", "a.odt"], "e.docx stays a .docx file, and -o ends in .odt; change it"),
        (["g.html", "-o", "g.md"], "g.html stays a .html file, and -o ends in .md; change it"),
        (["d.txt", "-o", "d.docx"], "docx is not a format of this command; use text"),
        (["a.srt", "-o", "no/where/"], "'no/where' cannot be made a folder: No such file"),
    ],
)
def test_what_has_no_place_is_refused(translate: Run, words: list[str], message: str) -> None:
    Path("x").mkdir()
    Path("x/a.srt").write_text(SUBTITLES, encoding="utf-8")
    before = sorted(Path().rglob("*"))
    result = translate(*words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr
    assert result.stderr.count("\n") == 1
    assert sorted(Path().rglob("*")) == before


@pytest.mark.parametrize("name", ["a.json", "a.yaml", "a.csv", "a.pdf", "a.epub", "a.xlsx"])
def test_data_is_not_translated_as_prose(translate: Run, name: str) -> None:
    Path(name).write_text('{"title": "The house."}\n')
    result = translate(name)
    assert (result.exit_code, result.stdout) == (3, "")
    assert f"Error: {name}: a .{name[2:]} file is not translated; " in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_missing_extra_is_named(translate: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "lxml", None)
    result = translate("e.docx", "-o", "out.docx")
    assert result.exit_code == 4
    assert "e.docx: a .docx file needs lxml, which is not installed; run: " in result.stderr
    assert '[documents]"' in result.stderr
    assert translate("e.docx", "a.srt", "-o", "out/").exit_code == 4
    assert Path("out/a.srt").exists()


def test_what_is_left_out_of_a_catalogue_is_told(translate: Run) -> None:
    content = 'msgid ""\nmsgstr ""\n\nmsgid "The house"\nmsgstr ""\n'
    Path("a.po").write_text(content)
    result = translate("a.po")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == content.replace(
        'msgid "The house"\nmsgstr ""', '#, fuzzy\nmsgid "The house"\nmsgstr "The house"'
    )
