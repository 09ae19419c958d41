"""Read handwriting: a picture of a line, or of a page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from PIL import Image

from pipelines.base import Pipeline
from pipelines.bundle.folder import Bundle
from pipelines.errors import BundleError
from pipelines.handwriting.ctc_family import CtcFamily
from pipelines.handwriting.family import Family
from pipelines.handwriting.geometry import Box
from pipelines.handwriting.page_xml import LaidOutPage, Outline, restore_outlines
from pipelines.handwriting.pages import FoundLine, find_lines
from pipelines.handwriting.results import Handwriting, join_lines
from pipelines.handwriting.trocr_family import TrocrFamily
from pipelines.images import ImageSource, describe, read_page
from pipelines.options import ReadingOptions

# A network that says nothing of its family is one of ours.
FAMILIES: dict[str, type[Family]] = {"ctc": CtcFamily, "trocr": TrocrFamily}
OWN_FAMILY = "ctc"
LOWEST_PAGE = 100  # pixels; a lower picture is one line, however little it looks like one


class PagePicture(NamedTuple):
    """The lines of a picture, as a family takes them, its size in pixels, and the outlines that a
    layout gives."""

    lines: list[Any]
    size: tuple[int, int]
    outlines: list[Outline]


class HandwritingRecognition(Pipeline[ImageSource, PagePicture, ReadingOptions, Handwriting]):
    """Read pictures of handwriting with a bundle; make one with `pipelines.load`."""

    options_class = ReadingOptions

    gpu_batch_size = 8

    def __init__(self, bundle: Bundle, *, device: str = "auto", threads: int | None = None) -> None:
        super().__init__(bundle, device=device, threads=threads)
        self._family = family_of(bundle)(bundle)

    def make_options(self, options: dict[str, Any]) -> ReadingOptions:
        made = super().make_options(options)
        self._family.check(made)
        return made

    def decode(self, source: ImageSource, options: ReadingOptions) -> PagePicture:
        """Decode a picture and cut its lines out."""
        page, name = read_page(source, colours=self._family.sees_colours), describe(source)
        grey = page.grey
        laid_out = source.cut(grey, page.factor) if isinstance(source, LaidOutPage) else []
        found = [line.found for line in laid_out] or _choose_lines(grey, options.layout)
        lines = [self._family.cut(line, page, name) for line in found]
        return PagePicture(lines, page.size, [line.outline for line in laid_out])

    def load_graphs(self, threads: int) -> Any:
        return self._family.load(lambda file: self.load_graph(file, threads))

    def infer(
        self, graph: Any, examples: Sequence[PagePicture], options: ReadingOptions
    ) -> list[Handwriting]:
        """Read the lines of all pictures together."""
        lines = [line for page in examples for line in page.lines]
        found = iter(self._family.read(graph, lines, options, at_once=self.default_batch_size))
        return [
            join_lines(
                restore_outlines([next(found) for _ in page.lines], page.outlines),
                page.size,
                options.min_confidence,
            )
            for page in examples
        ]


def family_of(bundle: Bundle) -> type[Family]:
    """Give the family of a bundle's network.

    Raises:
        BundleError: it is not known.
    """
    name = bundle.config.get("family", OWN_FAMILY)
    if not isinstance(name, str) or name not in FAMILIES:
        raise BundleError(
            f"{bundle.path}: family {name!r} is not one of {', '.join(FAMILIES)}; upgrade dltasks"
        )
    return FAMILIES[name]


def _choose_lines(grey: Image.Image, layout: str) -> list[FoundLine]:
    """Find the lines of a page, or take the picture as one line."""
    whole = FoundLine(Box(0, 0, *grey.size), grey)
    if layout == "line" or (layout == "auto" and grey.height < LOWEST_PAGE):
        return [whole]
    found = find_lines(grey)
    return found if len(found) > 1 or layout == "page" else [whole]
