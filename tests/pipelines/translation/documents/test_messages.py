"""Catalogues of messages keep everything but the translations that they lack."""

from __future__ import annotations

from pathlib import Path

import polib
import pytest

from pipelines.errors import InputError
from pipelines.translation.documents.messages import Messages
from tests.pipelines.translation.documents.upper import fill

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
HEAD = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n'
PLURAL = '\nmsgid "%d file"\nmsgid_plural "%d files"\nmsgstr[0] ""\n'


def test_messages_without_a_translation_get_one_to_be_reviewed() -> None:
    document = Messages(MESSAGES.encode(), "a.po")
    assert document.texts == ["Open", "%d file", "%d files"]
    content = fill(document, ["Abrir", "%d archivo", "%d archivos"])
    opened, closed, saved, files = polib.pofile(content)
    assert (opened.msgstr, opened.fuzzy, opened.comment) == ("Abrir", True, "for the button")
    assert opened.occurrences == [("app.c", "3")]
    assert (closed.msgstr, closed.fuzzy) == ("Cerrar", False)
    assert saved.msgstr == "Salvar"
    assert files.msgstr_plural == {0: "%d archivo", 1: "%d archivos"}
    assert files.msgctxt == "menu"


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_lines_that_are_no_new_translation_stay_byte_for_byte(end: str) -> None:
    odd = MESSAGES.replace("Cerrar", f'" {end}"Cerrar').replace("#, fuzzy", "#,  fuzzy ,c-format")
    odd += f'{end}#~ msgid "old"{end}#~ msgstr ""{end}'
    odd = odd.replace(end, "\n").replace("\n", end)
    document = Messages(f"\ufeff{odd}".encode(), "a.po")
    filled = fill(document, ["Abrir", "%d archivo", "%d archivos"])
    expected = (
        odd.replace(f'msgid "Open"{end}msgstr ""', f'#, fuzzy{end}msgid "Open"{end}msgstr "Abrir"')
        .replace('msgctxt "menu"', f'#, fuzzy{end}msgctxt "menu"')
        .replace('msgstr[0] ""', 'msgstr[0] "%d archivo"')
        .replace('msgstr[1] ""', 'msgstr[1] "%d archivos"')
    )
    assert filled == f"\ufeff{expected}"


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("nplurals=1; plural=0;", {0: "%d DATEIEN"}),
        ("nplurals=2; plural=(n > 1);", {0: "%d DATEI", 1: "%d DATEIEN"}),
        (
            "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 ? 1 : 2);",
            {0: "%d DATEI", 1: "%d DATEIEN", 2: "%d DATEIEN"},
        ),
        (
            "nplurals=4; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : 3);",
            {0: "%d DATEIEN", 1: "%d DATEI", 2: "%d DATEIEN", 3: "%d DATEIEN"},
        ),
        ("nplurals=INTEGER; plural=EXPRESSION;", {0: "%d DATEIEN"}),
    ],
)
def test_every_form_of_the_language_gets_a_translation(
    header: str, expected: dict[int, str]
) -> None:
    document = Messages(f'{HEAD}"Plural-Forms: {header}\\n"\n{PLURAL}'.encode(), "a.po")
    said = {"%d file": "%d DATEI", "%d files": "%d DATEIEN"}
    (entry,) = polib.pofile(fill(document, [said[text] for text in document.texts]))
    assert entry.msgstr_plural == expected


def test_a_form_that_is_there_stays() -> None:
    content = MESSAGES.replace('msgstr[0] ""', 'msgstr[0] "%d fichero"')
    document = Messages(content.encode(), "a.po")
    filled = fill(document, ["Abrir", "%d archivo", "%d archivos"])
    entry = polib.pofile(filled)[-1]
    assert entry.msgstr_plural == {0: "%d fichero", 1: "%d archivos"}


def test_line_breaks_at_the_ends_and_escapes_are_those_of_the_message() -> None:
    content = HEAD + '\nmsgid ""\n"\\nSay \\"hi\\"\\tnow\\n"\n"C:\\\\dir\\n"\nmsgstr ""\n'
    document = Messages(content.encode(), "a.po")
    assert document.texts == ['Say "hi"\tnow\nC:\\dir']
    (entry,) = polib.pofile(fill(document, ['Di "hola"\tya\nC:\\dir\n\n']))
    assert entry.msgstr == '\nDi "hola"\tya\nC:\\dir\n'


@pytest.mark.parametrize(
    ("source", "translation"),
    [
        ("%d of %s", "%d de"),
        ("{name} is here", "{nombre} está aquí"),
        ("%(count)s left", "quedan %(count)d"),
        ("100%% sure", "100% seguro"),
        ("${a} and #{b}", "${a} y {b}"),
    ],
)
def test_a_translation_with_other_placeholders_is_left_out(source: str, translation: str) -> None:
    document = Messages(f'{HEAD}\nmsgid "{source}"\nmsgstr ""\n'.encode(), "a.po")
    (entry,) = polib.pofile(fill(document, [translation]))
    assert (entry.msgstr, entry.fuzzy) == ("", False)
    assert len(document.remarks) == 1
    assert document.remarks[0].startswith(f"{source!r} is left empty: ")


def test_markup_of_a_message_is_for_the_translator() -> None:
    content = f'{HEAD}\nmsgid "Click <b>Save</b><br/> now"\nmsgstr ""\n'
    document = Messages(content.encode(), "a.po")
    assert document.texts == ["Click <x1>Save</x1><x2/> now"]
    filled = fill(document, ["Pulse <x1>Guardar</x1><x2/> ya"])
    assert 'msgstr "Pulse <b>Guardar</b><br/> ya"' in filled


def test_a_catalogue_of_another_encoding_is_refused() -> None:
    content = MESSAGES.replace("UTF-8", "ISO-8859-1")
    with pytest.raises(InputError, match=r"^a\.po: its header says charset=ISO-8859-1; save it as"):
        Messages(content.encode(), "a.po")
    Messages(MESSAGES.replace("UTF-8", "CHARSET").encode(), "a.po")  # a template


def test_a_catalogue_whose_text_is_a_path_is_not_followed(tmp_path: Path) -> None:
    other = tmp_path / "other.po"
    other.write_text(MESSAGES, encoding="utf-8")
    with pytest.raises(InputError, match=r"stranger\.po"):
        Messages(str(other).encode(), "stranger.po")
