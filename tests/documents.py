"""PDFs and TIFFs of several pages, made of pictures."""

from __future__ import annotations

import io
from collections.abc import Sequence

from PIL import Image

ENCRYPTED = f"/Encrypt <</Filter/Standard/V 1/R 2/O ({'o' * 32})/U ({'u' * 32})/P -4>>/ID[(a)(a)]"
BROKEN = "null"  # stands for a page that is not there


def make_pdf(pictures: Sequence[Image.Image], *, dots_per_inch: float = 300) -> bytes:
    """Make a PDF with a picture on each page, of its size."""
    from pypdfium2 import PdfDocument, PdfImage, PdfMatrix

    document = PdfDocument.new()
    for picture in pictures:
        content = io.BytesIO()
        picture.convert("RGB").save(content, "JPEG", quality=95)
        width, height = (72 * side / dots_per_inch for side in picture.size)
        page = document.new_page(width, height)
        image = PdfImage.new(document)
        image.load_jpeg(content, inline=True)
        image.set_matrix(PdfMatrix().scale(width, height))
        page.insert_obj(image)
        page.gen_content()
        page.close()
    file = io.BytesIO()
    document.save(file)
    document.close()
    return file.getvalue()


def write_raw_pdf(pages: Sequence[str], trailer: str = "") -> bytes:
    """Write a PDF of page objects; an empty one is a blank sheet of A5."""
    blank = "<</Type/Page/Parent 2 0 R/MediaBox[0 0 420 595]>>"
    objects = ["<</Type/Catalog/Pages 2 0 R>>"]
    kids = " ".join(f"{number} 0 R" for number in range(3, 3 + len(pages)))
    objects.append(f"<</Type/Pages/Count {len(pages)}/Kids[{kids}]>>")
    objects += [page or blank for page in pages]
    body = "".join(f"{number} 0 obj\n{item}\nendobj\n" for number, item in enumerate(objects, 1))
    return f"%PDF-1.4\n{body}trailer\n<</Root 1 0 R{trailer}>>\n%%EOF\n".encode()


def make_tiff(pictures: Sequence[Image.Image]) -> bytes:
    """Make a TIFF of several pages."""
    file = io.BytesIO()
    first, *others = pictures
    first.save(file, "TIFF", save_all=True, append_images=others)
    return file.getvalue()
