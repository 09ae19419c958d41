"""Read handwriting: a picture of a line, or of a page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from numbers import Integral
from statistics import fmean
from typing import Literal, NamedTuple, get_args

import numpy as np

from pipelines.base import Failure, OnError, Pipeline
from pipelines.bundle.folder import Bundle
from pipelines.ctc.alphabet import Alphabet, read_alphabet
from pipelines.ctc.decoding import Reading, read_greedily, search_beams
from pipelines.ctc.language_model import SymbolScorer, read_language_model
from pipelines.errors import BundleError, ConfigurationError
from pipelines.handwriting.lines import WIDTH_STEP, LinePreprocessing, normalise_line
from pipelines.handwriting.pages import Box, FoundLine, find_lines
from pipelines.images import ImageSource, describe, read_grey_page
from pipelines.session import Graph

BEAMS = 4  # texts followed at once where there is a language model
MOST_BEAMS = 256
LARGEST_LANGUAGE_WEIGHT = 100.0  # beyond, what is written does not matter any more
LOWEST_PAGE = 100  # pixels; a lower picture is one line, however little it looks like one

PageLayout = Literal["auto", "line", "page"]


@dataclass(frozen=True)
class TextWord:
    """A word and how sure the network is of it.

    Attributes:
        text: without spaces.
        confidence: the probability of its least sure character, 0 to 1.
    """

    text: str
    confidence: float


@dataclass(frozen=True)
class TextLine:
    """A line of text.

    Attributes:
        text: what it reads.
        words: the text's words.
        box: where it is in the picture.
        alternatives: other texts that beam search found, the likeliest first.
    """

    text: str
    words: tuple[TextWord, ...]
    box: Box
    alternatives: tuple[str, ...] = ()


@dataclass(frozen=True)
class Handwriting:
    """What a picture says.

    Attributes:
        text: its lines, joined by line breaks; "" where there is no writing.
        lines: from top to bottom.
    """

    text: str
    lines: tuple[TextLine, ...]


@dataclass(frozen=True)
class ReadingOptions:
    """How to read.

    Attributes:
        layout: "line" takes a picture for one line, "page" looks for lines, "auto" looks for them
            where the picture is high enough to hold several.
        beams: texts followed at once, at most MOST_BEAMS; 1 takes the likeliest symbol of each
            frame. None is BEAMS where the bundle has a language model, and otherwise as many as
            `best`.
        language_weight: of the language model, at most LARGEST_LANGUAGE_WEIGHT; it has its say
            where there are several beams.
        best: how many texts of a line to return; those after the first are its alternatives.
        min_confidence: lines whose words are less sure on average are left out, such as what is
            read into a photograph without writing.
    """

    layout: PageLayout = "auto"
    beams: int | None = None
    language_weight: float = 0.3
    best: int = 1
    min_confidence: float = 0.0

    def __post_init__(self) -> None:
        if self.layout not in get_args(PageLayout):
            known = ", ".join(get_args(PageLayout))
            raise ConfigurationError(f"layout {self.layout!r} is not one of {known}")
        for name, value in (("beams", self.beams), ("best", self.best)):
            if value is not None and not (isinstance(value, Integral) and 1 <= value <= MOST_BEAMS):
                raise ConfigurationError(f"{name} {value!r} is no integer from 1 to {MOST_BEAMS}")
        if self.beams is not None and self.best > self.beams:
            raise ConfigurationError(
                f"best {self.best} is more than beams {self.beams}; give as many beams, or none"
            )
        if not 0 <= self.language_weight <= LARGEST_LANGUAGE_WEIGHT:
            given, most = self.language_weight, LARGEST_LANGUAGE_WEIGHT
            raise ConfigurationError(f"language_weight {given} is not from 0 to {most:g}")
        if not 0 <= self.min_confidence <= 1:
            raise ConfigurationError(f"min_confidence {self.min_confidence} is not from 0 to 1")


class LinePicture(NamedTuple):
    """A line cut out of a picture.

    Attributes:
        pixels: uint8 [height, width], 0 paper and 255 ink.
        box: where it was.
    """

    pixels: np.ndarray
    box: Box


class HandwritingRecognition(Pipeline[ImageSource, list[LinePicture], ReadingOptions, Handwriting]):
    """Read pictures of handwriting with a bundle; make one with `pipelines.load`.

    Attributes:
        alphabet: the characters that the bundle knows.
    """

    gpu_batch_size = 8

    def __init__(self, bundle: Bundle, *, device: str = "auto", threads: int | None = None) -> None:
        super().__init__(bundle, device=device, threads=threads)
        self.alphabet = read_alphabet(bundle)
        self.preprocessing = read_preprocessing(bundle)

    def __call__(
        self,
        image: ImageSource,
        *,
        layout: PageLayout = "auto",
        beams: int | None = None,
        language_weight: float = ReadingOptions.language_weight,
        best: int = 1,
        min_confidence: float = 0.0,
    ) -> Handwriting:
        """Read one picture.

        Args:
            image: a path, bytes, a binary file, a Pillow image or a uint8 array.
            layout: "line" for one line of text, "page" to look for lines, or "auto".
            beams: see `ReadingOptions`, as the others.
            language_weight: of the language model.
            best: how many texts of each line to return.
            min_confidence: lines that are less sure are left out.

        Raises:
            InputError: the image cannot be read.
        """
        options = ReadingOptions(layout, beams, language_weight, best, min_confidence)
        return self.predict_one(image, options)

    def stream(
        self,
        images: Iterable[ImageSource],
        *,
        batch_size: int | None = None,
        on_error: OnError = "raise",
        options: ReadingOptions | None = None,
    ) -> Iterator[Handwriting | Failure]:
        """Read many pictures on all cores, in order, in constant memory.

        Args:
            images: any iterable; it is read as the results are taken.
            batch_size: pictures a run of the network; None takes what suits the device.
            on_error: "raise" an InputError at a bad picture, or "return" a Failure in its place.
            options: how to read.
        """
        return self.predict_many(images, options or ReadingOptions(), batch_size, on_error)

    def decode(self, source: ImageSource, options: ReadingOptions) -> list[LinePicture]:
        """Decode a picture and cut its lines out."""
        grey, name = read_grey_page(source), describe(source)
        whole = FoundLine(Box(0, 0, *grey.size), grey)
        found = [whole]
        if options.layout == "page":
            found = find_lines(grey)
        elif options.layout == "auto" and grey.height >= LOWEST_PAGE:
            found = find_lines(grey)
            found = found if len(found) > 1 else [whole]
        return [
            LinePicture(normalise_line(line.grey, self.preprocessing, name), line.box)
            for line in found
        ]

    def infer(
        self, graph: Graph, examples: Sequence[list[LinePicture]], options: ReadingOptions
    ) -> list[Handwriting]:
        """Read the lines of all pictures in one run of the network."""
        pictures = [line for lines in examples for line in lines]
        outputs = iter(self._run(graph, pictures))
        return [
            _join(
                [self._read(next(outputs), line.box, options) for line in lines],
                options.min_confidence,
            )
            for lines in examples
        ]

    def _run(self, graph: Graph, lines: Sequence[LinePicture]) -> Iterator[np.ndarray]:
        """Give the log-probabilities of each line: float32 [frames, symbols + 1].

        Lines of like width share a run, so that little of it is padding.
        """
        outputs: dict[int, np.ndarray] = {}
        by_width = sorted(range(len(lines)), key=lambda index: lines[index].pixels.shape[1])
        for start in range(0, len(by_width), self.default_batch_size):
            indices = by_width[start : start + self.default_batch_size]
            widths = np.array([lines[index].pixels.shape[1] for index in indices], np.int32)
            images = pad_lines([lines[index].pixels for index in indices])
            (found,) = graph.run(image=images, width=widths)  # [batch, frames, symbols + 1]
            self._check_outputs(found)
            frames = widths // WIDTH_STEP
            outputs |= {i: row[:n] for i, row, n in zip(indices, found, frames, strict=True)}
        return (outputs[index] for index in range(len(lines)))

    def _check_outputs(self, found: np.ndarray) -> None:
        if found.shape[2] != len(self.alphabet.symbols) + 1:
            raise BundleError(
                f"{self.bundle.path}: {len(self.alphabet.symbols)} symbols for {found.shape[2]} "
                "outputs; export the model again"
            )

    def _read(self, output: np.ndarray, box: Box, options: ReadingOptions) -> TextLine:
        readings = self._decode_output(output, options)
        texts = [self.alphabet.decode(reading.symbols).strip() for reading in readings]
        words = split_words(self.alphabet, readings[0])
        return TextLine(texts[0], words, box, tuple(texts[1 : options.best]))

    def _decode_output(self, output: np.ndarray, options: ReadingOptions) -> list[Reading]:
        model = self._language_model if options.language_weight else None
        beams = options.beams or max(BEAMS if model else 1, options.best)
        if beams == 1:
            return [read_greedily(output, len(output))]
        if model is None:
            return search_beams(output, len(output), beams=beams)

        characters, weight = self.alphabet.symbols, options.language_weight

        def score(before: tuple[int, ...], symbol: int) -> float:
            return weight * model(before, characters[symbol])

        return search_beams(output, len(output), beams=beams, score_symbol=score)

    @cached_property
    def _language_model(self) -> SymbolScorer | None:
        return read_language_model(self.bundle, self.alphabet)


def pad_lines(lines: Sequence[np.ndarray]) -> np.ndarray:
    """Put lines of one height into one array, paper behind each: uint8 [line, height, width]."""
    width = max(line.shape[1] for line in lines)
    images = np.zeros((len(lines), lines[0].shape[0], width), np.uint8)
    for image, line in zip(images, lines, strict=True):
        image[:, : line.shape[1]] = line
    return images


def split_words(alphabet: Alphabet, reading: Reading) -> tuple[TextWord, ...]:
    """Split a reading at its spaces; a word is as sure as its least sure character."""
    words: list[TextWord] = []
    characters: list[tuple[str, float]] = []
    symbols = [alphabet.symbols[index] for index in reading.symbols]
    for symbol, confidence in zip([*symbols, " "], [*reading.confidences, 1.0], strict=True):
        if symbol != " ":
            characters.append((symbol, confidence))
        elif characters:
            text = "".join(character for character, _ in characters)
            words.append(TextWord(text, min(sure for _, sure in characters)))
            characters = []
    return tuple(words)


def _join(lines: Sequence[TextLine], min_confidence: float) -> Handwriting:
    kept = tuple(line for line in lines if _mean_confidence(line) >= min_confidence)
    return Handwriting("\n".join(line.text for line in kept if line.text), kept)


def _mean_confidence(line: TextLine) -> float:
    """Say how sure a line is; one without words is surely blank."""
    return fmean(word.confidence for word in line.words) if line.words else 1.0


def read_preprocessing(bundle: Bundle) -> LinePreprocessing:
    """Read how a bundle's lines become arrays.

    Raises:
        BundleError: it does not say so.
    """
    try:
        return LinePreprocessing(**bundle.preprocessing)
    except (TypeError, ConfigurationError) as error:
        raise BundleError(f"{bundle.path}: unusable preprocessing: {error}") from None
