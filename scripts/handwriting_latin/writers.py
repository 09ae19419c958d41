"""Lines and pages of handwriting, split by writer.

htr-lines-fr has one folder a writer. The folders of htr-lines-fr-2 are named after their source:
copiste-... are of volunteers, mss19-... of texts of the 19th century, peraire-... of one hand.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from dltasks.data.examples import Example, take_groups
from dltasks.data.transcripts import read_transcripts

OLD = "htr-lines-fr"
NEW = "htr-lines-fr-2"
VOLUNTEERS = "copiste"
CENTURY_19 = "mss19"
ONE_HAND = "peraire"
OLD_VALID = (0.15, 1)  # fraction and seed, never changed, so that figures compare
PART = 0.12  # of the volunteers, for validation and again for the test
HELD_OUT = {  # of the texts of the 19th century; the others are trained on
    "mss19-lettre-boudreau-tessier": "valid",
    "mss19-manuscrit-zola-misc": "test",
    "mss19-lettres-cecile-t-chasse": "test",
}
WRITER_WORDS = 14  # of a piece of running text
WRITER_WORDS_APART = 4  # between the starts of two pieces


@dataclass(frozen=True)
class Handwriting:
    """All lines, and how they are split.

    Attributes:
        lines: by source; the group of a line is its writer.
        splits: of every writer, train, valid or test.
        pages: the names of the pictures of pages.
    """

    lines: dict[str, list[Example]]
    splits: dict[str, str]
    pages: list[str]

    def take(self, source: str, split: str) -> list[Example]:
        """Give the lines of a source that are in a split."""
        return [line for line in self.lines[source] if self.splits[line.group] == split]

    def running_text(self) -> Iterator[str]:
        """Give pieces of what the writers of the training set wrote, from line to line."""
        for source in self.lines:
            yield from running_text(self.take(source, "train"))

    def page_rows(self) -> Iterator[tuple[str, str, str]]:
        """Give every page with its writer and its split, that of the writer's lines."""
        for page in self.pages:
            writer = folder_of_page(page)
            yield page, writer, self.splits.get(writer, "no lines")


def read_handwriting(data: Path, seed: int) -> Handwriting:
    """Read and split the lines and pages of htr-lines-fr, htr-lines-fr-2 and htr-pages."""
    fraction, old_seed = OLD_VALID
    old_train, old_valid = take_groups(_read_lines(data / OLD), fraction=fraction, seed=old_seed)
    new = _read_lines(data / NEW)
    pages = sorted(path.name for path in (data / "htr-pages").glob("*.jpg"))
    lines = defaultdict(list, {OLD: [*old_train, *old_valid]})
    for line in new:
        lines[line.group.split("-")[0]].append(line)
    splits = split_writers({line.group for line in new}, pages, seed)
    splits |= {line.group: "train" for line in old_train}
    splits |= {line.group: "valid" for line in old_valid}
    return Handwriting(dict(lines), splits, pages)


def _read_lines(folder: Path) -> list[Example]:
    """Read the lines of a folder; a line's group is the folder that it is in."""
    return read_transcripts(str(folder), {".jpg"})


def writer_of(folder: str) -> str:
    """Tell which volunteer wrote a folder; doubles and old batches are of the same writer."""
    return re.sub(r"^copiste-(oldbatch-)?|-double$", "", folder)


def folder_of_page(page: str) -> str:
    """Tell the folder of lines of a page: copiste-wikitexte-0001 of wikitexte_0001_2.jpg."""
    stem = Path(page).stem
    return "copiste-" + re.sub(r"_[12]$", "", stem).replace("_", "-")


def split_writers(folders: Iterable[str], pages: Iterable[str], seed: int) -> dict[str, str]:
    """Give each folder of htr-lines-fr-2 its split: train, valid or test.

    Half of the volunteers that are held out are drawn from those who also wrote pages, so that
    pages can be measured too.
    """
    volunteers: dict[str, set[str]] = defaultdict(set)
    splits = {}
    for folder in sorted(folders):
        splits[folder] = HELD_OUT.get(folder, "train")
        if folder.startswith(f"{VOLUNTEERS}-"):
            volunteers[writer_of(folder)].add(folder)
    with_pages = {writer_of(folder_of_page(page)) for page in pages}
    draw = random.Random(seed)
    halves = [sorted(with_pages & set(volunteers)), sorted(set(volunteers) - with_pages)]
    wanted = round(len(volunteers) * PART / 2)
    for writers in halves:
        draw.shuffle(writers)
        for number, writer in enumerate(writers[: 2 * wanted]):
            for folder in volunteers[writer]:
                splits[folder] = "valid" if number < wanted else "test"
    return splits


def running_text(lines: Sequence[Example]) -> Iterator[str]:
    """Give pieces of the running text of each writer; a piece goes on from line to line."""
    words: dict[str, list[str]] = {}
    for line in lines:
        words.setdefault(line.group, []).extend(line.target.split())
    for writer in words.values():
        for start in range(0, len(writer), WRITER_WORDS_APART):
            yield " ".join(writer[start : start + WRITER_WORDS])
