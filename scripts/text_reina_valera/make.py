"""Make the built-in bundle `text-reina-valera` from the Bible in Spanish of 1909.

    pip install ".[train]"
    dpkg-deb -x sword-text-sparv_2.60-1_all.deb sparv
    python -m scripts.text_reina_valera.make sparv/usr/share/sword

`sword-text-sparv` is a package of Debian: the Reina-Valera of 1909, public domain, as a module of
the SWORD project (driver zText, one block per book, markup OSIS). A verse becomes a line; an empty
line stands between books.
"""

from __future__ import annotations

import html
import re
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import click

from scripts.built_in import WORK, make

MODULE = Path("modules/texts/ztext/spaRV1909eb")
TESTAMENTS = ("ot", "nt")
BLOCK = struct.Struct("<III")  # offset and size in .bzz, size when unpacked
VERSE = struct.Struct("<IIH")  # block, offset and size in it
# What is no verse: headings and notes, with all in them; then every other tag.
LEFT_OUT = re.compile(r"<(title|note)\b.*?</\1>", re.DOTALL)
TAG = re.compile(r"<[^>]*>")


def read_books(folder: Path) -> Iterator[list[str]]:
    """Yield the verses of each book."""
    for testament in TESTAMENTS:
        packed = (folder / f"{testament}.bzz").read_bytes()
        blocks = [
            zlib.decompress(packed[offset : offset + size])
            for offset, size, _ in BLOCK.iter_unpack((folder / f"{testament}.bzs").read_bytes())
        ]
        books: dict[int, list[str]] = {}
        for block, offset, size in VERSE.iter_unpack((folder / f"{testament}.bzv").read_bytes()):
            verse = strip_markup(blocks[block][offset : offset + size].decode("utf-8"))
            if verse:
                books.setdefault(block, []).append(verse)
        yield from books.values()


def strip_markup(verse: str) -> str:
    """Give the words of a verse, one space between them."""
    return " ".join(html.unescape(TAG.sub("", LEFT_OUT.sub("", verse))).split())


@click.command()
@click.argument("sword", type=click.Path(exists=True, file_okay=False, path_type=Path))
def main(sword: Path) -> None:
    """Read the module below SWORD, train on its text, and seal the bundle."""
    text = WORK / "text-reina-valera" / "reina_valera.txt"
    text.parent.mkdir(parents=True, exist_ok=True)
    books = ["\n".join(verses) + "\n" for verses in read_books(sword / MODULE)]
    text.write_text("\n".join(books), encoding="utf-8")
    make(__file__, text)


if __name__ == "__main__":
    main()
