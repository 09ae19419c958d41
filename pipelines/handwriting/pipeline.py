"""Read handwriting: a picture of a line, or of a page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import fmean
from typing import Any, NamedTuple

import numpy as np

from pipelines.base import Pipeline, TaskResult
from pipelines.bundle.folder import Bundle
from pipelines.ctc.alphabet import Alphabet, read_alphabet
from pipelines.ctc.decoding import Reading, read_greedily, search_beams
from pipelines.ctc.language_model import SymbolScorer, read_language_model
from pipelines.errors import BundleError, ConfigurationError
from pipelines.handwriting.lines import WIDTH_STEP, LinePreprocessing, normalise_line
from pipelines.handwriting.pages import Box, FoundLine, find_lines
from pipelines.images import ImageSource, describe, read_grey_page
from pipelines.options import READING_BEAMS, ReadingOptions
from pipelines.session import Graph, expect

LOWEST_PAGE = 100  # pixels; a lower picture is one line, however little it looks like one


@dataclass(frozen=True)
class TextWord:
    """A word and its confidence.

    Attributes:
        text: without spaces.
        confidence: the probability of its least certain character, 0 to 1.
    """

    text: str
    confidence: float


@dataclass(frozen=True)
class TextLine:
    """A line of text.

    Attributes:
        text: the text of the line.
        words: the text's words.
        box: where it is in the picture.
        alternatives: other texts that beam search found, most probable first.
    """

    text: str
    words: tuple[TextWord, ...]
    box: Box
    alternatives: tuple[str, ...] = ()


@dataclass(frozen=True, repr=False)
class Handwriting(TaskResult):
    """The text of a picture.

    Attributes:
        text: its lines, joined by line breaks; "" where there is no writing.
        lines: from top to bottom.
    """

    text: str
    lines: tuple[TextLine, ...]

    def __str__(self) -> str:
        return self.text


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

    options_class = ReadingOptions

    gpu_batch_size = 8

    def __init__(self, bundle: Bundle, *, device: str = "auto", threads: int | None = None) -> None:
        super().__init__(bundle, device=device, threads=threads)
        self.alphabet = read_alphabet(bundle)
        self.preprocessing = bundle.read_preprocessing(LinePreprocessing)

    def make_options(self, options: dict[str, Any]) -> ReadingOptions:
        made = super().make_options(options)
        if made.language_weight and self._language_model is None:
            raise ConfigurationError(
                f"{self.bundle.name} has no language model; leave language_weight out"
            )
        return made

    def decode(self, source: ImageSource, options: ReadingOptions) -> list[LinePicture]:
        """Decode a picture and cut its lines out."""
        (grey, factor), name = read_grey_page(source), describe(source)
        whole = FoundLine(Box(0, 0, *grey.size), grey)
        found = [whole]
        if options.layout == "page":
            found = find_lines(grey)
        elif options.layout == "auto" and grey.height >= LOWEST_PAGE:
            found = find_lines(grey)
            found = found if len(found) > 1 else [whole]
        return [
            LinePicture(
                normalise_line(line.grey, self.preprocessing, name), line.box.scaled(factor)
            )
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

        Lines of similar width share a run, so that little of it is padding.
        """
        outputs: dict[int, np.ndarray] = {}
        by_width = sorted(range(len(lines)), key=lambda index: lines[index].pixels.shape[1])
        for start in range(0, len(by_width), self.default_batch_size):
            indices = by_width[start : start + self.default_batch_size]
            widths = np.array([lines[index].pixels.shape[1] for index in indices], np.int32)
            images = pad_lines([lines[index].pixels for index in indices])
            outputs_of_run = graph.run(image=images, width=widths)
            frames = widths // WIDTH_STEP
            shape = (len(indices), int(frames.max()), None)
            (found,) = expect(outputs_of_run, shape)  # [batch, frames, symbols + 1]
            self._check_symbols(found)
            outputs |= {i: row[:n] for i, row, n in zip(indices, found, frames, strict=True)}
        return (outputs[index] for index in range(len(lines)))

    def _check_symbols(self, found: np.ndarray) -> None:
        if found.shape[2] != len(self.alphabet.symbols) + 1:
            raise BundleError(
                f"{self.bundle.path}: {len(self.alphabet.symbols)} symbols for {found.shape[2]} "
                "outputs; export the model again"
            )

    def _read(self, output: np.ndarray, box: Box, options: ReadingOptions) -> TextLine:
        readings = self._decode_output(output, options)
        texts = [self.alphabet.decode(reading.symbols).strip() for reading in readings]
        words = split_words(self.alphabet, readings[0])
        return TextLine(texts[0], words, box, tuple(texts[1 : options.n_best]))

    def _decode_output(self, output: np.ndarray, options: ReadingOptions) -> list[Reading]:
        weight = options.language_weight
        weight = self.preprocessing.language_weight if weight is None else weight
        model = self._language_model if weight else None
        beams = options.beams or max(READING_BEAMS if model else 1, options.n_best)
        if beams == 1:
            return [read_greedily(output, len(output))]
        if model is None:
            return search_beams(output, len(output), beams=beams)

        characters = self.alphabet.symbols

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
