"""Translate text."""

from pipelines.translation.alignment import Alignment
from pipelines.translation.pipeline import (
    Alternative,
    TranslatedText,
    Translation,
    TranslationOptions,
)

__all__ = ["Alignment", "Alternative", "TranslatedText", "Translation", "TranslationOptions"]
