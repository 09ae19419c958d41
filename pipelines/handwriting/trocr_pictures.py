"""Pictures of a line to arrays as TrOCR takes them: in colours, and squeezed into a square.

Training calls these same functions, so both see the same pixels.
"""

from __future__ import annotations

import numpy as np
from PIL import Image

from pipelines.handwriting.pages import FoundLine
from pipelines.handwriting.trocr_settings import TrocrPreprocessing
from pipelines.images import ImageSource, Page, read_page

AFFINE, BILINEAR = Image.Transform.AFFINE, Image.Resampling.BILINEAR
PAINTED = 32  # more than turning a picture twice may change a grey


def read_square(source: ImageSource, preprocessing: TrocrPreprocessing) -> np.ndarray:
    """Decode a picture of one line of text.

    Args:
        source: see `pipelines.images.ImageSource`.
        preprocessing: the side of the square and how to get there.

    Returns:
        uint8 [side, side, 3], RGB.

    Raises:
        InputError: the source cannot be read as an image.
    """
    return squeeze(read_page(source, colours=True).picture, preprocessing)


def squeeze(picture: Image.Image, preprocessing: TrocrPreprocessing) -> np.ndarray:
    """Squeeze an RGB picture into a square; see `read_square`."""
    size = (preprocessing.side, preprocessing.side)
    return np.asarray(picture.resize(size, Image.Resampling[preprocessing.interpolation.upper()]))


def restore_colours(found: FoundLine, page: Page) -> Image.Image:
    """Give a line that was found in grey its colours; what was painted over stays so."""
    colours, grey = (
        np.array(picture.transform(found.grey.size, AFFINE, found.placement, BILINEAR))
        for picture in (page.picture, page.grey)
    )
    found_grey = np.asarray(found.grey)
    painted = np.abs(grey.astype(int) - found_grey) > PAINTED
    colours[painted] = found_grey[painted, None]
    return Image.fromarray(colours)
