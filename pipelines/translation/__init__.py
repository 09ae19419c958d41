"""Translate text."""

from pipelines.options import TranslationOptions
from pipelines.translation.alignment import Alignment
from pipelines.translation.pipeline import Translation
from pipelines.translation.results import Alternative, Sentence, TranslatedText

__all__ = [
    "Alignment",
    "Alternative",
    "Sentence",
    "TranslatedText",
    "Translation",
    "TranslationOptions",
]
