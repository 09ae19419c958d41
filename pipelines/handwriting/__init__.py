"""Read handwriting: pictures of lines, and of pages."""

from pipelines.handwriting.pages import Box
from pipelines.handwriting.pipeline import (
    Handwriting,
    HandwritingRecognition,
    Line,
    ReadingOptions,
    Word,
)

__all__ = ["Box", "Handwriting", "HandwritingRecognition", "Line", "ReadingOptions", "Word"]
