"""Read handwriting: a picture of a line, or of a page."""

from __future__ import annotations

import os
from collections.abc import Sequence
from statistics import fmean
from typing import Any, NamedTuple

from pipelines.base import Pipeline
from pipelines.bundle.families import choose_family
from pipelines.bundle.folder import Bundle
from pipelines.handwriting.ctc_family import CtcFamily
from pipelines.handwriting.family import Family
from pipelines.handwriting.geometry import Affine
from pipelines.handwriting.lines import LONG_ENOUGH
from pipelines.handwriting.page_xml import LaidOutPage, Outline, restore_outlines
from pipelines.handwriting.pages import FoundLine, FoundPage, find_lines
from pipelines.handwriting.pages.finding import load_finder
from pipelines.handwriting.results import Handwriting, TextLine, join_lines
from pipelines.handwriting.trocr_family import TrocrFamily
from pipelines.images import ImageSource, Page, describe, read_page
from pipelines.options import ReadingOptions
from pipelines.session import Graph

# A network that says nothing of its family is one of ours.
FAMILIES: dict[str, type[Family]] = {"ctc": CtcFamily, "trocr": TrocrFamily}
OWN_FAMILY = "ctc"
LINES_TO_TRY = 4  # both ways up, where it is not sure which is right
FEWEST_WORDS = 3  # fewer do not tell which way is right; then the picture's own is
LOWEST_PAGE = 100  # pixels; a lower picture is one line, however little it looks like one


class PagePicture(NamedTuple):
    """The lines of a picture.

    Attributes:
        lines: in reading order, as a family takes them.
        size: of the picture in pixels: width, height.
        turned: degrees by which the writing is turned to the left.
        outlines: of the lines, where a layout gives them.
        is_searched: whether the lines were looked for; what reads as nothing is then no line.
    """

    lines: list[Any]
    size: tuple[int, int]
    turned: int
    outlines: list[Outline]
    is_searched: bool


class HandwritingRecognition(Pipeline[ImageSource, PagePicture, ReadingOptions, Handwriting]):
    """Read pictures of handwriting with a bundle; make one with `pipelines.load`."""

    options_class = ReadingOptions

    gpu_batch_size = 8

    def __init__(self, bundle: Bundle, *, device: str = "auto", threads: int | None = None) -> None:
        super().__init__(bundle, device=device, threads=threads)
        self._family = family_of(bundle)(bundle)
        self._finders: dict[int, Graph] = {}

    def make_options(self, options: dict[str, Any]) -> ReadingOptions:
        made = super().make_options(options)
        self._family.check(made)
        return made

    def decode(self, source: ImageSource, options: ReadingOptions) -> PagePicture:
        """Decode a picture and cut its lines out."""
        page, name = read_page(source, colours=self._family.sees_colours), describe(source)
        laid_out = source.cut(page.grey, page.factor) if isinstance(source, LaidOutPage) else []
        given = FoundPage(tuple(line.found for line in laid_out), 0)
        found = given if laid_out else self._find_lines(page, name, options)
        lines = [self._family.cut(line, page, name) for line in found.lines]
        outlines = [line.outline for line in laid_out]
        return PagePicture(lines, page.size, 90 * found.quarters, outlines, found.is_searched)

    def _find_lines(self, page: Page, name: str, options: ReadingOptions) -> FoundPage:
        """Find the lines of a page, or take the picture as one line."""
        grey, is_auto = page.grey, options.layout == "auto"
        whole = FoundPage((FoundLine(grey, Affine()),), 0)
        if options.layout == "line" or (is_auto and grey.height < LOWEST_PAGE):
            return whole

        def choose(first: FoundPage, second: FoundPage) -> FoundPage:
            ways = [(found, *self._try(found, page, name)) for found in (first, second)]
            if max(words for _, words, _ in ways) < FEWEST_WORDS and first.quarters % 2 == 0:
                return min(first, second, key=lambda found: found.quarters)
            return max(ways, key=lambda way: way[2])[0]

        found = find_lines(grey, self._finder, options.order, choose)
        is_long = grey.width > LONG_ENOUGH * grey.height
        return whole if is_auto and is_long and not found.lines else found

    def _try(self, found: FoundPage, page: Page, name: str) -> tuple[int, float]:
        """Read the longest lines of a page; count their words, and say how sure they are."""
        longest = sorted(found.lines, key=lambda line: line.grey.width)[-LINES_TO_TRY:]
        lines = [self._family.cut(line, page, name) for line in longest]
        options = ReadingOptions(beams=1)
        read = list(self._family.read(self._narrow_graph, lines, options, at_once=LINES_TO_TRY))
        sure = fmean(line.mean_confidence if line.words else 0.0 for line in read)
        return sum(len(line.words) for line in read), sure

    @property
    def _finder(self) -> Graph:
        """The network that finds lines, of this process: a fork does not take threads along."""
        key = os.getpid()
        with self._loading:
            if key not in self._finders:
                self._finders[key] = load_finder(
                    self.bundle, device=self.device, threads=self.threads
                )
        return self._finders[key]

    def load_graphs(self, threads: int) -> Any:
        return self._family.load(lambda file: self.load_graph(file, threads))

    def infer(
        self, graph: Any, examples: Sequence[PagePicture], options: ReadingOptions
    ) -> list[Handwriting]:
        """Read the lines of all pictures together."""
        lines = [line for page in examples for line in page.lines]
        found = iter(self._family.read(graph, lines, options, at_once=self.default_batch_size))
        return [self._join([next(found) for _ in page.lines], page, options) for page in examples]

    def _join(
        self, lines: Sequence[TextLine], page: PagePicture, options: ReadingOptions
    ) -> Handwriting:
        lines = restore_outlines(lines, page.outlines)
        if page.is_searched:
            lines = [line for line in lines if line.words]
        turned = page.turned if lines else 0
        return join_lines(lines, page.size, turned, options.min_confidence)


def family_of(bundle: Bundle) -> type[Family]:
    """Give the family of a bundle's network.

    Raises:
        BundleError: it is not known.
    """
    return choose_family(bundle, FAMILIES, OWN_FAMILY)
