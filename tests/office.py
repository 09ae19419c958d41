"""Small documents of Word and OpenDocument, made by hand."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
TYPES = "application/vnd.openxmlformats-officedocument.wordprocessingml"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


def pack(parts: Mapping[str, str | bytes]) -> bytes:
    """Put parts into an archive."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            kind = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(name, content, kind)
    return file.getvalue()


def unpack(content: bytes) -> dict[str, bytes]:
    """Give the parts of an archive."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def make_word(body: str, **more: str | bytes) -> bytes:
    """Make a Word document.

    Args:
        body: its paragraphs as XML, with the prefix w.
        more: the content of "header", "footer", "footnotes" or "endnotes" as XML.
    """
    kinds = {"document": "document.main", **{name: name for name in more}}
    contents = {"document": f"<w:body>{body}</w:body>", **more}
    overrides = "".join(
        f'<Override PartName="/word/{name}.xml" ContentType="{TYPES}.{kind}+xml"/>'
        for name, kind in kinds.items()
    )
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": f'{HEAD}<Types xmlns="http://schemas.openxmlformats.org/package/'
        f'2006/content-types"><Default Extension="xml" ContentType="application/xml"/>'
        f"{overrides}</Types>",
        "word/media/image1.png": b"\x89PNG not a picture",
    }
    for name, content in contents.items():
        root = {"document": "document", "header": "hdr", "footer": "ftr"}.get(name, name)
        parts[f"word/{name}.xml"] = f'{HEAD}<w:{root} xmlns:w="{WORD}">{content}</w:{root}>'
    return pack(parts)


def make_open_document(body: str, styles: str = "", page: str = "") -> bytes:
    """Make an OpenDocument text.

    Args:
        body: its paragraphs as XML, with the prefix text.
        styles: its automatic styles as XML.
        page: what its pages have at the top, as XML.
    """
    names = " ".join(
        f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{prefix}:1.0"'
        for prefix in ("office", "text", "table", "style")
    )
    names += ' xmlns:xlink="http://www.w3.org/1999/xlink"'
    names += ' xmlns:officeooo="http://openoffice.org/2009/office"'
    return pack(
        {
            "mimetype": "application/vnd.oasis.opendocument.text",
            "content.xml": f"{HEAD}<office:document-content {names}><office:automatic-styles>"
            f"{styles}</office:automatic-styles><office:body><office:text>{body}</office:text>"
            "</office:body></office:document-content>",
            "styles.xml": f"{HEAD}<office:document-styles {names}><office:master-styles>"
            f"<style:master-page><style:header>{page}</style:header></style:master-page>"
            "</office:master-styles></office:document-styles>",
        }
    )
