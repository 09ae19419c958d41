"""OpenDocument texts keep their formatting and all parts without text."""

from __future__ import annotations

import io
import zipfile

import pytest

from pipelines.errors import InputError
from pipelines.translation.documents.open_document import OpenDocument
from tests.office import make_open_document, pack, unpack
from tests.pipelines.translation.documents.upper import to_upper

BODY = """<text:h text:outline-level="1">A heading</text:h>
<text:p text:style-name="P1">Some <text:span text:style-name="T1">bold</text:span>
   words<text:s text:c="2"/>and <text:a xlink:href="http://x.org">a link</text:a>.<text:line-break
/>Next <text:note text:id="n1"><text:note-citation>1</text:note-citation><text:note-body>
<text:p>A note</text:p></text:note-body></text:note> line</text:p>
<table:table><table:table-row><table:table-cell><text:p>Cell</text:p></table:table-cell>
</table:table-row></table:table><text:p/><text:p>12</text:p>"""


def test_paragraphs_headings_cells_notes_and_headers_are_translated() -> None:
    content = make_open_document(BODY, page="<text:p>Head</text:p>")
    document = OpenDocument(content, "a.odt")
    assert document.texts == [
        "A heading",
        "Some <x1>bold</x1> words and <x2>a link</x2>.",
        "Next <x1/> line",
        "A note",
        "Cell",
        "Head",
    ]
    before, after = unpack(content), unpack(document.fill([to_upper(t) for t in document.texts]))
    xml = after["content.xml"].decode()
    assert 'SOME <text:span text:style-name="T1">BOLD</text:span> WORDS AND <text:a ' in xml
    assert '<text:a xlink:href="http://x.org">A LINK</text:a>.<text:line-break/>NEXT' in xml
    assert ">A NOTE</text:p>" in xml
    assert xml.index("NEXT") < xml.index("A NOTE") < xml.index("LINE</text:p>")
    assert b">HEAD<" in after["styles.xml"]
    assert before["mimetype"] == after["mimetype"]


def test_the_type_of_the_file_comes_first_and_is_not_packed() -> None:
    filled = OpenDocument(make_open_document(BODY), "a.odt")
    with zipfile.ZipFile(io.BytesIO(filled.fill(filled.texts))) as archive:
        first = archive.infolist()[0]
    assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)


def test_marks_of_editing_sessions_are_no_formatting() -> None:
    styles = (
        '<style:style style:name="T1" style:family="text"><style:text-properties '
        'officeooo:rsid="001"/></style:style><style:style style:name="T2" style:family="text">'
        '<style:text-properties officeooo:rsid="001" style:text-position="super"/></style:style>'
    )
    spans = '<text:span text:style-name="T1">lit</text:span>tle <text:span text:style-name="T2">'
    content = make_open_document(f"<text:p>A {spans}red</text:span> one</text:p>", styles)
    assert OpenDocument(content, "a.odt").texts == ["A little <x1>red</x1> one"]


def test_markup_may_change_its_order() -> None:
    content = make_open_document(
        '<text:p>A <text:span text:style-name="a">b <text:span text:style-name="c">d</text:span>'
        "</text:span> e</text:p>"
    )
    filled = OpenDocument(content, "a.odt").fill(["<x1><x2>D</x2> B</x1> E"])
    expected = (
        '<text:p><text:span text:style-name="a"><text:span text:style-name="c">D</text:span> B'
    )
    assert expected in unpack(filled)["content.xml"].decode()


def test_a_document_can_be_filled_twice() -> None:
    document = OpenDocument(make_open_document(BODY), "a.odt")
    assert document.fill(document.texts) == document.fill(document.texts)


def test_another_archive_is_no_document() -> None:
    with pytest.raises(InputError, match="not an OpenDocument text; save it as"):
        OpenDocument(pack({"a.txt": "b"}), "a.odt")
