"""The pages of a TIFF, one at a time."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from PIL import Image

from pipelines.errors import InputError
from pipelines.images.files import check_size, first_line
from pipelines.images.tiff_tags import is_preview_frame

MOST_PAGES = 10_000  # finding them takes time in proportion to the square


class TiffFile:
    """The pages of a TIFF, without the previews that some cameras and programs put beside them.

    Args:
        content: the path of the file, or its bytes.
        name: in messages.

    Raises:
        InputError: it cannot be read at all.
    """

    def __init__(self, content: Path | bytes, name: str) -> None:
        self._content = content
        try:
            self._frames = self._list_frames(name)
        except InputError:
            raise
        except Exception as error:  # decoders raise all kinds on damaged files
            raise InputError(f"{name}: damaged image: {first_line(error)}") from None

    def __len__(self) -> int:
        return len(self._frames)

    def open_page(self, index: int, name: str) -> Image.Image:
        """Open a page, from 0.

        Raises:
            InputError: it is damaged, or too large to be safe.
        """
        try:
            image = self._open()
            image.seek(self._frames[index])
            return check_size(image, name)
        except InputError:
            raise
        except Exception as error:  # decoders raise all kinds on damaged files
            raise InputError(f"{name}: damaged image: {first_line(error)}") from None

    def _open(self) -> Image.Image:
        is_path = isinstance(self._content, Path)
        file: Any = self._content if is_path else io.BytesIO(self._content)  # type: ignore[arg-type]
        return Image.open(file, formats=("TIFF",))

    def _list_frames(self, name: str) -> list[int]:
        """List the frames that are pages; a damaged one is a page, which fails when it is opened.

        Two damaged ones in a row are the end, since the rest of the file cannot be told apart.
        """
        frames: list[int] = []
        damaged = 0
        with self._open() as image:
            for number in range(MOST_PAGES + 1):
                try:
                    image.seek(number)
                    is_preview = is_preview_frame(image)
                    damaged = 0
                except EOFError:
                    break
                except Exception:  # decoders raise all kinds on damaged files
                    is_preview = damaged > 0
                    damaged += 1
                if number == MOST_PAGES:
                    raise InputError(
                        f"{name}: refused, more than {MOST_PAGES:,} pages in one file; split it"
                    )
                if not is_preview:
                    frames.append(number)
                if damaged > 1:
                    break
        return frames or [0]
