"""The encoding of a text file is told, with the reason; what is unclear is an error."""

from __future__ import annotations

from pathlib import Path

import pytest

from dltasks.data.encodings import find_encoding, read_text_file, require_encoding
from dltasks.data.tables import read_rows
from dltasks.data.texts import check_text, chunks, read_texts
from pipelines.errors import ConfigurationError, InputError

TEXTS = {
    "French": "Où êtes-vous allés cet été ? L'élève a reçu son diplôme à Noël. « Ça va »\n",
    "Spanish": "El niño comió piñones; ¿quién más? ¡Qué año! La cigüeña voló sobre Málaga.\n",
    "German": "Größe, Straße, Öl und Übung: die Mädchen hören schöne Lieder.\n",
    "Danish or Norwegian": "Rødgrød med fløde på en lille ø, sagde manden. Ærligt!\n",
    "Czech or Slovak": "Příliš žluťoučký kůň úpěl ďábelské ódy, řekl učitel.\n",
    "Polish": "Zażółć gęślą jaźń. Żółw pił wodę; książę i księżna śpią.\n",
    "Hungarian": "Árvíztűrő tükörfúrógép. Őszintén szólva jó idő volt.\n",
    "Turkish": "Şu çocuğun ağzı açık, ılık süt içiyor. İstanbul güzel, değil mi?\n",
    "Russian": "Съешь же ещё этих мягких французских булок, да выпей чаю.\n",
}
WESTERN = ("French", "Spanish", "German", "Danish or Norwegian")


def write(folder: Path, content: bytes, name: str = "book.txt") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("times", [1, 30])
@pytest.mark.parametrize(
    ("language", "encoding"),
    [
        *((language, name) for language in WESTERN for name in ("cp1252", "mac_roman", "cp850")),
        ("Czech or Slovak", "cp1250"),
        ("Czech or Slovak", "iso8859_2"),
        ("Polish", "cp1250"),
        ("Polish", "iso8859_2"),
        ("Hungarian", "cp1250"),
        ("Turkish", "cp1254"),
        ("Russian", "cp1251"),
        ("Russian", "koi8_r"),
        ("Russian", "cp866"),
    ],
)
def test_a_code_page_of_europe_is_told_by_its_letters(
    tmp_path: Path, language: str, encoding: str, times: int
) -> None:
    content = (TEXTS[language] * times).encode(encoding, "ignore")
    path = write(tmp_path, content)
    found = find_encoding(path)
    assert content.decode(found.name) == content.decode(encoding)
    assert found.is_guess
    assert found.reason.startswith("100% of its")
    assert found.reason.endswith(f"are {language}")


@pytest.mark.parametrize("encoding", ["cp1252", "mac_roman"])
def test_quotes_and_dashes_alone_tell_a_code_page(tmp_path: Path, encoding: str) -> None:
    text = "It’s “fine” — really, she said… Don’t worry.\n"
    path = write(tmp_path, text.encode(encoding))
    assert read_text_file(path) == text
    assert "quotes, dashes" in find_encoding(path).reason


def test_a_text_in_several_languages_is_read_as_cp1252(tmp_path: Path) -> None:
    path = write(tmp_path, "".join(TEXTS[name] for name in WESTERN).encode("cp1252"))
    assert find_encoding(path).name == "cp1252"
    assert find_encoding(path).reason.endswith("are of Western Europe")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig"])
@pytest.mark.parametrize("text", ["plain\n", TEXTS["French"]])
def test_unicode_is_told_with_and_without_a_mark(tmp_path: Path, encoding: str, text: str) -> None:
    path = write(tmp_path, text.encode(encoding))
    assert not find_encoding(path).is_guess
    assert read_text_file(path) == text
    (passage,) = read_texts(str(path))
    assert "".join(chunks(passage)) == text


def test_half_a_character_of_utf_16_is_refused(tmp_path: Path) -> None:
    (passage,) = read_texts(str(write(tmp_path, TEXTS["French"].encode("utf-16-le")[:-1])))
    with pytest.raises(InputError, match=r"book\.txt: not utf-16-le \(truncated data\)"):
        check_text(passage)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (2, r"UTF-8, but for 2 bad bytes \(0xE9 on line 3, 0xE9 on line 5\); correct these bytes"),
        (1, r"UTF-8, but for 1 bad byte \(0xE9 on line 3\); correct these bytes"),
        (9, r"UTF-8, but for 9 bad bytes \(0xE9 on line 3, 0xE9 on line 5, 0xE9 on line 7, ...\)"),
    ],
)
def test_bad_bytes_in_utf_8_are_counted_and_their_lines_named(
    tmp_path: Path, bad: int, message: str
) -> None:
    lines = [TEXTS["French"].encode()] * 40
    for number in range(bad):
        lines[2 + 2 * number] = b"un \xe9t\n"
    path = write(tmp_path, b"".join(lines))
    (passage,) = read_texts(str(path))
    with pytest.raises(InputError, match=message):
        check_text(passage)
    with pytest.raises(ConfigurationError, match=message):
        read_text_file(path)


def test_a_line_with_a_bad_byte_is_counted_past_the_first_chunk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dltasks.data.encodings.CHUNK", 16)
    path = write(tmp_path, "ça va bien\n".encode() * 9 + b"un \xe9t\n")
    assert find_encoding(path).reason == "UTF-8, but for 1 bad byte (0xE9 on line 10)"


@pytest.mark.parametrize(
    "content", ["你好，世界。今天天气很好，我们去公园散步吧。\n", "안녕하세요, 세계.\n"]
)
def test_a_code_page_of_asia_is_not_taken_for_damaged_utf_8(tmp_path: Path, content: str) -> None:
    encoding = "gb18030" if "你" in content else "cp949"
    path = write(tmp_path, (content * 5).encode(encoding))
    assert find_encoding(path).name == encoding


def test_a_table_is_read_where_its_encoding_is_clear(tmp_path: Path) -> None:
    rows = "path,label\na.png,Übung\nb.png,größe\n"
    for encoding in ("utf-8", "utf-16", "cp1252"):
        path = write(tmp_path, rows.encode(encoding), "labels.csv")
        assert [row["label"] for _, row in read_rows(path)] == ["Übung", "größe"]


def test_a_table_is_refused_where_its_encoding_is_unclear(tmp_path: Path) -> None:
    path = write(tmp_path, b"path,label\na.png,\xff\n", "labels.csv")
    message = r"labels.csv line 2: not UTF-8; it may be \w+; save it as UTF-8"
    with pytest.raises(ConfigurationError, match=message):
        require_encoding(path)
    with pytest.raises(ConfigurationError, match=message):
        list(read_rows(path))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_text_file(tmp_path / "none.txt")
