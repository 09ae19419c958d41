"""A translator for tests: the same text in capitals, its tags as they were."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipelines.translation.documents import Document

TAG = re.compile(r"(<[^<>]*>|\{x\d+\})")


def to_upper(text: str) -> str:
    """Write all but tags in capitals."""
    parts = TAG.split(text)
    return "".join(part if place % 2 else part.upper() for place, part in enumerate(parts))


def fill_upper(document: Document) -> str:
    """Translate a document that is text."""
    return fill(document, [to_upper(text) for text in document.texts])


def fill(document: Document, translations: Sequence[str]) -> str:
    """Fill a document that is text."""
    content = document.fill(translations)
    assert isinstance(content, str)
    return content
