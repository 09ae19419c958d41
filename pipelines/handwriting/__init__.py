"""Read handwriting: pictures of lines, and of pages."""

from pipelines.handwriting.pages import Box
from pipelines.handwriting.pipeline import (
    Handwriting,
    HandwritingRecognition,
    ReadingOptions,
    TextLine,
    TextWord,
)

__all__ = ["Box", "Handwriting", "HandwritingRecognition", "ReadingOptions", "TextLine", "TextWord"]
