"""Lines out of transcribed pages in PAGE XML and ALTO XML, to train on.

Each line is cut out, once, into a folder of $DLTASKS_HOME. A line or a page that cannot be used
becomes an example whose file says why, so that checking the data names it and the rest goes on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from dltasks.data.examples import Example
from dltasks.data.folders import list_folder
from dltasks.data.transcripts import normalise_text
from dltasks.durable import part_of, remove_leftovers, replace_folder
from dltasks.locks import wait_for
from pipelines.bundle.folder import home
from pipelines.bundle.reading import read_regular
from pipelines.doubts import keep_doubts
from pipelines.errors import ConfigurationError, InputError
from pipelines.handwriting.page_xml import (
    PageLayout,
    cut_lines,
    find_picture,
    open_page_of,
    read_layout,
)
from pipelines.images import read_page

CUTS = "lines 3"  # of the way lines are cut; another way gives them other folders
OF_COLLECTIONS = ("mets.xml", "metadata.xml")  # beside pages, but of all of them together
OF_KINDS = ("page", "alto", "pagexml", "altoxml", "xml")  # names of folders that name no writer
PROBLEM = ".problem"  # ends a file that says why there is no picture of a line


class _Page(NamedTuple):
    """A page that can be read: its file, its layout and its picture."""

    file: Path
    layout: PageLayout
    picture: Path


def find_page_files(path: Path) -> list[Path]:
    """List the XML files of pages at a place: the file itself, or those below a folder."""
    if path.is_file():
        return [path] if path.suffix.lower() == ".xml" else []
    files = list_folder(path, {".xml"}).files
    return [file for file in files if file.name.lower() not in OF_COLLECTIONS]


def read_pages(files: Sequence[Path]) -> list[Example]:
    """Cut the lines out of pages.

    Args:
        files: PAGE or ALTO XML.

    Returns:
        An example a line that has a text; its group is the folder, or where there is but one
        folder the page. A page that cannot be used is one example.

    Raises:
        ConfigurationError: no page can be used, or no line of all the pages has a text.
    """
    folders = {file: _folder_of_writer(file) for file in files}
    several = len(set(folders.values())) > 1
    examples: list[Example] = []
    problems: list[str] = []
    for file in files:
        group = folders[file].name if several else file.stem
        name = str(file) if several else file.name
        try:
            examples += _read_page(file, name, group)
        except InputError as error:
            problems.append(str(error))
            source = _write_problem(str(error).removeprefix(f"{file}: "))
            examples.append(Example(source, "", origin=name, group=group))
    if len(problems) == len(files):
        more = f"; nor can the other {len(files) - 1} pages be used" if len(files) > 1 else ""
        raise ConfigurationError(f"{problems[0]}{more}")
    if len(problems) == len(examples):
        raise ConfigurationError(
            f"{files[0]}{' and others' * (len(files) > 1)}: no line with a text in it; transcribe "
            "the page first"
        )
    return examples


def _folder_of_writer(file: Path) -> Path:
    """Give the folder of a page; `letters/page/1.xml` is of the letters."""
    folder = file.parent
    return folder.parent if folder.name.lower() in OF_KINDS else folder


def _read_page(file: Path, name: str, group: str) -> Iterator[Example]:
    layout = read_layout(file)
    page = _Page(file, layout, find_picture(file, layout.picture))
    folder = _cut_once(page)
    for number, line in enumerate(layout.lines):
        if text := normalise_text(line.text):
            where = f"{name} line {line.identifier or number + 1}"
            picture, problem = (_path_of(folder, number, ending) for ending in (".png", PROBLEM))
            source = problem if problem.exists() else picture
            yield Example(str(source), text, origin=where, group=group)


def is_cut(source: str) -> bool:
    """Tell whether a file is a line that was cut out of a page here."""
    return Path(source).is_relative_to(home() / "lines")


def problem_of(source: str) -> str:
    """Say why a line was not cut out; "" where it was."""
    is_problem = source.endswith(PROBLEM) and is_cut(source)
    return Path(source).read_text(encoding="utf-8") if is_problem else ""


def _cut_once(page: _Page) -> Path:
    """Cut all lines of a page into a folder that is named after the contents of both files."""
    try:
        contents = [CUTS.encode(), *map(read_regular, (page.file, page.picture))]
    except OSError as error:
        raise InputError(f"{error.filename}: cannot be read: {error.strerror}") from None
    folder = _folder_of(b"".join(contents))
    with wait_for(folder):
        if not folder.is_dir():
            _cut_lines(page, folder)
    return folder


def _folder_of(contents: bytes) -> Path:
    return home() / "lines" / hashlib.sha256(contents).hexdigest()[:24]


def _path_of(folder: Path, number: int, ending: str) -> Path:
    return folder / f"{number:04d}{ending}"


def _cut_lines(page: _Page, folder: Path) -> None:
    with keep_doubts() as doubts:
        picture, factor = read_page(open_page_of(page.picture, page.layout.picture))
    if doubts:  # a line of the missing part would be a text without a picture
        raise InputError(f"{page.file}: its picture is not whole: {doubts[0]}")
    cuts = cut_lines(picture, page.layout, str(page.file), factor=factor)
    remove_leftovers(folder)
    partial = part_of(folder)
    partial.mkdir(parents=True)
    for number, cut in enumerate(cuts):
        if cut.grey is not None:
            cut.grey.save(_path_of(partial, number, ".png"))
        else:
            _path_of(partial, number, PROBLEM).write_text(cut.problem, encoding="utf-8")
    replace_folder(partial, folder)


def _write_problem(problem: str) -> str:
    """Write down why a page cannot be used; give the file."""
    folder = _folder_of(f"{CUTS} {problem}".encode(errors="backslashreplace"))
    path = folder / f"page{PROBLEM}"
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(problem, encoding="utf-8", errors="backslashreplace")
    return str(path)
