"""Make the built-in bundle `handwriting-latin` from named data.

    mkdir -p sources/npm sources/debian
    (cd sources/npm && npm pack cldr-dates-full cldr-localenames-full && for f in *.tgz; do
        d=${f%-[0-9]*}; mkdir -p $d; tar xzf $f -C $d; done)
    npm install --ignore-scripts --prefix sources @fontsource/...   # the families in recipe.toml
    ln -s node_modules/@fontsource sources/fonts                    # for training
    apt-get download libreoffice-help-{de,fr,it,pt} firefox-esr-l10n-{de,fr,it,pt-pt} \
        thunderbird-l10n-{de,it} r-cran-janeaustenr
    for f in *.deb; do dpkg -x $f sources/debian; done
    apt-get download lomiri-wallpapers-16.04; pip download --no-deps scikit-learn scikit-image
    pip install faker num2words
    PYTHONHASHSEED=0 python -m scripts.handwriting_latin.make --data data --shared shared/data \
        --sources sources --test-fonts test-fonts

sources/photographs holds the photographs that recipe.toml names, none of which shows writing.
--data holds htr-lines-fr, htr-lines-fr-2 and htr-pages, unpacked. Writers are kept apart: the
training set has neither lines nor texts of the writers of validation and of the test, and the test
is for the last figure alone. Fonts and made-up texts are kept apart in the same way.
runs/built-in/handwriting-latin/data then holds

    labels.tsv       the lines of an epoch, and the varied ones that choose the best epoch
    alphabet.txt     the symbols
    texts.txt        what the language model is trained on
    writers.tsv      the split of every writer
    pages.tsv        the split of every page of htr-pages, by its writer
    fonts.tsv        the split of every family of fonts, and whether it has capitals alone
    fonts/SPLIT/     the lines that are written in fonts
    blanks/          lines without writing
    sets/NAME/       labels.tsv of every set to measure on; kinds_valid and kinds_test by kind
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import click

from dltasks.data.examples import Example
from pipelines.ctc.alphabet import Alphabet
from scripts.built_in import ROOT, WORK, make
from scripts.handwriting_latin.blanks import write_blanks
from scripts.handwriting_latin.fonts import Font, FontChooser, read_fonts, split_fonts
from scripts.handwriting_latin.lines import draw_kinds, plan_lines, write_lines
from scripts.handwriting_latin.sources import is_held_out, read_languages
from scripts.handwriting_latin.tables import (
    write_fonts,
    write_kinds,
    write_mix,
    write_set,
    write_splits,
)
from scripts.handwriting_latin.texts import KINDS, TextMaker, make_language_texts
from scripts.handwriting_latin.writers import (
    CENTURY_19,
    OLD,
    ONE_HAND,
    VOLUNTEERS,
    Handwriting,
    read_handwriting,
)

SYMBOLS = (
    " abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
    "áéíóúüñÁÉÍÓÚÜÑàâæçèêëîïôœùûÿÀÂÆÇÈÊËÎÏÔŒÙÛ"
    "äößãõìòøåÄÖÃÕÌÒØÅ"
    ".,;:!?¿¡'\"-()/&+=*@#%_[]<>«»’‘“”—–…€$£°^|§ºª²½"
    "„‚‹›{}\\~•×"
)
SETS = {  # to measure on: source and split
    "old437": (OLD, "valid"),
    "copiste_valid": (VOLUNTEERS, "valid"),
    "copiste_test": (VOLUNTEERS, "test"),
    "mss19_valid": (CENTURY_19, "valid"),
    "mss19_test": (CENTURY_19, "test"),
}
MEASURED = {  # for the card: of writers that training did not see
    "copiste_test": "test: lines by volunteers of 2024",
    "mss19_test": "test: lines of the 19th century",
    "old437": "validation: lines of 1898 to 1918",
}


@dataclass(frozen=True)
class Places:
    """Folders: `out` is written, the others are read, as the options of the command say."""

    data: Path
    shared: Path
    sources: Path
    test_fonts: Path | None
    out: Path


@dataclass(frozen=True)
class Amounts:
    """How many lines of each source an epoch and the choice of the best epoch have."""

    synthetic: int
    one_hand: int
    volunteers_repeated: int
    blanks: int = 1_200
    valid_old: int = 200
    valid_volunteers: int = 350
    valid_mss19: int = 100
    valid_a_kind: int = 12
    measured_a_kind: int = 40


def gather(places: Places, amounts: Amounts, seed: int, say: Callable[[str], None]) -> None:
    """Gather the lines and texts to train and to measure on."""
    out, draw = places.out, random.Random(seed)
    handwriting = read_handwriting(places.data, seed)
    write_splits(out, handwriting)
    (out / "alphabet.txt").write_bytes(Alphabet(tuple(sorted(SYMBOLS))).to_bytes())

    french = [text for text in handwriting.running_text() if not is_held_out(text)]
    maker = TextMaker(read_languages(places.sources, places.shared, french), SYMBOLS, seed)
    train_fonts, valid_fonts = gather_fonts(places, seed)
    say(f"{len(train_fonts)} fonts to train on, {len(valid_fonts)} held out")
    kinds = draw_kinds(draw, amounts.synthetic)
    planned = list(plan_lines(maker, FontChooser(train_fonts, seed), kinds))
    written = [line for _, line in write_lines(planned, out / "fonts" / "train", seed)]
    say(f"{len(written)} lines in fonts")
    kinds_valid = write_measured_kinds(places, valid_fonts, amounts, seed)
    write_sets(out, handwriting, say)

    blanks = write_blanks(places.sources / "photographs", out / "blanks", amounts.blanks, seed)
    say(f"{blanks} lines without writing")

    train = mix_train(handwriting, written, amounts, draw, say)
    valid = mix_valid(handwriting, kinds_valid, amounts, draw)
    write_mix(out, train, valid)
    say(f"{len(train)} lines to train on, {len(valid)} to choose the best epoch by")

    texts = make_language_texts(maker, french, seed)
    (out / "texts.txt").write_text("\n".join(texts), encoding="utf-8")
    say(f"{len(texts)} texts for the language model")


def gather_fonts(places: Places, seed: int) -> tuple[list[Font], list[Font]]:
    """Read the fonts, and give those for training and those for validation."""
    fonts = read_fonts(places.sources / "fonts")
    splits = split_fonts(fonts, seed)
    write_fonts(places.out, fonts, splits)
    train, valid = (
        [font for font in fonts if splits[font.family] == split] for split in ("train", "valid")
    )
    return train, valid


def write_measured_kinds(
    places: Places, valid_fonts: list[Font], amounts: Amounts, seed: int
) -> list[Example]:
    """Write lines of held-out texts in held-out fonts, as many of each kind.

    Returns:
        Those in the fonts for validation, kind by kind.
    """
    languages = read_languages(places.sources, places.shared, held_out=True)
    maker = TextMaker(languages, SYMBOLS, seed + 1)
    kinds = [kind for kind in KINDS for _ in range(amounts.measured_a_kind)]

    def write_split(split: str, fonts: list[Font]) -> list[Example]:
        planned = list(plan_lines(maker, FontChooser(fonts, seed), kinds))
        lines = write_lines(planned, places.out / "fonts" / split, seed)
        write_kinds(places.out / "sets" / f"kinds_{split}", lines)
        return [line for _, line in lines]

    valid = write_split("valid", valid_fonts)
    if places.test_fonts:
        write_split("test", read_fonts(places.test_fonts))
    return valid


def write_sets(out: Path, handwriting: Handwriting, say: Callable[[str], None]) -> None:
    """Write the manifests of the handwritten lines to measure on."""
    for name, (source, split) in SETS.items():
        lines = handwriting.take(source, split)
        write_set(out / "sets" / name, lines)
        say(f"{name}: {len(lines)} lines of {len({line.group for line in lines})} writers")


def mix_train(
    handwriting: Handwriting,
    written: list[Example],
    amounts: Amounts,
    draw: random.Random,
    say: Callable[[str], None],
) -> list[Example]:
    """Give the lines of an epoch."""
    sources = {
        OLD: handwriting.take(OLD, "train"),
        "volunteers": handwriting.take(VOLUNTEERS, "train") * amounts.volunteers_repeated,
        CENTURY_19: handwriting.take(CENTURY_19, "train"),
        ONE_HAND: draw.sample(handwriting.take(ONE_HAND, "train"), amounts.one_hand),
        "fonts": written,
    }
    for name, lines in sources.items():
        say(f"train on {len(lines)} lines of {name}")
    return [line for lines in sources.values() for line in lines]


def mix_valid(
    handwriting: Handwriting, kinds_valid: list[Example], amounts: Amounts, draw: random.Random
) -> list[Example]:
    """Give the lines that choose the best epoch: some of every source and kind."""
    counts = {
        OLD: amounts.valid_old,
        VOLUNTEERS: amounts.valid_volunteers,
        CENTURY_19: amounts.valid_mss19,
    }
    sampled = [draw.sample(handwriting.take(name, "valid"), counts[name]) for name in counts]
    first_of_kinds = [
        line
        for number, line in enumerate(kinds_valid)
        if number % amounts.measured_a_kind < amounts.valid_a_kind
    ]
    return [*(line for lines in sampled for line in lines), *first_of_kinds]


@click.command()
@click.option("--data", type=click.Path(path_type=Path, exists=True), required=True)
@click.option("--shared", type=click.Path(path_type=Path, exists=True), required=True)
@click.option("--sources", type=click.Path(path_type=Path, exists=True), required=True)
@click.option("--test-fonts", type=click.Path(path_type=Path, exists=True))
@click.option("--count", default=6_800, show_default=True, help="Lines to write in fonts.")
@click.option("--one-hand", default=800, show_default=True, help="Lines of peraire.")
@click.option("--volunteers", default=2, show_default=True, help="Times their lines count.")
@click.option("--seed", default=1, show_default=True)
def main(
    data: Path,
    shared: Path,
    sources: Path,
    test_fonts: Path | None,
    count: int,
    one_hand: int,
    volunteers: int,
    seed: int,
) -> None:
    """Gather lines and texts, train on them, and seal the bundle."""
    out = WORK / "handwriting-latin" / "data"
    if not out.exists():
        places = Places(data, shared, sources, test_fonts, out)
        gather(places, Amounts(count, one_hand, volunteers), seed, click.echo)
    make(
        __file__,
        out / "labels.tsv",
        examples=[str(ROOT / "examples" / "linea.png")],
        measure={data: str(out / "sets" / name) for name, data in MEASURED.items()},
        alphabet=str(out / "alphabet.txt"),
        language_text=str(out / "texts.txt"),
        blanks=str(out / "blanks"),
        rounded_weights=True,
    )


if __name__ == "__main__":
    main()
