"""Read handwriting: pictures of lines, and of pages."""

from pipelines.handwriting.pages import Box
from pipelines.handwriting.pipeline import Handwriting, HandwritingRecognition, TextLine, TextWord
from pipelines.options import ReadingOptions

__all__ = ["Box", "Handwriting", "HandwritingRecognition", "ReadingOptions", "TextLine", "TextWord"]
