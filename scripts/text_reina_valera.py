"""Write the text of the built-in model `text-reina-valera`: the Bible in Spanish of 1909.

    dpkg-deb -x sword-text-sparv_2.60-1_all.deb sparv
    python scripts/text_reina_valera.py sparv/usr/share/sword reina_valera.txt
    dltasks train --config scripts/text_reina_valera.toml --set data=reina_valera.txt \
        --out my_models/reina-valera
    python scripts/seal_built_in.py my_models/reina-valera scripts/cards/text-reina-valera.toml

`sword-text-sparv` is a package of Debian: the Reina-Valera of 1909, public domain, as a module of
the SWORD project (driver zText, a book a block, markup OSIS). A verse becomes a line; an empty line
stands between books.
"""

from __future__ import annotations

import html
import re
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import click

MODULE = Path("modules/texts/ztext/spaRV1909eb")
TESTAMENTS = ("ot", "nt")
BLOCK = struct.Struct("<III")  # offset and size in .bzz, size when unpacked
VERSE = struct.Struct("<IIH")  # block, offset and size in it
# What is no verse: headings and notes, with all in them; then every other tag.
LEFT_OUT = re.compile(r"<(title|note)\b.*?</\1>", re.DOTALL)
TAG = re.compile(r"<[^>]*>")


def read_books(folder: Path) -> Iterator[list[str]]:
    """Give the verses of each book."""
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
@click.argument("out", type=click.Path(dir_okay=False, path_type=Path))
def main(sword: Path, out: Path) -> None:
    """Read the module below SWORD, write the text OUT."""
    books = ["\n".join(verses) + "\n" for verses in read_books(sword / MODULE)]
    text = "\n".join(books)
    out.write_text(text, encoding="utf-8")
    click.echo(f"{len(books)} books, {len(text)} characters, {len(set(text))} different ones")


if __name__ == "__main__":
    main()
