"""dltasks translate, with a network that repeats what it is given."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from dltasks.cli.group import CommandGroup
from dltasks.cli.texts import expand_texts
from dltasks.cli.translate import translate_command
from pipelines.errors import ConfigurationError
from pipelines.translation.alignment_image import CELL, FULL
from tests.copying import write_copying_bundle
from tests.pipelines.translation.documents.test_messages import MESSAGES
from tests.pipelines.translation.documents.test_subtitles import SUBTITLES

Run = Callable[..., Result]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_copying_bundle(tmp_path_factory.mktemp("bundles") / "copying")


@pytest.fixture
def translate(model: Path) -> Run:
    """Run the command on the copying model."""
    group = CommandGroup(commands={"translate": translate_command})

    def run(*words: str | Path, stdin: bytes | None = None) -> Result:
        arguments = ["translate", "--model", str(model), *map(str, words)]
        return CliRunner().invoke(group, arguments, input=stdin)

    return run


def test_each_text_gives_a_line(translate: Run) -> None:
    result = translate("Where is it?", "The house.")
    assert result.exit_code == 0
    assert result.stdout == "Where is it?\nThe house.\n"


def test_files_and_standard_input_go_line_by_line(translate: Run, tmp_path: Path) -> None:
    content = b"\xef\xbb\xbfOne house.\r\n\n  Two {x}.\rlast"
    path = tmp_path / "a.txt"
    path.write_bytes(content)
    assert translate(path).stdout_bytes == content
    assert translate("-", stdin=content).stdout_bytes == content
    out = tmp_path / "out.txt"
    assert translate(path, "-o", out).exit_code == 0
    assert out.read_bytes() == content


def test_a_text_behind_a_file_has_a_line_of_its_own(translate: Run, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"\xef\xbb\xbfOne.\r\nTwo.")
    result = translate("A house.", path, path, "-", "The house.", stdin=b"\xef\xbb\xbfThree.")
    lines = b"A house.\nOne.\r\nTwo.\nOne.\r\nTwo.\nThree.\nThe house.\n"
    assert result.stdout_bytes == lines


def test_a_name_without_a_file_is_a_text_and_that_is_said(translate: Run) -> None:
    result = translate("no_such.txt", "One house.", "https://a.org")
    assert result.stdout.splitlines()[0] == "no_such.txt"
    hint = "'no_such.txt': no such file, so it is used as text\n"
    assert result.stderr == hint


def test_a_bad_line_leaves_its_line_empty_and_the_others_alone(translate: Run) -> None:
    result = translate("-", stdin=b"One.\n\xff\xfe\nnul \0\nTwo.\n")
    assert result.exit_code == 3
    assert result.stdout == "One.\n\n\nTwo.\n"
    assert result.stderr.count("Error: ") == 2


@pytest.mark.parametrize(
    ("content", "expected", "message"),
    [
        (
            b"One.\n\xff\xfe.\r\nTwo.\n\xff\n",
            b"One.\n\r\nTwo.\n\n",
            "not UTF-8 (3 bad bytes, the first, 0xFF, on line 2",
        ),
        ("señor\naño".encode("cp1252"), b"\n", "on line 1; it may be cp1252); these 2 lines stay"),
        ("One.\nTwo.".encode("utf-16"), b"", "UTF-16, not UTF-8; save it as UTF-8"),
        ("Año.\nTwo.".encode("utf-16-le"), b"", "UTF-16-LE, not UTF-8; save it as UTF-8"),
        (b"\x7fELF\0\1", b"", "has NUL characters in it; is it a binary file?"),
    ],
)
def test_a_file_that_is_not_utf_8_is_named_once(
    translate: Run, tmp_path: Path, content: bytes, expected: bytes, message: str
) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(content)
    result = translate(path)
    assert (result.exit_code, result.stdout_bytes) == (3, expected)
    assert result.stderr.count("\n") == 1
    assert result.stderr.startswith(f"Error: {path}: ")
    assert message in result.stderr


def test_a_folder_is_no_text(translate: Run, tmp_path: Path) -> None:
    result = translate(tmp_path)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "is a folder; name its files, such as " in result.stderr


def test_a_glob_gives_its_files_and_a_question_is_none(
    translate: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("b.txt", "a.txt"):
        Path(name).write_text(f"In {name[0]}.\n")
    assert translate("*.txt", "Where?", "[x]").stdout == "In a.\nIn b.\nWhere?\n[x]\n"


def test_standard_input_is_answered_while_it_is_open(model: Path) -> None:
    command = [sys.executable, "-m", "dltasks", "translate", "-", "--model", str(model)]
    for form, answer in (("text", b"One house.\n"), ("jsonl", b'{"input": "One house."')):
        with subprocess.Popen(
            [*command, "--format", form], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as process:
            assert process.stdin
            assert process.stdout
            for _ in range(3):
                process.stdin.write(b"One house.\n")
                process.stdin.flush()
                assert process.stdout.readline().startswith(answer)
            process.stdin.write(b"The house")
            process.stdin.close()
            assert b"The house" in process.stdout.readline()
        assert process.returncode == 0


def test_json_lines_have_the_common_schema(translate: Run) -> None:
    result = translate("The house.", "--format", "jsonl", "--n-best", "2")
    (record,) = map(json.loads, result.stdout.splitlines())
    assert list(record) == ["input", "task", "model", "result"]
    assert record["input"] == record["result"]["text"] == "The house."
    assert len(record["result"]["alternatives"]) == 2


def test_csv_has_a_row_for_each_alternative(translate: Run) -> None:
    result = translate("The house.", "--format", "csv", "--n-best", "3")
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert [row["rank"] for row in rows] == ["1", "2", "3"]
    assert rows[0]["translation"] == "The house."


def test_alternatives_are_shown_with_their_scores(translate: Run) -> None:
    first, second = translate("The house.", "--n-best", "2").stdout.splitlines()
    assert first.endswith("  The house.")
    assert float(first.split()[0]) > float(second.split()[0])


def test_the_alignment_says_where_each_piece_comes_from(translate: Run) -> None:
    text, *rows = translate("The house.", "--align").stdout.splitlines()
    assert text == "The house."
    assert all(row.split()[0] == row.split()[1] for row in rows)
    assert all("100%" in row for row in rows)


def test_the_alignment_is_drawn(translate: Run, tmp_path: Path) -> None:
    path = tmp_path / "alignment.png"
    done = translate("The house. A tree.", "--alignment-image", path)
    assert done.stdout == "The house. A tree.\n"
    with Image.open(path) as picture:
        shades = np.asarray(picture)
    assert (shades == FULL).all(axis=2).sum() > 8 * (CELL - 2) ** 2  # a cell a piece
    assert translate("One.", "Two.", "--alignment-image", path).exit_code == 2


def test_a_glossary_and_a_pattern_are_honoured(translate: Run, tmp_path: Path) -> None:
    path = tmp_path / "terms.tsv"
    path.write_text("white house\tCasa Blanca\n\nhouse\tcasa\n", encoding="utf-8")
    result = translate("The White House, a house, X_1.", "--glossary", path, "--keep", "X_1")
    assert result.stdout == "The Casa Blanca, a casa, X_1.\n"


def test_a_glossary_is_not_written_over(translate: Run, tmp_path: Path) -> None:
    path = tmp_path / "terms.tsv"
    path.write_text("house\tcasa\n", encoding="utf-8")
    result = translate("A house.", "--glossary", path, "-o", path)
    assert result.exit_code == 2
    assert "would be lost" in result.stderr
    assert path.read_text(encoding="utf-8") == "house\tcasa\n"


def test_a_long_text_goes_into_a_file_that_is_there(translate: Run, tmp_path: Path) -> None:
    path = tmp_path / "out.txt"
    path.write_text("before", encoding="utf-8")
    text = "One house. " * 500
    assert translate(text, "-o", path).exit_code == 0
    assert path.read_text(encoding="utf-8").startswith("One house.")


def test_a_dash_is_standard_output(translate: Run) -> None:
    assert translate("One house.", "-o", "-").stdout == "One house.\n"


def test_a_glossary_with_a_line_of_one_column_is_refused(translate: Run, tmp_path: Path) -> None:
    path = tmp_path / "terms.tsv"
    path.write_text("a\tb\nalone\n", encoding="utf-8")
    result = translate("x", "--glossary", path)
    assert result.exit_code == 2
    assert "terms.tsv line 2: 'alone' is not a term, a tab, and its translation" in result.stderr


@pytest.mark.parametrize(("name", "content"), [("a.srt", SUBTITLES), ("a.PO", MESSAGES)])
def test_documents_keep_their_structure(
    translate: Run, tmp_path: Path, name: str, content: str
) -> None:
    path, out = tmp_path / name, tmp_path / f"out{Path(name).suffix}"
    path.write_text(content, encoding="utf-8")
    result = translate(path, "-o", out)
    assert result.exit_code == 0, result.stderr
    assert translate(path).stdout == out.read_text(encoding="utf-8")
    joined = content.replace("I am going\nhome now.", "I am going home now.")
    kept = [line for line in joined.splitlines() if line and 'msgstr "' not in line]
    written = out.read_text(encoding="utf-8").splitlines()
    assert [line for line in kept if line not in written] in ([], ['msgstr[0] ""', 'msgstr[1] ""'])


def test_a_document_is_translated_on_its_own(translate: Run, tmp_path: Path) -> None:
    path = tmp_path / "a.srt"
    path.write_text(SUBTITLES, encoding="utf-8")
    result = translate(path, "and a text")
    assert result.exit_code == 2
    assert "translate it on its own" in result.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("x", "--to", "fr"), "does not translate anything to fr"),
        (("x", "--keep", "("), "is not a regular expression"),
        (("x", "--from", "es", "--to", "es"), "does not translate es to es"),
    ],
)
def test_wrong_usage_is_one_line(translate: Run, words: tuple[str, ...], message: str) -> None:
    result = translate(*words)
    assert result.exit_code == 2
    assert message in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_the_output_may_not_be_an_input(translate: Run, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("One.\n", encoding="utf-8")
    assert translate(path, "-o", path).exit_code == 2
    assert path.read_text(encoding="utf-8") == "One.\n"


@pytest.mark.parametrize("name", ["al.foo", "al", "no/al.png"])
def test_the_alignment_wants_the_name_of_a_picture_in_a_folder(
    translate: Run, tmp_path: Path, name: str
) -> None:
    result = translate("The house.", "--alignment-image", tmp_path / name)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("Error: --alignment-image ")
    assert result.stderr.count("\n") == 1


def test_a_closed_standard_input_is_told(translate: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with CliRunner().isolation():
        monkeypatch.setattr("sys.stdin", None)
        with pytest.raises(ConfigurationError, match="standard input is closed"):
            list(expand_texts(["-"], print))


@pytest.mark.parametrize(
    "words",
    [
        ["--format", "json"],
        ["--alignment-image", "al.png"],
        ["--n-best", "2"],
        ["--align"],
        ["--batch-size", "3"],
    ],
)
def test_what_a_document_has_no_use_for_is_refused(
    translate: Run, tmp_path: Path, words: list[str]
) -> None:
    path = tmp_path / "a.srt"
    path.write_text(SUBTITLES, encoding="utf-8")
    result = translate(path, *words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"{words[0]} has no effect on a document; leave it out" in result.stderr


@pytest.mark.parametrize("more", [["--n-best", "2"], ["--align"]])
def test_text_alone_does_not_drop_what_was_asked_for(translate: Run, more: list[str]) -> None:
    result = translate("The house.", "--format", "text", *more)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "--format text does not show all that the options ask for" in result.stderr


def test_a_document_is_not_written_under_the_ending_of_another_format(
    translate: Run, tmp_path: Path
) -> None:
    path = tmp_path / "a.srt"
    path.write_text(SUBTITLES, encoding="utf-8")
    result = translate(path, "-o", tmp_path / "a.json")
    assert result.exit_code == 2
    assert "a.srt stays a .srt file, and -o ends in .json" in result.stderr
    assert not (tmp_path / "a.json").exists()


def test_the_ending_of_the_output_chooses_the_format(translate: Run, tmp_path: Path) -> None:
    path = tmp_path / "answers.json"
    assert translate("The house.", "-o", path).exit_code == 0
    (record,) = json.loads(path.read_text(encoding="utf-8"))
    assert record["result"]["text"] == "The house."
    wrong = translate("The house.", "-o", path, "--format", "csv")
    assert wrong.exit_code == 2
    assert "has the ending of json, but --format is csv" in wrong.stderr
    lacking = translate("The house.", "-o", tmp_path / "a.srt")
    assert lacking.exit_code == 2
    assert "srt is not a format of this command" in lacking.stderr


@pytest.fixture(scope="module")
def unsure(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that calls every translation wrong."""
    settings = {"directions": [["en", "es"]], "longest": 40, "confidence": [0.0, 0.0, -2.0]}
    folder = tmp_path_factory.mktemp("bundles") / "unsure"
    return write_copying_bundle(folder, preprocessing=settings)


def test_a_doubtful_sentence_and_another_language_are_told(translate: Run, unsure: Path) -> None:
    found = translate("The house is big.", "--model", unsure)
    assert found.stdout == "The house is big.\n"
    assert "probably wrong (12% sure): 'The house is big.'" in found.stderr
    spanish = translate("¿Dónde está la estación de tren?", "--model", unsure)
    assert "reads like 'es'" in spanish.stderr


def test_of_many_doubts_the_first_are_told_and_then_their_number(
    translate: Run, unsure: Path, tmp_path: Path
) -> None:
    lines = tmp_path / "lines.txt"
    lines.write_text("".join(f"The house is {name}.\n" for name in "abcdefghijklm"), "utf-8")
    found = translate(lines, "--model", unsure)
    assert found.stderr.count("probably wrong") == 10
    assert "13 of 13 results are doubtful" in found.stderr
