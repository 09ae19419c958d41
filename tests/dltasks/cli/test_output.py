"""Writers: whole files in every format, also for odd names and broken work."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from dltasks.cli.output import FORMATS, Record, ResultLayout, open_writer
from pipelines.errors import ConfigurationError

LAYOUT = ResultLayout(
    to_text=lambda result: f"  {result['word']}",
    columns=("word",),
    to_rows=lambda result: [(result["word"],)],
)
GOOD = Record("a.png", "reading", "tiny", result={"word": "größe"})
BAD = Record("b.png", "reading", "tiny", error="b.png: empty")
ODD_NAME = "caf\udce9.png"  # how Python gives a name that is not UTF-8


def write(path: Path | None, output_format: str, *records: Record) -> None:
    with open_writer(output_format, path, LAYOUT) as writer:
        for record in records:
            writer.write(record)


def written(tmp_path: Path, output_format: str, *records: Record) -> str:
    write(tmp_path / "results", output_format, *records)
    return (tmp_path / "results").read_bytes().decode("utf-8")


def test_each_format_writes_results_and_errors(tmp_path: Path) -> None:
    about: dict[str, Any] = {"task": "reading", "model": "tiny"}
    expected = [
        {"input": "a.png", **about, "result": {"word": "größe"}},
        {"input": "b.png", **about, "error": "b.png: empty"},
    ]
    assert written(tmp_path, "table", GOOD, BAD) == "a.png\n  größe\n"
    assert json.loads(written(tmp_path, "json", GOOD, BAD)) == expected
    lines = written(tmp_path, "jsonl", GOOD, BAD)
    assert [json.loads(line) for line in lines.splitlines()] == expected
    assert "größe" in lines  # readable, not escaped
    rows = written(tmp_path, "csv", GOOD, BAD)
    assert rows == "input,word,error\na.png,größe,\nb.png,,b.png: empty\n"


def test_no_records_are_still_a_whole_file(tmp_path: Path) -> None:
    assert written(tmp_path, "table") == written(tmp_path, "jsonl") == ""
    assert json.loads(written(tmp_path, "json")) == []
    assert written(tmp_path, "csv") == "input,word,error\n"


@pytest.mark.parametrize("output_format", FORMATS)
def test_standard_output_gets_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], output_format: str
) -> None:
    write(None, output_format, GOOD, BAD)
    shown = capsys.readouterr().out
    assert shown == written(tmp_path, output_format, GOOD, BAD) != ""


def test_json_is_whole_when_the_work_breaks_off(tmp_path: Path) -> None:
    def break_off() -> None:
        with open_writer("json", tmp_path / "results", LAYOUT) as writer:
            writer.write(GOOD)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        break_off()
    assert json.loads((tmp_path / "results").read_text(encoding="utf-8")) == [GOOD.to_dict()]


def test_csv_keeps_names_with_commas_quotes_and_lines(tmp_path: Path) -> None:
    name = 'a, "b"\nc.png'
    text = written(tmp_path, "csv", Record(name, "reading", "tiny", result={"word": "x"}))
    assert list(csv.reader(io.StringIO(text)))[1] == [name, "x", ""]


@pytest.mark.parametrize("output_format", FORMATS)
def test_a_name_that_is_not_utf_8_is_written_as_an_escape(
    tmp_path: Path, output_format: str
) -> None:
    record = Record(ODD_NAME, "reading", "tiny", result={"word": "x"})
    assert r"caf\udce9.png" in written(tmp_path, output_format, record)


def test_json_gives_a_name_that_is_not_utf_8_back_as_it_was(tmp_path: Path) -> None:
    text = written(tmp_path, "json", Record(ODD_NAME, "reading", "tiny", error="bad"))
    assert json.loads(text)[0]["input"] == ODD_NAME


def test_standard_output_takes_what_its_encoding_cannot_show() -> None:
    code = (
        "from tests.dltasks.cli.test_output import *\n"
        "write(None, 'table', Record(ODD_NAME, '', '', result={'word': '文'}))"
    )
    finished = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).resolve().parents[3],
        env={"PYTHONIOENCODING": "latin-1:strict", "PATH": ""},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert finished.stdout == b"caf\\udce9.png\n  \\u6587\n", finished.stderr


@pytest.mark.parametrize("arguments", [["photo.jpg"], ["."], ["@list.txt"]])
def test_an_output_that_is_also_an_input_is_refused_and_kept(
    arguments: list[str],
    run: Callable[..., Result],
    photograph: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    content = photograph.read_bytes()
    Path("photo.jpg").write_bytes(content)
    Path("list.txt").write_text("photo.jpg\n")
    output = "list.txt" if arguments == ["@list.txt"] else "photo.jpg"
    done = run("classify", *arguments, "-o", output)
    assert done.exit_code == 2
    assert "is also an input" in done.stderr
    assert Path("photo.jpg").read_bytes() == content
    assert Path("list.txt").read_text() == "photo.jpg\n"


def test_a_closed_standard_output_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout", None)
    layout = ResultLayout(str, (), lambda result: [])
    with (
        pytest.raises(ConfigurationError, match="standard output is closed"),
        open_writer("text", None, layout),
    ):
        pass
