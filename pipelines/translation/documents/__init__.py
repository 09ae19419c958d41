"""Translate the texts of documents and keep their structure.

A format is one module with one class; `READERS` lists them all.
"""

from __future__ import annotations

from collections.abc import Callable
from os import PathLike
from pathlib import Path

from pipelines.bundle.reading import read_regular
from pipelines.errors import InputError
from pipelines.translation.documents.base import Document
from pipelines.translation.documents.markdown import Markdown
from pipelines.translation.documents.messages import Messages
from pipelines.translation.documents.open_document import OpenDocument
from pipelines.translation.documents.plain import PlainText
from pipelines.translation.documents.refused import REFUSED
from pipelines.translation.documents.subtitles import Subtitles
from pipelines.translation.documents.web_pages import WebPage
from pipelines.translation.documents.word import WordDocument

__all__ = ["BINARY", "READERS", "REFUSED", "Document", "read_document"]

# content, name of the file, code of the target language -> the document
Reader = Callable[[bytes, str, str], Document]

READERS: dict[str, Reader] = {
    ".srt": lambda content, origin, target: Subtitles(content, origin, ".srt"),
    ".vtt": lambda content, origin, target: Subtitles(content, origin, ".vtt"),
    ".po": lambda content, origin, target: Messages(content, origin),
    ".md": lambda content, origin, target: Markdown(content, origin),
    ".markdown": lambda content, origin, target: Markdown(content, origin),
    ".html": lambda content, origin, target: WebPage(content, origin, target),
    ".htm": lambda content, origin, target: WebPage(content, origin, target),
    ".xhtml": lambda content, origin, target: WebPage(content, origin, target, is_xml=True),
    ".docx": lambda content, origin, target: WordDocument(content, origin),
    ".odt": lambda content, origin, target: OpenDocument(content, origin),
}
BINARY = frozenset({".docx", ".odt"})  # what `fill` gives is bytes


def read_document(path: str | PathLike[str], *, target: str = "") -> Document:
    """Read a document.

    Args:
        path: of the file; its ending tells the format, and an unknown one is plain text.
        target: code of the language that it is translated to.

    Raises:
        InputError: it cannot be read, is damaged, or its texts cannot be replaced.
        MissingExtraError: its format needs packages of the extra [documents].
    """
    file = Path(path)
    ending = file.suffix.lower()
    if ending in REFUSED:
        raise InputError(f"{file}: a {ending} file is not translated; {REFUSED[ending]}")
    try:
        content = read_regular(file)
    except OSError as error:
        raise InputError(f"{file}: cannot be read: {error.strerror}") from None
    reader = READERS.get(ending)
    return reader(content, str(file), target) if reader else PlainText(content, str(file))
