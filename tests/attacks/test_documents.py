"""Documents of strangers: archives that unpack without end, entities, nesting, endless lines."""

from __future__ import annotations

import gc
import io
import time
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from pipelines.errors import InputError
from pipelines.translation.documents import READERS, packages
from tests.office import HEAD, WORD, make_open_document, make_word, pack, unpack

ARCHIVES: dict[str, Callable[[str], bytes]] = {
    ".docx": lambda text: make_word(f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"),
    ".odt": lambda text: make_open_document(f"<text:p>{text}</text:p>"),
}
MAIN = {".docx": "word/document.xml", ".odt": "content.xml"}
SHORT, LONG = 4_000, 20_000
MOST_TIMES = 12  # as long, for five times the length
LINES = {
    ".srt": [
        "1\n00:00:01,000 --> 00:00:02,000\nx\n\n",
        "<a",
        "{\\a",
        "<i>x",
        "- a\n",
        "♪",
        "(a",
        " ",
    ],
    ".vtt": ["00:01.000 --> 00:02.000\nx\n\n", "<v ", "<i>x</i> ", "&amp;", "NOTE\n\n"],
    ".po": ['msgid "a"\nmsgstr ""\n\n', '"a"\n', "#, fuzzy\n", 'msgid "'],
    ".md": [
        "> ",
        "[",
        "![a](",
        "*a ",
        "`a",
        "<a ",
        "&a",
        "- ",
        "a\n",
        "| a ",
        "~~a",
        "\\",
        "[a]: b\n",
    ],
    ".html": [
        "<",
        "<b>",
        "</b>",
        "<b>x",
        "<code>",
        "<a b=x>",
        "&amp",
        "<!--x-->",
        "<script>",
        "<a =>",
    ],
}
BEGINS = {
    ".srt": "1\n00:00:01,000 --> 00:00:02,000\n",
    ".vtt": "WEBVTT\n\n00:01.000 --> 00:02.000\n",
}


def read(ending: str, content: bytes) -> bytes:
    document = READERS[ending](content, f"a{ending}", "es")
    filled = document.fill(document.texts)
    return filled.encode() if isinstance(filled, str) else filled


def refused(ending: str, content: bytes) -> str:
    with pytest.raises(InputError) as caught:
        read(ending, content)
    assert str(caught.value).startswith(f"a{ending}: ")
    assert "\n" not in str(caught.value)
    return str(caught.value)


def change(ending: str, more: dict[str, str | bytes]) -> bytes:
    return pack({**unpack(ARCHIVES[ending]("text")), **more})


@pytest.mark.parametrize("ending", ARCHIVES)
def test_an_archive_has_a_limit(ending: str, monkeypatch: pytest.MonkeyPatch) -> None:
    huge = b"<a>" + b" " * (packages.MOST_BYTES_OF_XML + 1) + b"</a>"
    assert "has more than 16,777,216 bytes" in refused(ending, change(ending, {MAIN[ending]: huge}))
    many: dict[str, str | bytes] = {f"media/{number}": b"" for number in range(200)}
    monkeypatch.setattr(packages, "MOST_PARTS", 100)
    assert "has more than 100 parts" in refused(ending, change(ending, many))
    monkeypatch.setattr(packages, "MOST_BYTES", 1 << 20)
    bomb = change(ending, {"media/zeros": bytes(2 << 20)})
    assert len(bomb) < 10_000
    assert "unpacks to more than 1,048,576 bytes" in refused(ending, bomb)


@pytest.mark.parametrize("ending", ARCHIVES)
def test_a_part_that_is_longer_than_it_says_is_refused(ending: str) -> None:
    sound = change(ending, {"media/zeros": bytes(5000)})
    size = (5000).to_bytes(4, "little")
    assert "damaged" in refused(ending, sound.replace(size, (10).to_bytes(4, "little")))


@pytest.mark.parametrize("name", ["../evil", "/evil", "a/../../evil", "..\\evil"])
@pytest.mark.parametrize("ending", ARCHIVES)
def test_no_part_leaves_the_archive(ending: str, name: str) -> None:
    assert "leaves the archive" in refused(ending, change(ending, {name: b"x"}))


@pytest.mark.parametrize("ending", ARCHIVES)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_parts_of_one_name_are_refused(ending: str) -> None:
    file = io.BytesIO(ARCHIVES[ending]("text"))
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr(MAIN[ending], b"<other/>")
    assert "two of its parts have one name" in refused(ending, file.getvalue())


@pytest.mark.parametrize("ending", ARCHIVES)
@pytest.mark.parametrize(
    "entities",
    [
        '<!ENTITY a SYSTEM "file://{secret}">',
        '<!ENTITY % b SYSTEM "file://{secret}"> %b;',
        '<!ENTITY z "zzzzzzzzzz"><!ENTITY a "&z;&z;&z;&z;&z;&z;&z;&z;&z;&z;">',
    ],
)
def test_no_entity_is_resolved(ending: str, entities: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    sound = unpack(ARCHIVES[ending]("&amp;a;"))[MAIN[ending]].decode().replace("&amp;a;", "&a;")
    doctype = f"<!DOCTYPE x [{entities.format(secret=secret)}]>"
    content = sound.replace(HEAD, f"{HEAD}{doctype}")
    assert "secret" not in refused(ending, change(ending, {MAIN[ending]: content}))


@pytest.mark.parametrize("ending", ARCHIVES)
def test_very_deep_xml_is_refused(ending: str) -> None:
    deep = "<a>" * 100_000 + "</a>" * 100_000
    assert "damaged" in refused(ending, change(ending, {MAIN[ending]: deep}))
    kind = "w:ins" if ending == ".docx" else "text:span"
    prefix = f'xmlns:w="{WORD}" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
    paragraph = "w:p" if ending == ".docx" else "text:p"
    inside = f"<{kind}>" * 200 + "x" + f"</{kind}>" * 200
    root = f"<a {prefix}><{paragraph}>{inside}</{paragraph}></a>"
    read(ending, change(ending, {MAIN[ending]: root}))


@pytest.mark.parametrize(
    ("ending", "line"), [(ending, line) for ending, lines in LINES.items() for line in lines]
)
def test_five_times_the_document_takes_at_most_twelve_times_as_long(ending: str, line: str) -> None:
    def seconds(length: int) -> float:
        content = (BEGINS.get(ending, "") + line * (length // len(line) + 1)).encode()
        taken = []
        gc.collect()  # what other tests left behind would be collected while the time runs
        for _ in range(4):
            started = time.process_time()
            with suppress(InputError):
                read(ending, content)
            taken.append(time.process_time() - started)
        return max(min(taken), 5e-3)

    assert seconds(LONG) <= MOST_TIMES * seconds(SHORT)


@pytest.mark.parametrize("ending", [".srt", ".vtt", ".po", ".md", ".html"])
def test_an_endless_line_is_one_line(ending: str) -> None:
    content = f"{BEGINS.get(ending, '')}{'word ' * 100_000}"
    with suppress(InputError):
        assert read(ending, content.encode())
