"""Translate text."""

from pipelines.options import TranslationOptions
from pipelines.translation.alignment import Alignment
from pipelines.translation.pipeline import Alternative, TranslatedText, Translation

__all__ = ["Alignment", "Alternative", "TranslatedText", "Translation", "TranslationOptions"]
