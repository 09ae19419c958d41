"""Make the built-in bundle `handwriting-latin` from named data.

    mkdir -p sources/npm sources/debian
    (cd sources/npm && npm pack cldr-dates-full cldr-localenames-full && for f in *.tgz; do
        d=${f%-[0-9]*}; mkdir -p $d; tar xzf $f -C $d; done)
    npm install --ignore-scripts --prefix sources @fontsource/...   # the families in recipe.toml
    ln -s node_modules/@fontsource sources/fonts                    # for training
    apt-get download libreoffice-help-{de,fr,it,pt} firefox-esr-l10n-{de,fr,it,pt-pt} \
        thunderbird-l10n-{de,it} r-cran-janeaustenr
    for f in *.deb; do dpkg -x $f sources/debian; done
    pip install faker num2words
    python -m scripts.handwriting_latin.make --data data --shared shared/data --sources sources \
        --test-fonts test-fonts

--data holds htr-lines-fr, htr-lines-fr-2 and htr-pages, unpacked. Writers are kept apart: those of
validation and of the test give nothing to training, neither lines nor texts, and those of the test
are for the last figure alone. So are kept apart the fonts and the texts of texts.py. Below
runs/built-in/handwriting-latin/data lie then

    labels.tsv       the lines of an epoch, and the varied ones that choose the best epoch
    alphabet.txt     the symbols
    texts.txt        what the language model is learned from
    writers.tsv      the split of every writer
    pages.tsv        the split of every page of htr-pages, by its writer
    fonts.tsv        the split of every family of fonts, and whether it has capitals alone
    sets/NAME/       labels.tsv of every set to measure on; kinds_valid and kinds_test by kind
"""

from __future__ import annotations

import csv
import random
import re
import string
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from dltasks.data.examples import Example, take_groups
from dltasks.data.transcripts import read_transcripts
from dltasks.tasks.handwriting.synthesis import FontFile, find_fonts, write_line
from pipelines.ctc.alphabet import Alphabet
from pipelines.session import available_cores, map_in_order
from scripts.built_in import ROOT, WORK, make
from scripts.handwriting_latin.texts import (
    KINDS,
    LANGUAGES,
    TextMaker,
    balanced,
    is_held_out,
    read_languages,
)

SYMBOLS = (
    " abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
    "áéíóúüñÁÉÍÓÚÜÑàâæçèêëîïôœùûÿÀÂÆÇÈÊËÎÏÔŒÙÛ"
    "äößãõìòøåÄÖÃÕÌÒØÅ"
    ".,;:!?¿¡'\"-()/&+=*@#%_[]<>«»’‘“”—–…€$£°^|§ºª²½"
    "„‚‹›{}\\~•×"
)
OLD_VALID = (0.15, 1)  # fraction and seed of htr-lines-fr, as ever, so that figures compare
PART = 0.12  # of the volunteers, for validation and again for the test
MSS19 = {  # texts of the 19th century that are not trained on
    "mss19-lettre-boudreau-tessier": "valid",
    "mss19-manuscrit-zola-misc": "test",
    "mss19-lettres-cecile-t-chasse": "test",
}
ONE_HAND = "peraire"
CASE_LETTERS = "aegrntdqhbfm"
ONE_CASE_PART = 0.5  # of CASE_LETTERS; more of them look like their capitals in fonts of one case
GLYPH_PIXELS = 48
FONT_WEIGHTS = ("latin-300-normal", "latin-400-normal", "latin-700-normal")
FONT_PART = 0.1  # of the families, for validation
ONE_CASE_SHARE = 0.25  # of the lines in capitals that are written in fonts of one case
TRIES = 40
WRITER_WORDS = 14  # of a writer's running text
WRITER_WORDS_APART = 4
WRITER_TEXTS_REPEATED = 2
LANGUAGE_CHARACTERS = 600_000  # of the language model's texts, of each language
KIND_TEXTS = 1_500  # of each kind
WEIGHTS = {  # of the kinds among the lines in fonts
    "sentence": 32, "letter": 20, "capitals": 15, "title": 5, "heading": 3, "label": 3, "digits": 5,
    "sum": 3, "phone": 6, "date": 7, "price": 6, "web": 7, "code": 6, "list": 5, "brackets": 4,
    "quotes": 5, "word": 3, "short": 5, "name": 4, "address": 3, "north": 4, "signs": 3,
}  # fmt: skip
LINES_A_FOLDER = 2000
MEASURED = ("old437", "copiste_valid", "mss19_valid")  # for the card


@dataclass(frozen=True)
class Font:
    """A font file.

    Attributes:
        file: draws lines.
        family: of the files that are alike in all but weight.
        one_case: its small letters are drawn as capitals.
    """

    file: FontFile
    family: str
    one_case: bool


@dataclass(frozen=True)
class Written:
    """A line to write in a font, and its kind."""

    kind: str
    text: str
    font: Font


# Writers.


def read_lines(folder: Path) -> list[Example]:
    """Read the lines of a folder; a line's group is its writer."""
    return read_transcripts(str(folder), {".jpg"})


def writer_of(folder: str) -> str:
    """Tell whose lines a folder of volunteers has; doubles and old batches count as one writer."""
    return re.sub(r"^copiste-(oldbatch-)?|-double$", "", folder)


def folder_of_page(page: str) -> str:
    """Tell the folder of lines of a page: copiste-wikitexte-0001 of wikitexte_0001_2.jpg."""
    stem = Path(page).stem
    return "copiste-" + re.sub(r"_[12]$", "", stem).replace("_", "-")


def split_writers(examples: Sequence[Example], pages: Iterable[str], seed: int) -> dict[str, str]:
    """Give each folder of htr-lines-fr-2 its split, train, valid or test.

    Half of the volunteers held out are such as pages are there of, so that pages can be measured.
    """
    volunteers: dict[str, set[str]] = defaultdict(set)
    splits = {}
    for folder in sorted({example.group for example in examples}):
        splits[folder] = MSS19.get(folder, "train")
        if folder.startswith("copiste-"):
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


def running_text(examples: Sequence[Example]) -> Iterator[str]:
    """Give runs of words that go on from line to line of a writer."""
    words: dict[str, list[str]] = {}
    for example in examples:
        words.setdefault(example.group, []).extend(example.target.split())
    for writer in words.values():
        for start in range(0, len(writer), WRITER_WORDS_APART):
            yield " ".join(writer[start : start + WRITER_WORDS])


# Fonts.


def _glyph(font: ImageFont.FreeTypeFont, letter: str) -> np.ndarray:
    """Draw a letter and scale its ink to a square: bool."""
    left, top, right, bottom = map(int, font.getbbox(letter))
    picture = Image.new("L", (max(right - left, 1), max(bottom - top, 1)))
    ImageDraw.Draw(picture).text((-left, -top), letter, fill=255, font=font)
    return np.asarray(picture.resize((GLYPH_PIXELS, GLYPH_PIXELS))) > 100


def has_one_case(font: ImageFont.FreeTypeFont) -> bool:
    """Tell whether small letters are capitals: of all capitals, each is most like its own."""
    capitals = {letter: _glyph(font, letter) for letter in string.ascii_uppercase}
    alike = [
        _most_alike(_glyph(font, letter), capitals) == letter.upper() for letter in CASE_LETTERS
    ]
    return sum(alike) >= ONE_CASE_PART * len(alike)


def _most_alike(glyph: np.ndarray, others: dict[str, np.ndarray]) -> str:
    """Find the letter that shares most ink with a glyph."""
    return max(
        others, key=lambda letter: (glyph & others[letter]).sum() / (glyph | others[letter]).sum()
    )


def read_fonts(folder: Path) -> list[Font]:
    """List the fonts below a folder, of a family each weight; only Latin files of fontsource."""
    fonts = []
    for file in find_fonts(folder):
        family = file.name.partition("-latin-")[0]
        wanted = file.path.suffix in (".ttf", ".otf") or file.name.endswith(FONT_WEIGHTS)
        if wanted and file.path.suffix != ".woff2" and file.can_write("aZ9"):
            fonts.append(Font(file, family, has_one_case(file.font)))
    return fonts


def split_fonts(fonts: Sequence[Font], seed: int) -> dict[str, str]:
    """Give each family of fonts its split, train or valid."""
    families = sorted({font.family for font in fonts})
    random.Random(seed).shuffle(families)
    held_out = set(families[: round(len(families) * FONT_PART)])
    return {family: "valid" if family in held_out else "train" for family in families}


class FontChooser:
    """Chooses a font for a text: any family as often as another."""

    def __init__(self, fonts: Sequence[Font], seed: int) -> None:
        self.random = random.Random(seed)
        self.both_cases, self.one_case = (
            self._by_family(font for font in fonts if font.one_case is one_case)
            for one_case in (False, True)
        )

    @staticmethod
    def _by_family(fonts: Iterable[Font]) -> list[list[Font]]:
        families = defaultdict(list)
        for font in fonts:
            families[font.family].append(font)
        return list(families.values())

    def choose(self, text: str) -> Font | None:
        """Choose a font that has all characters; one of a single case for capitals alone."""
        for _ in range(TRIES):
            in_capitals = self.one_case and text == text.upper()
            one_case = in_capitals and self.random.random() < ONE_CASE_SHARE
            families = self.one_case if one_case else self.both_cases
            font = self.random.choice(self.random.choice(families))
            if font.file.can_write(text):
                return font
        return None


def plan_lines(maker: TextMaker, chooser: FontChooser, kinds: Iterable[str]) -> Iterator[Written]:
    """Make up a text of each kind that some font can write."""
    for kind in kinds:
        for _ in range(TRIES):
            text = maker.make(kind)
            font = chooser.choose(text)
            if font is not None:
                yield Written(kind, text, font)
                break


def write_lines(planned: Sequence[Written], out: Path, seed: int) -> list[tuple[str, Example]]:
    """Write lines in fonts; gives their kinds and what they are."""

    def write(number: int) -> bytes:
        item = planned[number]
        return write_line(item.text, item.font.file, np.random.default_rng([seed, number])).content

    examples = []
    numbers = range(len(planned))
    made = map_in_order(write, numbers, workers=available_cores())
    for number, content in zip(numbers, made, strict=True):
        path = out / f"{number // LINES_A_FOLDER:03d}" / f"{number:06d}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        item = planned[number]
        examples.append((item.kind, Example(str(path), item.text, group=item.font.family)))
    return examples


# Tables.


def write_table(path: Path, heading: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write a tab-separated table."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, delimiter="\t", lineterminator="\n")
        table.writerow(heading)
        table.writerows(rows)


def write_set(path: Path, examples: Iterable[Example]) -> None:
    """Write the manifest of lines to measure on."""
    rows = ((str(Path(item.source).absolute()), item.target, item.group) for item in examples)
    write_table(path / "labels.tsv", ("path", "text", "writer"), rows)


def write_kinds(path: Path, lines: Iterable[tuple[str, Example]]) -> None:
    """Write a manifest for each kind."""
    by_kind = defaultdict(list)
    for kind, example in lines:
        by_kind[kind].append(example)
    for kind, examples in by_kind.items():
        write_set(path / kind, examples)


def write_mix(out: Path, train: Sequence[Example], valid: Sequence[Example]) -> None:
    """Write the manifest to train on."""
    rows = [
        (str(Path(item.source).absolute()), item.target, split, item.group)
        for split, items in (("train", train), ("valid", valid))
        for item in items
    ]
    write_table(out / "labels.tsv", ("path", "text", "split", "writer"), rows)


def language_texts(maker: TextMaker, french: Sequence[str], seed: int) -> list[str]:
    """Mix the texts of the language model: as much of each language, and some of every kind."""
    draw = random.Random(seed)
    texts = [*french] * WRITER_TEXTS_REPEATED
    for code in LANGUAGES:
        texts += balanced(maker.languages[code].sentences, LANGUAGE_CHARACTERS, draw)
    for kind in KINDS:
        texts += [maker.make(kind) for _ in range(KIND_TEXTS * (4 if kind == "letter" else 1))]
    draw.shuffle(texts)
    return [text for text in texts if maker.known.issuperset(text)]


@dataclass(frozen=True)
class Amounts:
    """How many lines of each source an epoch and the choice of the best epoch have."""

    synthetic: int
    one_hand: int
    volunteers_repeated: int
    valid_old: int = 200
    valid_volunteers: int = 350
    valid_mss19: int = 100
    valid_a_kind: int = 12
    measured_a_kind: int = 40


def gather(
    data: Path,
    shared: Path,
    sources: Path,
    test_fonts: Path | None,
    out: Path,
    amounts: Amounts,
    seed: int,
    say: Callable[[str], None],
) -> None:
    """Split, make up, write and mix everything."""
    draw = random.Random(seed)
    known = frozenset(SYMBOLS)
    fraction, split_seed = OLD_VALID
    old_train, old_valid = take_groups(
        read_lines(data / "htr-lines-fr"), fraction=fraction, seed=split_seed
    )
    new = read_lines(data / "htr-lines-fr-2")
    pages = sorted(path.name for path in (data / "htr-pages").glob("*.jpg"))
    splits = split_writers(new, pages, seed)
    parts: dict[tuple[str, str], list[Example]] = defaultdict(list)
    for example in new:
        parts[example.group.split("-")[0], splits[example.group]].append(example)
    old = {item.group: "train" for item in old_train} | {item.group: "valid" for item in old_valid}
    write_table(out / "writers.tsv", ("writer", "split"), sorted({**old, **splits}.items()))
    page_splits = [
        (page, folder_of_page(page), splits.get(folder_of_page(page), "no lines")) for page in pages
    ]
    write_table(out / "pages.tsv", ("page", "writer", "split"), page_splits)
    (out / "alphabet.txt").write_bytes(Alphabet(tuple(sorted(SYMBOLS))).to_bytes())

    trained = [*old_train, *(item for item in new if splits[item.group] == "train")]
    french = [text for text in running_text(trained) if not is_held_out(text)]
    maker = TextMaker(read_languages(sources, shared, french), known, seed)
    fonts = read_fonts(sources / "fonts")
    font_splits = split_fonts(fonts, seed)
    write_table(
        out / "fonts.tsv",
        ("file", "family", "split", "one_case"),
        (
            (font.file.name, font.family, font_splits[font.family], str(font.one_case))
            for font in fonts
        ),
    )
    train_fonts, valid_fonts = (
        [font for font in fonts if font_splits[font.family] == split]
        for split in ("train", "valid")
    )
    say(f"{len(train_fonts)} fonts to train on, {len(valid_fonts)} held out")

    kinds = draw.choices(list(WEIGHTS), list(WEIGHTS.values()), k=amounts.synthetic)
    planned = list(plan_lines(maker, FontChooser(train_fonts, seed), kinds))
    written = write_lines(planned, out / "fonts" / "train", seed)
    say(f"{len(written)} lines in fonts")

    held_out = TextMaker(read_languages(sources, shared, held_out=True), known, seed + 1)
    evenly = [kind for kind in KINDS for _ in range(amounts.measured_a_kind)]
    planned = list(plan_lines(held_out, FontChooser(valid_fonts, seed), evenly))
    kinds_valid = write_lines(planned, out / "fonts" / "valid", seed)
    write_kinds(out / "sets" / "kinds_valid", kinds_valid)
    if test_fonts:
        planned = list(plan_lines(held_out, FontChooser(read_fonts(test_fonts), seed), evenly))
        kinds_test = write_lines(planned, out / "fonts" / "test", seed)
        write_kinds(out / "sets" / "kinds_test", kinds_test)

    sets = {
        "old437": old_valid,
        "copiste_valid": parts["copiste", "valid"],
        "copiste_test": parts["copiste", "test"],
        "mss19_valid": parts["mss19", "valid"],
        "mss19_test": parts["mss19", "test"],
    }
    for name, examples in sets.items():
        write_set(out / "sets" / name, examples)
        say(f"{name}: {len(examples)} lines of {len({item.group for item in examples})} writers")

    volunteers, mss19 = parts["copiste", "train"], parts["mss19", "train"]
    hand = draw.sample(parts[ONE_HAND, "train"], amounts.one_hand)
    sources_train = {
        "htr-lines-fr": old_train,
        "volunteers": volunteers * amounts.volunteers_repeated,
        "mss19": mss19,
        ONE_HAND: hand,
        "fonts": [example for _, example in written],
    }
    for name, examples in sources_train.items():
        say(f"train on {len(examples)} lines of {name}")
    valid = [
        *draw.sample(old_valid, amounts.valid_old),
        *draw.sample(parts["copiste", "valid"], amounts.valid_volunteers),
        *draw.sample(parts["mss19", "valid"], amounts.valid_mss19),
        *(example for number, (_, example) in enumerate(kinds_valid)
          if number % amounts.measured_a_kind < amounts.valid_a_kind),
    ]  # fmt: skip
    train = [example for examples in sources_train.values() for example in examples]
    write_mix(out, train, valid)
    say(f"{len(train)} lines to train on, {len(valid)} to choose the best epoch by")

    texts = language_texts(maker, french, seed)
    (out / "texts.txt").write_text("\n".join(texts), encoding="utf-8")
    say(f"{len(texts)} texts for the language model")


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
        amounts = Amounts(count, one_hand, volunteers)
        gather(data, shared, sources, test_fonts, out, amounts, seed, click.echo)
    sets = {path.name: str(path) for path in sorted((out / "sets").iterdir())}
    example = str(ROOT / "examples" / "linea.png")
    make(
        __file__,
        out / "labels.tsv",
        examples=[example],
        measure={name: sets[name] for name in MEASURED},
        alphabet=str(out / "alphabet.txt"),
        language_text=str(out / "texts.txt"),
    )


if __name__ == "__main__":
    main()
