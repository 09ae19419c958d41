"""Write hOCR 1.2: http://kba.github.io/hocr-spec/1.2/."""

from __future__ import annotations

import math
from html import escape

from pipelines.handwriting.formats.regions import box_of
from pipelines.handwriting.formats.spans import find_angle
from pipelines.handwriting.formats.xml import clean
from pipelines.handwriting.geometry import Box
from pipelines.handwriting.results import Handwriting, TextLine

CAPABILITIES = "ocr_page ocr_carea ocr_line ocrx_word ocrp_wconf"
STEEPEST = math.radians(45)  # of a baseline with a slope
END = " </body>\n</html>\n"


def start_hocr(title: str, creator: str) -> str:
    """Write what comes before the pages.

    Args:
        title: of the document.
        creator: of the text: the program and the model.
    """
    title, creator = (escape(clean(text)) for text in (title, creator))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        "<!DOCTYPE html>\n"
        '<html xmlns="http://www.w3.org/1999/xhtml">\n'
        " <head>\n"
        '  <meta charset="utf-8" />\n'
        f"  <title>{title}</title>\n"
        f'  <meta name="ocr-system" content="{creator}" />\n'
        f'  <meta name="ocr-capabilities" content="{CAPABILITIES}" />\n'
        " </head>\n"
        " <body>\n"
    )


def page_to_hocr(result: Handwriting, *, picture: str, index: int, number: int = 1) -> str:
    """Write a page; it has no place for other texts of a line.

    Args:
        result: its lines come in reading order.
        picture: the name of its picture.
        index: of the page in this hOCR file, from 0; identifiers are made of it.
        number: of the page in its document.
    """
    name = f"page_{index + 1}"
    size = _box(Box(0, 0, result.width, result.height))
    about = f'image "{_quotable(picture)}"; {size}; ppageno {number - 1}'
    lines = "".join(
        _line(line, f"{name}_line_{order}") for order, line in enumerate(result.lines, start=1)
    )
    if lines:
        area = _start("div", "ocr_carea", f"{name}_area_1", _box(box_of(result.lines)))
        lines = f"   {area}\n{lines}   </div>\n"
    return f"  {_start('div', 'ocr_page', name, about)}\n{lines}  </div>\n"


def to_hocr(result: Handwriting, *, picture: str, creator: str, number: int = 1) -> str:
    """Write what was read on one page as hOCR; see `page_to_hocr`."""
    page = page_to_hocr(result, picture=picture, index=0, number=number)
    return f"{start_hocr(picture, creator)}{page}{END}"


def _line(line: TextLine, name: str) -> str:
    about = f"{_box(line.box)}{_baseline(line)}; x_wconf {_percent(line.mean_confidence)}"
    words = " ".join(
        _start("span", "ocrx_word", f"{name}_word_{number}", _word(word.box, word.confidence))
        + f"{escape(clean(word.text))}</span>"
        for number, word in enumerate(line.words, start=1)
    )
    return f"    {_start('span', 'ocr_line', name, about)}{words}</span><br />\n"


def _start(element: str, kind: str, name: str, title: str) -> str:
    return f"<{element} class='{kind}' id='{name}' title='{escape(clean(title))}'>"


def _word(box: Box, confidence: float) -> str:
    return f"{_box(box)}; x_wconf {_percent(confidence)}"


def _box(box: Box) -> str:
    return "bbox " + " ".join(str(max(edge, 0)) for edge in box)


def _baseline(line: TextLine) -> str:
    """Give slope and height of the baseline, over the lower left corner of the line's box.

    Of a line that does not run to the right it is its angle, which hOCR counts the other way round.
    """
    if len(line.baseline) < 2:
        return ""
    angle = find_angle(line)
    if abs(angle) > STEEPEST:
        return f"; textangle {round(-math.degrees(angle)) % 360}"
    (left, height), (right, other) = line.baseline[0], line.baseline[-1]
    slope = (other - height) / (right - left) if right > left else 0.0
    at_left = height + slope * (line.box[0] - left) - line.box[3]
    return f"; baseline {slope:.3f} {round(at_left)}"


def _percent(confidence: float) -> int:
    return round(100 * confidence)


def _quotable(name: str) -> str:
    return name.replace("\\", "/").replace('"', "'")
