"""Read handwriting: pictures of lines, and of pages."""

from pipelines.handwriting.geometry import Box
from pipelines.handwriting.pipeline import HandwritingRecognition
from pipelines.handwriting.results import Handwriting, TextLine, TextWord
from pipelines.options import ReadingOptions

__all__ = ["Box", "Handwriting", "HandwritingRecognition", "ReadingOptions", "TextLine", "TextWord"]
