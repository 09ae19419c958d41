"""Lines out of transcribed pages: PAGE XML (Pletschacher & Antonacopoulos 2010) and ALTO XML.

Each line is cut out by its polygon, once, into a folder of $DLTASKS_HOME; what lies outside of the
polygon is painted over with the colour of the paper. A line whose polygon holds nothing of the
picture becomes an empty file, so that checking the data names it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import numpy as np
from PIL import Image, ImageDraw

from dltasks.data.examples import Example
from dltasks.durable import part_of, remove_leftovers, replace_folder
from dltasks.locks import wait_for
from pipelines.bundle.folder import home
from pipelines.bundle.reading import read_regular
from pipelines.errors import ConfigurationError
from pipelines.images import read_grey_page

Point = tuple[float, float]
CUTS = "lines 2"  # of the way lines are cut; another way gives them other folders
IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png", ".tif", ".tiff")


class TranscribedLine(NamedTuple):
    """A line of a page.

    Attributes:
        identifier: in its file.
        polygon: corners in pixels of the page; none where the file has none that can be read.
        text: what it says.
    """

    identifier: str
    polygon: tuple[Point, ...]
    text: str


class TranscribedPage(NamedTuple):
    """A page's picture and its lines, from top to bottom as the file has them."""

    picture: Path
    lines: tuple[TranscribedLine, ...]


def find_page_files(path: Path) -> list[Path]:
    """List the XML files of pages at a place: the file itself, or those below a folder."""
    if path.is_file():
        return [path] if path.suffix.lower() == ".xml" else []
    return [file for file in sorted(path.rglob("*.xml")) if file.name.lower() != "mets.xml"]


def read_pages(files: Sequence[Path]) -> list[Example]:
    """Cut the lines out of pages.

    Args:
        files: PAGE or ALTO XML; each page's picture lies beside it.

    Returns:
        An example a line that has a text; its group is the folder, or where there is but one
        folder the page.

    Raises:
        ConfigurationError: a file is not XML of a page, its picture is missing, or no line of all
            the pages has a text.
        InputError: a picture cannot be read.
    """
    several = len({file.parent for file in files}) > 1
    examples = []
    for file in files:
        page = parse_page(file)
        folder = _cut_once(file, page)
        group = file.parent.name if several else file.stem
        for number, line in enumerate(page.lines):
            where = f"{file.name} line {line.identifier}"
            source = str(folder / f"{number:04d}.png")
            examples.append(Example(source, line.text, origin=where, group=group))
    if not examples:
        raise ConfigurationError(
            f"{files[0]}{' and others' * (len(files) > 1)}: no line with a text in it; transcribe "
            "the page first"
        )
    return examples


def is_cut(source: str) -> bool:
    """Tell whether a file is a line that was cut out of a page here."""
    return Path(source).is_relative_to(home() / "lines")


def parse_page(file: Path) -> TranscribedPage:
    """Read a PAGE or ALTO file; lines without a text are left out.

    Raises:
        ConfigurationError: it is neither, or its picture is missing.
    """
    try:
        root = ElementTree.fromstring(file.read_bytes())
    except (OSError, ElementTree.ParseError) as error:
        raise ConfigurationError(f"{file}: cannot be read as XML: {error}") from None
    kind = _name(root)
    if kind == "PcGts":
        lines, picture = list(_page_lines(root)), _page_picture(root)
    elif kind == "alto":
        lines, picture = list(_alto_lines(root)), _alto_picture(root)
    else:
        raise ConfigurationError(
            f"{file}: neither PAGE nor ALTO XML (its root is {kind!r}); export the page as one"
        )
    told = tuple(line for line in lines if line.text)
    return TranscribedPage(_find_picture(file, picture), told)


def _page_lines(root: ElementTree.Element) -> Iterator[TranscribedLine]:
    for element in _all(root, "TextLine"):
        coordinates = next(iter(_children(element, "Coords")), None)
        points = coordinates.get("points", "") if coordinates is not None else ""
        texts = sorted(_children(element, "TextEquiv"), key=lambda item: int(item.get("index", 0)))
        text = "".join(
            _text_of(child) for item in texts[:1] for child in _children(item, "Unicode")
        )
        yield TranscribedLine(element.get("id", ""), _points(points.replace(",", " ")), text)


def _page_picture(root: ElementTree.Element) -> str:
    return next((page.get("imageFilename", "") for page in _all(root, "Page")), "")


def _alto_lines(root: ElementTree.Element) -> Iterator[TranscribedLine]:
    for element in _all(root, "TextLine"):
        text = " ".join(item.get("CONTENT", "") for item in _children(element, "String"))
        polygons = [polygon.get("POINTS", "") for polygon in _all(element, "Polygon")]
        points = _points(polygons[0].replace(",", " ")) if polygons else _alto_box(element)
        yield TranscribedLine(element.get("ID", ""), points, text)


def _alto_box(element: ElementTree.Element) -> tuple[Point, ...]:
    try:
        left, top, width, height = (
            float(element.get(name, "")) for name in ("HPOS", "VPOS", "WIDTH", "HEIGHT")
        )
    except ValueError:
        return ()
    right, bottom = left + width, top + height
    return ((left, top), (right, top), (right, bottom), (left, bottom))


def _alto_picture(root: ElementTree.Element) -> str:
    return next((_text_of(item) for item in _all(root, "fileName")), "")


def _find_picture(file: Path, name: str) -> Path:
    """Find a page's picture by its name, or by that of the XML file."""
    named = file.parent / Path(name.replace("\\", "/")).name if name else file
    candidates = [named, *(file.with_suffix(suffix) for suffix in IMAGE_SUFFIXES)]
    for candidate in candidates:
        if candidate != file and candidate.is_file():
            return candidate
    raise ConfigurationError(f"{file}: its picture {name!r} is not beside it; put it there")


def _cut_once(file: Path, page: TranscribedPage) -> Path:
    """Cut all lines of a page into a folder that is named after the contents of both files."""
    contents = CUTS.encode() + file.read_bytes() + read_regular(page.picture)
    digest = hashlib.sha256(contents).hexdigest()[:24]
    folder = home() / "lines" / digest
    with wait_for(folder):
        if not folder.is_dir():
            _cut_lines(page, folder)
    return folder


def _cut_lines(page: TranscribedPage, folder: Path) -> None:
    remove_leftovers(folder)
    partial = part_of(folder)
    partial.mkdir(parents=True)
    picture, factor = read_grey_page(page.picture)
    for number, line in enumerate(page.lines):
        path = partial / f"{number:04d}.png"
        polygon = [(x / factor, y / factor) for x, y in line.polygon]
        if _meets(picture, polygon):
            cut_polygon(picture, polygon).save(path)
        else:
            path.touch()
    replace_folder(partial, folder)


def _meets(picture: Image.Image, polygon: Sequence[Point]) -> bool:
    """Tell whether a polygon is one, and the box around it shares pixels with a picture."""
    if len(polygon) < 3:
        return False
    corners = np.array(polygon)
    return bool((corners.max(axis=0) > 0).all() and (corners.min(axis=0) < picture.size).all())


def cut_polygon(picture: Image.Image, polygon: Sequence[Point]) -> Image.Image:
    """Cut the bounding box of a polygon out; outside of the polygon it becomes paper.

    Args:
        picture: mode "L".
        polygon: corners in pixels; parts beyond the picture are cut off.
    """
    corners = np.array(polygon)
    left, top = np.maximum(np.floor(corners.min(axis=0)), 0).astype(int).tolist()
    right, bottom = np.ceil(corners.max(axis=0)).astype(int).tolist()
    right, bottom = min(right, picture.width), min(bottom, picture.height)
    box = (left, top, max(right, left + 1), max(bottom, top + 1))
    mask = Image.new("L", picture.size, 0)
    ImageDraw.Draw(mask).polygon([(float(x), float(y)) for x, y in corners], fill=255)
    cut, inside = picture.crop(box), mask.crop(box)
    values = np.asarray(cut)[np.asarray(inside) > 0]
    paper = int(np.percentile(values, 75)) if values.size else 255
    return Image.composite(cut, Image.new("L", cut.size, paper), inside)


def _name(element: ElementTree.Element) -> str:
    """The name of an element without its namespace, which has changed with the years."""
    return element.tag.rpartition("}")[2]


def _all(element: ElementTree.Element, name: str) -> list[ElementTree.Element]:
    return [item for item in element.iter() if _name(item) == name]


def _children(element: ElementTree.Element, name: str) -> list[ElementTree.Element]:
    return [item for item in element if _name(item) == name]


def _text_of(element: ElementTree.Element) -> str:
    return (element.text or "").strip()


def _points(text: str) -> tuple[Point, ...]:
    """Read "x y x y ..."; a broken list is no polygon."""
    try:
        numbers = [float(number) for number in text.split()]
    except ValueError:
        return ()
    return tuple(zip(numbers[::2], numbers[1::2], strict=False))
