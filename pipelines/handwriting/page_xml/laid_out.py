"""A page whose lines are known: a source for the pipeline."""

from __future__ import annotations

from PIL import Image

from pipelines.errors import InputError
from pipelines.handwriting.page_xml.cutting import cut_lines
from pipelines.handwriting.page_xml.layout import PageLayout
from pipelines.handwriting.pages import FoundLine
from pipelines.images import ImageSource, LazyPicture, describe, open_image
from pipelines.images.documents import only_page


class LaidOutPage(LazyPicture):
    """A picture, and where its lines are: `read(LaidOutPage("a.jpg", read_layout("a.xml")))`.

    Args:
        picture: any source of a picture.
        layout: of the page.
        origin: the file of the layout, named in errors.

    Attributes:
        problems: the lines that cannot be cut out, and why; known once the page was read.
    """

    def __init__(
        self, picture: ImageSource, layout: PageLayout, origin: str = "the layout"
    ) -> None:
        self.picture = picture
        self.name = describe(picture)
        self.problems: tuple[str, ...] = ()
        self._layout = layout
        self._origin = origin

    def open_picture(self) -> Image.Image:
        return open_image(only_page(self.picture))

    def cut(self, grey: Image.Image, factor: float) -> list[FoundLine]:
        """Cut the lines out of the decoded picture, which is smaller than its file by a factor.

        Raises:
            InputError: the layout is not that of the picture.
        """
        cuts = cut_lines(grey, self._layout, self._origin, factor=factor)
        self.problems = tuple(
            f"{self._origin} line {cut.line.identifier or number}: {cut.problem}"
            for number, cut in enumerate(cuts, start=1)
            if cut.problem
        )
        found = [FoundLine(cut.box, cut.grey) for cut in cuts if cut.grey is not None]
        if not found:
            raise InputError(f"{self.problems[0]}; no line can be read")
        return found
