"""Gather the data of the built-in model `handwriting-latin`.

    python scripts/handwriting_latin.py --real htr-lines-fr --fonts fonts/train --out latin \
        --texts english.txt --texts spanish.txt --texts french.txt
    dltasks train --config scripts/handwriting_latin.toml
    python scripts/seal_built_in.py my_models/latin scripts/cards/handwriting-latin.toml \
        --example line.png --measure "unseen fonts=fonts_test/labels.tsv"

Real lines come as a folder a writer with a labels.tsv. The texts to write in fonts are those given,
a text a line, and the running text of the writers that are trained on, never of the others, with
numbers and dates made up here; french_letters.py makes up more. splice_lines.py makes more lines of
the real ones, for --spliced. Writers are kept apart: those of the validation split give nothing to
training, neither lines nor texts.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
import numpy as np

from dltasks.data.examples import Example, take_groups
from dltasks.data.transcripts import read_transcripts
from dltasks.tasks.handwriting.synthesis import synthesize
from pipelines.ctc.alphabet import Alphabet

SYMBOLS = (
    " abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
    "áéíóúüñÁÉÍÓÚÜÑàâæçèêëîïôœùûÿÀÂÆÇÈÊËÎÏÔŒÙÛ"
    ".,;:!?¿¡'\"-()/&+=*@#%_[]<>«»’‘“”—–…€$£°^|§ºª²½"
)
VALID_FRACTION = 0.15
SPLIT_SEED = 1
WORDS_A_TEXT = 14  # of a writer's running text
WORDS_APART = 4  # between the beginnings of such texts
NUMBERS_SHARE = 0.1  # of all texts
WRITERS_TEXTS_REPEATED = 8


def running_text(examples: Sequence[Example]) -> Iterator[str]:
    """Give runs of words that go on from line to line of a writer."""
    words: dict[str, list[str]] = {}
    for example in examples:
        words.setdefault(example.group, []).extend(example.target.split())
    for writer in words.values():
        for start in range(0, len(writer), WORDS_APART):
            yield " ".join(writer[start : start + WORDS_A_TEXT])


def numbers_and_signs(words: Sequence[str], random: np.random.Generator) -> str:
    """Make up a date, a sum, an address or a run of signs, for what sentences are short of."""
    number = lambda least, most: str(random.integers(least, most + 1))  # noqa: E731
    word = lambda: words[int(random.integers(len(words)))]  # noqa: E731
    signs = "".join(random.choice(list(SYMBOLS[1:]), int(random.integers(3, 14))))
    kinds = (
        f"{number(1, 31)}/{number(1, 12)}/{number(1850, 2025)}, {number(0, 23)}:{number(10, 59)}",
        f"{number(1, 31)} {word()} {number(1850, 2025)}",
        f"N° {number(1, 9999)} {number(10000, 99999)} {word().capitalize()}",
        f"{number(1, 99)}.{number(100, 999)},{number(10, 99)} {random.choice(list('€$%£'))}",
        f"{word().upper()} {word().capitalize()} {word()}",
        f"{signs} {word()}",
    )
    return kinds[int(random.integers(len(kinds)))]


def gather_texts(files: Sequence[Path], train: Sequence[Example], seed: int) -> list[str]:
    """Mix the given texts, those of the writers and made-up ones; others than SYMBOLS are left."""
    random = np.random.default_rng(seed)
    texts = [line for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    words = sorted({word for text in texts for word in text.split() if word.isalpha()})
    texts += list(running_text(train)) * WRITERS_TEXTS_REPEATED
    texts += [numbers_and_signs(words, random) for _ in range(round(len(texts) * NUMBERS_SHARE))]
    known = set(SYMBOLS)
    return [text for text in texts if text.strip() and set(text) <= known]


@click.command()
@click.option("--real", type=click.Path(path_type=Path, exists=True), required=True)
@click.option("--texts", type=click.Path(path_type=Path, exists=True), multiple=True, required=True)
@click.option("--spliced", type=click.Path(path_type=Path, exists=True), help="More real lines.")
@click.option("--fonts", type=click.Path(path_type=Path, exists=True), required=True)
@click.option("--out", type=click.Path(path_type=Path), required=True)
@click.option("--count", default=28_000, show_default=True, help="Lines to write in fonts.")
@click.option("--repeats", default=12, show_default=True, help="Times a real line counts.")
@click.option("--seed", default=1, show_default=True)
def main(
    real: Path,
    texts: tuple[Path, ...],
    spliced: Path | None,
    fonts: Path,
    out: Path,
    count: int,
    repeats: int,
    seed: int,
) -> None:
    """Write labels.tsv, alphabet.txt and texts.txt into --out, and the lines in fonts below it."""
    examples = read_transcripts(str(real), {".jpg"})
    train, valid = take_groups(examples, fraction=VALID_FRACTION, seed=SPLIT_SEED)
    out.mkdir(parents=True)
    (out / "alphabet.txt").write_bytes(Alphabet(tuple(sorted(SYMBOLS))).to_bytes())
    gathered = gather_texts(texts, train, seed)
    (out / "texts.txt").write_text("\n".join(gathered), encoding="utf-8")
    synthesize(out / "texts.txt", fonts, out / "fonts", count=count, seed=seed)
    written = read_transcripts(str(out / "fonts"), {".jpg"})
    if spliced:
        written += read_transcripts(str(spliced), {".png"})
    with (out / "labels.tsv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, delimiter="\t", lineterminator="\n")
        table.writerow(("path", "text", "split", "writer"))
        for split, items in (("train", [*written, *train * repeats]), ("valid", valid)):
            for item in items:
                path = Path(item.source).absolute()
                table.writerow((path, item.target, split, item.group))


if __name__ == "__main__":
    main()
