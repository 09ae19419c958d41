"""Word documents keep their formatting and all parts without text."""

from __future__ import annotations

import pytest
from lxml import etree

from pipelines.errors import InputError
from pipelines.translation.documents.word import WordDocument
from tests.office import WORD, make_word, pack, unpack
from tests.pipelines.translation.documents.upper import to_upper

BOLD = "<w:rPr><w:b/></w:rPr>"
LINK = '<w:rPr><w:rStyle w:val="Hyperlink"/></w:rPr>'


def run(text: str, properties: str = "") -> str:
    return f'<w:r>{properties}<w:t xml:space="preserve">{text}</w:t></w:r>'


def paragraph(*children: str) -> str:
    return f'<w:p><w:pPr><w:pStyle w:val="a"/></w:pPr>{"".join(children)}</w:p>'


def field(shown: str) -> str:
    begin, separate, end = (
        f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>' for kind in ("begin", "separate", "end")
    )
    return f"{begin}<w:r><w:instrText>PAGE</w:instrText></w:r>{separate}{run(shown)}{end}"


def translated(content: bytes, *translations: str) -> list[list[tuple[str, str]]]:
    """Give the runs of each paragraph: the names of what is in their properties, and the text."""
    document = WordDocument(content, "a.docx")
    filled = document.fill(translations or [to_upper(text) for text in document.texts])
    root = etree.fromstring(unpack(filled)["word/document.xml"])
    name = {"w": WORD}
    return [
        [
            (
                " ".join(
                    etree.QName(item).localname for item in run.xpath("w:rPr/*", namespaces=name)
                ),
                "".join(run.xpath("w:t/text()", namespaces=name)),
            )
            for run in found.iter(f"{{{WORD}}}r")
        ]
        for found in root.iter(f"{{{WORD}}}p")
    ]


def test_runs_that_look_alike_are_one_and_others_are_marked() -> None:
    odd = '<w:rPr><w:lang w:val="en"/></w:rPr>'
    content = make_word(
        paragraph(
            run("A "),
            run("lit", odd),
            "<w:proofErr/>",
            run("tle "),
            run("red", BOLD),
            run(" house."),
        )
    )
    assert WordDocument(content, "a").texts == ["A little <x1>red</x1> house."]
    moved = translated(content, "Una casita <x1>roja</x1>.")
    assert moved == [[("", "Una casita "), ("b", "roja"), ("", ".")]]


def test_formatting_of_a_whole_paragraph_stays() -> None:
    content = make_word(paragraph(run("All ", BOLD), run("bold", BOLD)))
    assert WordDocument(content, "a").texts == ["All bold"]
    assert translated(content) == [[("b", "ALL BOLD")]]


def test_tables_notes_headers_and_footers_are_translated() -> None:
    table = f"<w:tbl><w:tr><w:tc>{paragraph(run('Cell'))}</w:tc></w:tr></w:tbl>"
    content = make_word(
        paragraph(run("Text"), '<w:r><w:footnoteReference w:id="2"/></w:r>', run(" goes on."))
        + table,
        header=paragraph(run("Head")),
        footer=paragraph(run("Page "), field("3")),
        footnotes=f'<w:footnote w:id="2">{paragraph(run("Note"))}</w:footnote>',
    )
    document = WordDocument(content, "a.docx")
    assert document.texts == ["Text<x1/> goes on.", "Cell", "Head", "Page", "Note"]
    before, after = (
        unpack(content),
        unpack(document.fill([to_upper(text) for text in document.texts])),
    )
    assert list(before) == list(after)
    assert b">NOTE<" in after["word/footnotes.xml"]
    assert b"PAGE</w:instrText>" in after["word/footer.xml"]
    same = [name for name in before if before[name] == after[name]]
    assert same == ["[Content_Types].xml", "word/media/image1.png"]


def test_a_link_keeps_its_address_and_its_look() -> None:
    link = f'<w:hyperlink w:anchor="there">{run("the ", LINK)}{run("link", LINK)}</w:hyperlink>'
    content = make_word(paragraph(run("See "), link, run(" here.")))
    assert WordDocument(content, "a").texts == ["See <x1>the link</x1> here."]
    filled = WordDocument(content, "a").fill(["Mira <x1>el enlace</x1> aquí."])
    assert unpack(filled)["word/document.xml"].count(b'<w:hyperlink w:anchor="there">') == 1
    assert translated(content) == [[("", "SEE "), ("rStyle", "THE LINK"), ("", " HERE.")]]


def test_text_of_a_content_control_is_translated_and_its_settings_stay_first() -> None:
    control = f"<w:sdt><w:sdtPr/><w:sdtContent>{run('name')}</w:sdtContent></w:sdt>"
    content = make_word(paragraph(run("Dear "), control, run(", hello")))
    document = WordDocument(content, "a")
    assert document.texts == ["Dear <x1><x2>name</x2></x1>, hello"]
    xml = unpack(document.fill(["<x1><x2>Nombre</x2></x1> querido"]))["word/document.xml"]
    assert b'<w:sdt><w:sdtPr/><w:sdtContent><w:r><w:t xml:space="preserve">Nombre<' in xml


def test_breaks_and_tabs_divide_a_paragraph_and_stay() -> None:
    content = make_word(
        paragraph("<w:r><w:t>One</w:t><w:br/><w:t>Two</w:t><w:tab/><w:t>3</w:t></w:r>", run(" end"))
    )
    document = WordDocument(content, "a")
    assert document.texts == ["One", "Two", "3 end"]
    xml = unpack(document.fill(["Uno", "Dos", "3 fin"]))["word/document.xml"]
    assert [xml.find(tag) for tag in (b"Uno", b"<w:br/>", b"Dos", b"<w:tab/>", b"fin")] == sorted(
        xml.find(tag) for tag in (b"Uno", b"<w:br/>", b"Dos", b"<w:tab/>", b"fin")
    )


def test_pictures_bookmarks_and_deleted_text_stay() -> None:
    kept = (
        '<w:bookmarkStart w:id="0" w:name="x"/>',
        '<w:bookmarkEnd w:id="0"/>',
        "<w:r><w:drawing/></w:r>",
    )
    gone = "<w:del><w:r><w:delText>gone</w:delText></w:r></w:del>"
    added = f"<w:ins>{run('new ')}</w:ins>"
    content = make_word(paragraph(kept[0], run("A "), kept[2], added, gone, run("word"), kept[1]))
    document = WordDocument(content, "a")
    assert document.texts == ["A <x1/><x2>new </x2><x3/>word"]
    xml = unpack(document.fill(["Una palabra"]))["word/document.xml"].decode()
    assert document.remarks
    assert all(part in xml for part in (*kept, gone))


def test_a_paragraph_without_a_letter_stays_as_it_is() -> None:
    content = make_word(paragraph(run("1"), run("2")) + paragraph(run("a")))
    assert translated(content) == [[("", "1"), ("", "2")], [("", "A")]]


def test_text_boxes_are_translated_where_they_stand() -> None:
    box = f"<w:r><w:pict><w:txbxContent>{paragraph(run('inside'))}</w:txbxContent></w:pict></w:r>"
    content = make_word(paragraph(run("Before "), box, run(" after")))
    document = WordDocument(content, "a")
    assert document.texts == ["Before <x1/> after", "inside"]
    xml = unpack(document.fill(["Antes <x1/> después", "dentro"]))["word/document.xml"].decode()
    assert xml.index("Antes") < xml.index("dentro") < xml.index("después")


def test_what_xml_cannot_hold_is_left_out() -> None:
    content = make_word(paragraph(run("a")))
    assert translated(content, "x\0\ud800\n\x0by\xa0<z> & ") == [[("", "x y\xa0<z> & ")]]


def test_a_part_without_text_stays_byte_for_byte() -> None:
    content = make_word(paragraph(run("a")), header=paragraph(run("1")))
    after = unpack(WordDocument(content, "a").fill(["b"]))
    assert after["word/header.xml"] == unpack(content)["word/header.xml"]


def test_a_document_can_be_filled_twice() -> None:
    document = WordDocument(make_word(paragraph(run("a"))), "a")
    assert document.fill(["b"]) == document.fill(["b"]) != document.fill(["c"])


def test_another_archive_is_no_document() -> None:
    with pytest.raises(InputError, match=r"its part '\[Content_Types\]\.xml' is missing"):
        WordDocument(pack({"a.txt": "b"}), "a.docx")
    types = '<Types xmlns="x"><Override PartName="/a.xml" ContentType="b"/></Types>'
    with pytest.raises(InputError, match="not a Word document; save it as"):
        WordDocument(pack({"[Content_Types].xml": types}), "a.docx")
