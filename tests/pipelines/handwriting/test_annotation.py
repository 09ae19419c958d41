from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from pipelines.handwriting.annotation import annotate
from pipelines.handwriting.geometry import Box
from pipelines.handwriting.results import Handwriting, TextLine
from pipelines.images import fonts


def _result(size: tuple[int, int], *lines: tuple[Box, str], turned: int = 0) -> Handwriting:
    found = tuple(TextLine(text, (), box, (), box.corners) for box, text in lines)
    return Handwriting("", found, *size, turned)


def _grey(size: tuple[int, int]) -> Image.Image:
    values = np.random.default_rng(0).integers(100, 200, size[::-1])
    return Image.fromarray(values.astype(np.uint8))


def test_texts_are_on_a_sheet_beside_the_page_and_hide_nothing() -> None:
    page, box = _grey((300, 400)), Box(40, 100, 260, 140)
    drawn = np.asarray(annotate(page, _result(page.size, (box, "some text"))))
    assert drawn.shape == (400, 600, 3)
    left, right = drawn[:, :300], drawn[:, 300:]
    changed = (left != np.asarray(page.convert("RGB"))).any(axis=2)
    assert changed.any()
    assert not changed[103:137, 43:257].any()  # within the outline
    written = np.argwhere((right != 255).any(axis=2))
    (top, first), (bottom, last) = written.min(axis=0), written.max(axis=0)
    assert 100 <= top < bottom < 140
    assert 40 <= first < last < 262


def test_the_sheet_is_below_a_wide_line() -> None:
    line = _grey((400, 60))
    drawn = np.asarray(annotate(line, _result(line.size, (Box(0, 0, 400, 60), "ab"))))
    assert drawn.shape == (120, 400, 3)
    assert (drawn[60:] != 255).any()


@pytest.mark.parametrize("turned", [90, 180, 270])
def test_a_turned_page_is_drawn_upright(turned: int) -> None:
    page, box = _grey((300, 400)), Box(40, 100, 260, 140)
    upright = np.asarray(annotate(page, _result(page.size, (box, "some text"))))
    values = np.rot90(np.asarray(page), turned // 90)
    mask = np.zeros((400, 300), bool)
    mask[box.top : box.bottom, box.left : box.right] = True
    rows, columns = np.nonzero(np.rot90(mask, turned // 90))
    place = Box(columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
    size = (values.shape[1], values.shape[0])
    drawn = annotate(values.copy(), _result(size, (place, "some text"), turned=turned))
    np.testing.assert_array_equal(np.asarray(drawn)[:, 300:], upright[:, 300:])


def test_labels_leave_accents_off_that_a_font_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "FONTS", ())
    fonts.find_font.cache_clear()
    box = Box(0, 30, 200, 90)
    accented, plain = (
        np.asarray(annotate(Image.new("L", (200, 90)), _result((200, 90), (box, text))))
        for text in ("óñ", "on")
    )
    fonts.find_font.cache_clear()
    np.testing.assert_array_equal(accented, plain)
