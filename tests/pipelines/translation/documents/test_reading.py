"""Documents are read by their endings; what is damaged, or of no use, is named."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from pipelines.errors import InputError, MissingExtraError
from pipelines.translation.documents import BINARY, READERS, REFUSED, read_document
from tests.pipelines.translation.documents.upper import fill_upper


@pytest.mark.parametrize("ending", [*READERS, ".txt"])
def test_a_file_that_is_not_utf_8_is_named_with_the_first_bad_byte(
    tmp_path: Path, ending: str
) -> None:
    path = tmp_path / f"a{ending}"
    path.write_bytes(b"One.\n\nTw\xff\xfe.\n")
    with pytest.raises(InputError) as caught:
        read_document(path)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)
    if ending not in BINARY:
        assert "not UTF-8 (2 bad bytes, the first, 0xFF, on line 3); save it" in str(caught.value)


@pytest.mark.parametrize("ending", [".srt", ".vtt", ".po", ".docx", ".odt"])
def test_something_else_is_named(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a{ending}"
    path.write_text("neither the one\n nor the other\n")
    with pytest.raises(InputError) as caught:
        read_document(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("ending", REFUSED)
def test_formats_that_are_no_prose_are_refused_with_a_remedy(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a{ending.upper()}"
    path.write_text("some text")
    with pytest.raises(InputError, match=r" file is not translated; \w+") as caught:
        read_document(path)
    assert f"{path}: a {ending} file" in str(caught.value)


def test_no_ending_is_read_and_refused() -> None:
    assert not READERS.keys() & REFUSED.keys()


@pytest.mark.parametrize("name", ["a.txt", "README", "a.log2"])
def test_other_files_are_lines(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes("\ufeffOne.\r\n\r  12\nTwo\u2028too".encode())
    document = read_document(path)
    assert document.texts == ["One.", "Two\u2028too"]
    assert fill_upper(document) == "\ufeffONE.\r\n\r  12\nTWO\u2028TOO"


def test_a_binary_file_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"\x7fELF\0\0")
    with pytest.raises(InputError, match="has NUL characters in it; is it a binary file"):
        read_document(path)


def test_a_file_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"a\.srt: cannot be read: No such file"):
        read_document(tmp_path / "a.srt")


@pytest.mark.parametrize("ending", sorted(BINARY))
def test_without_the_extra_its_name_is_told(
    tmp_path: Path, ending: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "lxml", None)
    path = tmp_path / f"a{ending}"
    path.write_bytes(b"PK")
    with pytest.raises(MissingExtraError, match=r'pip install "dltasks\[documents\]"'):
        read_document(path)
