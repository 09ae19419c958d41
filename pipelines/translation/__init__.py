"""Translate text."""

from pipelines.translation.alignment import Alignment
from pipelines.translation.pipeline import Alternative, Options, Translated, Translation

__all__ = ["Alignment", "Alternative", "Options", "Translated", "Translation"]
