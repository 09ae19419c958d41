"""Subtitles and message catalogues keep everything but their texts."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.errors import InputError
from pipelines.translation.documents import Messages, Subtitles

SUBTITLES = """3
00:00:01,000 --> 00:00:02,500
I am going
home now.

7
00:00:03,000 --> 00:00:04,000
- Why?
- <i>Because.</i>

"""
MESSAGES = """# A comment
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

#. for the button
#: app.c:3
msgid "Open"
msgstr ""

msgid "Close"
msgstr "Cerrar"

#, fuzzy
msgid "Save"
msgstr "Salvar"

msgctxt "menu"
msgid "%d file"
msgid_plural "%d files"
msgstr[0] ""
msgstr[1] ""
"""


def test_subtitles_keep_numbers_and_times() -> None:
    document = Subtitles(SUBTITLES.encode(), "a.srt")
    assert document.texts == ["I am going home now.", "- Why?", "- <i>Because.</i>"]
    assert document.fill(["Me voy.", "- ¿Por qué?", "- <i>Porque.</i>"]) == SUBTITLES.replace(
        "I am going\nhome now.", "Me voy."
    ).replace("- Why?\n- <i>Because.</i>", "- ¿Por qué?\n- <i>Porque.</i>")


def test_long_subtitles_are_broken_into_lines_of_about_the_same_length() -> None:
    document = Subtitles(SUBTITLES.encode(), "a.srt")
    filled = document.fill(["una palabra " * 6, "b", "c"])
    lines = filled.split("\n\n")[0].splitlines()[2:]
    assert len(lines) == 2
    assert all(30 <= len(line) <= 44 for line in lines)
    assert " ".join(lines) == ("una palabra " * 6).strip()


def test_messages_without_a_translation_get_one_to_be_reviewed() -> None:
    import polib

    document = Messages(MESSAGES.encode(), "a.po")
    assert document.texts == ["Open", "%d file", "%d files"]
    content = document.fill(["Abrir", "%d archivo", "%d archivos"])
    opened, closed, saved, files = polib.pofile(content)
    assert (opened.msgstr, opened.fuzzy, opened.comment) == ("Abrir", True, "for the button")
    assert opened.occurrences == [("app.c", "3")]
    assert (closed.msgstr, closed.fuzzy) == ("Cerrar", False)
    assert saved.msgstr == "Salvar"
    assert files.msgstr_plural == {0: "%d archivo", 1: "%d archivos"}
    assert files.msgctxt == "menu"
    assert "# A comment" in content


@pytest.mark.parametrize("kind", [Subtitles, Messages])
@pytest.mark.parametrize("content", [b"\xff\xfe\xff", b"neither the one\n nor the other\n"])
def test_damaged_documents_are_named(kind: type, content: bytes) -> None:
    with pytest.raises(InputError, match=r"^a\.doc: not ") as caught:
        kind(content, "a.doc")
    assert "\n" not in str(caught.value)


def test_a_catalogue_whose_text_is_a_path_is_not_followed(tmp_path: Path) -> None:
    other = tmp_path / "other.po"
    other.write_text(MESSAGES, encoding="utf-8")
    with pytest.raises(InputError, match=r"stranger\.po"):
        Messages(str(other).encode(), "stranger.po")
