"""Write PDFs that can be searched: pictures of pages, with the text that was read behind them."""

from __future__ import annotations

import ctypes
import io
from collections.abc import Iterator
from typing import Any, BinaryIO

from PIL import Image

from pipelines.errors import DltasksError, InputError
from pipelines.handwriting.formats import blank_font
from pipelines.handwriting.formats.spans import Span, find_spans
from pipelines.handwriting.geometry import Affine
from pipelines.handwriting.page_xml import LaidOutPage
from pipelines.handwriting.results import Handwriting
from pipelines.images import ImageSource, describe, open_image, shrink_large_jpeg, to_rgb
from pipelines.images.documents import DocumentPage, only_page
from pipelines.images.metadata import UPRIGHT, orientation_of, read_resolution
from pipelines.images.pdf import DOTS_PER_INCH, PDFIUM, POINTS_PER_INCH, require_pdfium

CREDIBLE_DOTS = (100.0, 2400.0)  # per inch; cameras say 72 because they have to say something
LONGEST_SIDE = 14_400  # points of a page: ISO 32000-1, Annex C
QUALITY = 85  # of a JPEG, at which letters show no blocks


class SearchablePdf:
    """A PDF that is made page by page; compressed pictures stay in memory until it is saved.

    Raises:
        MissingExtraError: pypdfium2 is not installed.
    """

    def __init__(self) -> None:
        require_pdfium("searchable text")
        from pypdfium2 import PdfDocument

        with PDFIUM:
            self._document = PdfDocument.new()
            self._font = _load_font(self._document)

    def __len__(self) -> int:
        return len(self._document)

    def add(self, source: ImageSource, result: Handwriting) -> None:
        """Add a page: that of a PDF as it is there, any other picture as an upright JPEG.

        Args:
            source: what was read.
            result: what it reads.

        Raises:
            InputError: the source cannot be read.
        """
        if isinstance(source, LaidOutPage):
            source = source.picture
        source = only_page(source)
        with PDFIUM:
            page = self._last_page() if self._copy(source) else self._draw(source)
            place = _find_place(page, result.width, result.height)
            for line in result.lines:
                for span in find_spans(line):
                    self._write(page, span, span.placement.then(place))
            page.gen_content()
            page.close()

    def save(self, file: BinaryIO) -> None:
        """Write the PDF; it has to have a page."""
        with PDFIUM:
            self._document.save(file)

    def close(self) -> None:
        """Let the memory go."""
        with PDFIUM:
            self._document.close()

    def _copy(self, source: ImageSource) -> bool:
        """Copy the page of a PDF; say if it was one that can be copied."""
        try:
            return isinstance(source, DocumentPage) and source.copy_to(self._document)
        except InputError:  # though it can be drawn
            return False

    def _last_page(self) -> Any:
        """Give the page that was copied, without the invisible text of an earlier reading."""
        from pypdfium2 import raw

        page = self._document[len(self._document) - 1]
        for item in list(page.get_objects([raw.FPDF_PAGEOBJ_TEXT], max_depth=1)):
            if raw.FPDFTextObj_GetTextRenderMode(item) == raw.FPDF_TEXTRENDERMODE_INVISIBLE:
                page.remove_obj(item)
        return page

    def _draw(self, source: ImageSource) -> Any:
        """Make a page of a picture, in its natural size."""
        from pypdfium2 import PdfImage, PdfiumError, PdfMatrix

        image = PdfImage.new(self._document)
        picture, dots = _read_jpeg(source)
        try:
            image.load_jpeg(picture, inline=True)
        except PdfiumError:  # a JPEG of a kind that PDFium does not know
            image.load_jpeg(_read_jpeg(source, as_it_is=False)[0], inline=True)
        width, height = (side * POINTS_PER_INCH / dots for side in image.get_px_size())
        smaller = min(1.0, LONGEST_SIDE / max(width, height))
        width, height = width * smaller, height * smaller
        page = self._document.new_page(width, height)
        image.set_matrix(PdfMatrix().scale(width, height))
        page.insert_obj(image)
        return page

    def _write(self, page: Any, span: Span, place: Affine) -> None:
        """Write a text as long as it was found; `place` is from its start to the page."""
        from pypdfium2 import raw

        codes = list(_utf_16(span.text))
        size = max(span.size, 1.0)
        squeeze = span.length / (len(codes) * size * blank_font.ADVANCE)
        item = raw.FPDFPageObj_CreateTextObj(self._document, self._font, size)
        array = (ctypes.c_uint32 * len(codes))(*codes)
        if not raw.FPDFText_SetCharcodes(item, array, len(codes)):
            raise DltasksError(f"PDFium cannot write {span.text!r}")
        raw.FPDFTextObj_SetTextRenderMode(item, raw.FPDF_TEXTRENDERMODE_INVISIBLE)
        matrix = raw.FS_MATRIX(
            place.xx * squeeze, place.yx * squeeze, place.xy, place.yy, place.x0, place.y0
        )
        raw.FPDFPageObj_SetMatrix(item, matrix)
        raw.FPDFPage_InsertObject(page, item)


def _load_font(document: Any) -> Any:
    from pypdfium2 import raw

    content, map_of_glyphs = blank_font.CONTENT, blank_font.GLYPHS
    font = (ctypes.c_uint8 * len(content)).from_buffer_copy(content)
    glyphs = (ctypes.c_uint8 * len(map_of_glyphs)).from_buffer_copy(map_of_glyphs)
    loaded = raw.FPDFText_LoadCidType2Font(
        document, font, len(content), blank_font.TO_UNICODE, glyphs, len(glyphs)
    )
    if not loaded:
        raise DltasksError("PDFium cannot load the font of searchable text; upgrade pypdfium2")
    return loaded


def _read_jpeg(source: ImageSource, *, as_it_is: bool = True) -> tuple[io.BytesIO, float]:
    """Give a picture as an upright JPEG, and its dots per inch.

    Args:
        source: of the picture.
        as_it_is: whether a file that is such a JPEG is taken without being decoded.

    Raises:
        InputError: it cannot be read.
    """
    with open_image(source) as image:
        dots = _dots_of(image)
        is_whole = shrink_large_jpeg(image) == 1
        file = getattr(image, "fp", None)
        is_upright = orientation_of(image) == UPRIGHT
        is_jpeg = image.format == "JPEG" and image.mode in ("L", "RGB")
        is_fit = as_it_is and is_jpeg and is_upright and is_whole
        if is_fit and isinstance(file, io.BytesIO):
            return io.BytesIO(file.getvalue()), dots
        mode = "L" if image.mode in ("1", "L", "I;16") else "RGB"
        picture = to_rgb(image, describe(source)).convert(mode)
    content = io.BytesIO()
    picture.save(content, "JPEG", quality=QUALITY)
    content.seek(0)
    return content, dots


def _dots_of(image: Image.Image) -> float:
    least, most = CREDIBLE_DOTS
    try:
        dots = float(image.info.get("dpi", (0, 0))[0]) or read_resolution(image)
    except (TypeError, ValueError, IndexError, ZeroDivisionError):
        dots = 0.0
    return dots if least <= dots <= most else float(DOTS_PER_INCH)


def _find_place(page: Any, width: int, height: int) -> Affine:
    """Give where the pixels of a page's picture are on the page, which may be turned or cropped."""
    from pypdfium2 import raw

    def find(x: int, y: int) -> tuple[float, float]:
        across, up = ctypes.c_double(), ctypes.c_double()
        raw.FPDF_DeviceToPage(page, 0, 0, width, height, 0, x, y, across, up)
        return across.value, up.value

    (x0, y0), (right_x, right_y), (low_x, low_y) = find(0, 0), find(width, 0), find(0, height)
    return Affine(
        (right_x - x0) / width,
        (low_x - x0) / height,
        x0,
        (right_y - y0) / width,
        (low_y - y0) / height,
        y0,
    )


def _utf_16(text: str) -> Iterator[int]:
    content = text.encode("utf-16-be", "replace")
    yield from (int.from_bytes(content[at : at + 2], "big") for at in range(0, len(content), 2))
