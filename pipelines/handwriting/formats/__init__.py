"""Write what was read in the formats of archives: PAGE, ALTO, hOCR, and PDFs with their text."""

from pipelines.handwriting.formats.alto import to_alto_xml
from pipelines.handwriting.formats.hocr import to_hocr
from pipelines.handwriting.formats.page import to_page_xml
from pipelines.handwriting.formats.pdf import SearchablePdf

__all__ = ["SearchablePdf", "to_alto_xml", "to_hocr", "to_page_xml"]
