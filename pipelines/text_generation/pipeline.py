"""Generate text from a prompt, and score texts."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pipelines.base import Pipeline
from pipelines.bundle.folder import Bundle
from pipelines.errors import InputError
from pipelines.options import GenerationOptions
from pipelines.session import Graph, expect
from pipelines.settings import Settings, setting
from pipelines.text import read_text
from pipelines.text_generation.prompts import NumberedPrompt, Prompt
from pipelines.text_generation.results import End, Generated, Sample, Scored
from pipelines.text_generation.sampling import REPEATED_WITHIN, draw
from pipelines.text_generation.stopping import StopAt
from pipelines.text_generation.vocabularies import (
    BOUNDARY,
    SPECIAL,
    UNKNOWN,
    IncrementalDecoder,
    Vocabulary,
    read_vocabulary,
)

TextSource = str | bytes | NumberedPrompt

SYMBOLS_PER_RUN = 1024  # of a prompt or a text to score; the scores of more would fill the memory


@dataclass
class Draft:
    """A text in the making."""

    chances: np.ndarray  # of each symbol, uniform in [0, 1)
    writer: IncrementalDecoder
    stop: StopAt
    prompt: int  # which one it follows
    text: str = ""
    pieces: list[str] = field(default_factory=list)
    log_probabilities: list[float] = field(default_factory=list)
    recent: deque[int] = field(default_factory=lambda: deque(maxlen=REPEATED_WITHIN))
    end: End | None = None

    def finish(self) -> Sample:
        """Give the text as it is."""
        return Sample(
            self.text, tuple(self.pieces), tuple(self.log_probabilities), self.end or "length"
        )


@dataclass(frozen=True)
class StackedLayers(Settings):
    """The LSTM layers of a network, as far as its state goes."""

    layers: int = setting(minimum=1, maximum=64)
    width: int = setting(minimum=1, maximum=16_384)


class TextGeneration(Pipeline[TextSource, Prompt, GenerationOptions, Generated]):
    """Write with a bundle; make one with `pipelines.load`.

    Args:
        bundle: the model.
        device: "auto", "cpu" or "gpu".
        threads: processor threads to use; None takes every core.

    Attributes:
        vocabulary: what the network reads and writes.
    """

    options_class = GenerationOptions
    cpu_batch_size = 16
    gpu_batch_size = 64

    def __init__(self, bundle: Bundle, *, device: str = "auto", threads: int | None = None) -> None:
        super().__init__(bundle, device=device, threads=threads)
        self.vocabulary: Vocabulary = read_vocabulary(bundle)
        layers = bundle.read_config(StackedLayers)
        self._state_shape = (2 * layers.layers, layers.width)

    def __call__(self, prompt: TextSource = "", /, **options: Any) -> Generated:
        """Generate text that continues a prompt.

        Args:
            prompt: of any length; without one, a text begins, as after a line break. UTF-8 where
                it is bytes.

        Raises:
            InputError: the prompt is not a text.
            ConfigurationError: there is no such option, or its value cannot be used.
        """
        return super().__call__(prompt, **options)

    def pieces(self, prompt: TextSource = "", /, **options: Any) -> Iterator[str]:
        """Generate one sample after a prompt and yield its text as it is written.

        Args:
            prompt: see `__call__`, as for the options.

        Raises:
            InputError: the prompt is not a text.
            ConfigurationError: there is no such option, or its value cannot be used.
        """
        wanted = self.make_options(options)
        return self._write_pieces(self.decode(prompt, wanted), wanted)

    def score(self, text: str | bytes) -> Scored:
        """Say how likely a text is, each symbol after all before it.

        Raises:
            InputError: the text is not a text, or there is nothing in it.
        """
        text = read_text(text)
        if not text:
            raise InputError("the text to score is empty; give at least one character")
        numbers = self.vocabulary.encode(text)
        found = np.concatenate(list(self.log_probabilities([numbers])))
        writer = self.vocabulary.writer()
        pieces = [writer.write(int(number)) for number in numbers]
        if len(pieces) == len(text):  # also what is unknown is shown
            pieces = list(text)
        loss = -float(found.sum(dtype=np.float64))
        return Scored(
            tuple(pieces),
            tuple(map(float, found)),
            self.vocabulary.unknown_in(text),
            loss / len(text) / math.log(2),
            math.exp(min(loss / len(found), 700.0)),
        )

    def log_probabilities(self, parts: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        """Give the logarithms of probabilities of a text's symbols, the state carried all along.

        Args:
            parts: numbers of the text, in parts of any length, as `vocabulary.encode` gives them.

        Yields:
            Natural logarithms, as many as symbols, in parts.
        """
        last, state = BOUNDARY, self._empty_state(1)
        for part in parts:
            for first in range(0, len(part), SYMBOLS_PER_RUN):
                following = part[first : first + SYMBOLS_PER_RUN]
                read = np.concatenate([[last], following[:-1]]).astype(np.int32)
                scores, state = self._run(self._fast_graph, read[None], state)
                yield scores[0, np.arange(len(following)), following]
                last = following[-1]

    def decode(self, source: TextSource, options: GenerationOptions) -> Prompt:
        """Give the prompt, with what is not known in it replaced."""
        number = source.number if isinstance(source, NumberedPrompt) else 0
        given = source.text if isinstance(source, NumberedPrompt) else source
        text, replaced = self.vocabulary.replace_unknown(read_text(given))
        return Prompt(text, replaced, self._encode_prompt(text), number)

    def _encode_prompt(self, text: str) -> np.ndarray:
        """Give the symbols to read before the first is written.

        Training reads from the middle of lines, so after nothing comes the middle of a word.
        """
        return self.vocabulary.encode(text) if text else self.vocabulary.line_break()

    def infer(
        self, graph: Graph, examples: Sequence[Prompt], options: GenerationOptions
    ) -> list[Generated]:
        """Write on from several prompts at once."""
        rows = [
            self._new_row(index, prompt.number, sample, options)
            for index, prompt in enumerate(examples)
            for sample in range(options.samples)
        ]
        for _ in self._write(graph, examples, rows, options):
            pass
        results = []
        for index, prompt in enumerate(examples):
            written = tuple(row.finish() for row in rows if row.prompt == index)
            results.append(Generated(prompt.text, written[0].text, written, prompt.replaced))
        return results

    def _write_pieces(self, prompt: Prompt, options: GenerationOptions) -> Iterator[str]:
        row = self._new_row(0, prompt.number, 0, options)
        shown = 0
        for _ in self._write(self._fast_graph, [prompt], [row], options):
            if len(row.text) > shown:
                yield row.text[shown:]
                shown = len(row.text)
        if len(row.text) > shown:
            yield row.text[shown:]

    def _write(
        self, graph: Graph, prompts: Sequence[Prompt], rows: list[Draft], options: GenerationOptions
    ) -> Iterator[None]:
        """Write all rows to their ends, a symbol of each at a time."""
        read = [self._read(graph, prompt.numbers) for prompt in prompts]
        living = list(rows)
        scores = np.stack([read[row.prompt][0] for row in living])  # [row, symbol]
        state = np.concatenate([read[row.prompt][1] for row in living])
        begins = np.flatnonzero([not prompts[row.prompt].text for row in living])
        # A text begins with no empty line.
        scores[np.ix_(begins, self.vocabulary.line_break())] = -np.inf
        for place in range(options.length):
            scores[:, UNKNOWN] = -np.inf
            chances = np.array([row.chances[place] for row in living])
            numbers = draw(scores, chances, [row.recent for row in living], options)
            for row, number, known in zip(living, numbers.tolist(), scores, strict=True):
                _add(row, number, float(known[number]))
            yield
            kept = [index for index, row in enumerate(living) if row.end is None]
            if not kept:
                return
            if len(kept) < len(living):
                living = [living[index] for index in kept]
                numbers, state = numbers[kept], state[kept]
            if place + 1 < options.length:
                following = numbers.astype(np.int32)[:, None]
                scores, state = self._run(graph, following, state)
                scores = scores[:, 0]
        for row in living:
            row.text += row.stop.add(row.writer.end())[0] + row.stop.end()

    def _read(self, graph: Graph, numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Read a prompt; give the scores [symbol] of what follows it, and the state."""
        state = self._empty_state(1)
        read = np.concatenate([[BOUNDARY], numbers]).astype(np.int32)
        for first in range(0, len(read), SYMBOLS_PER_RUN):
            run = read[None, first : first + SYMBOLS_PER_RUN]
            scores, state = self._run(graph, run, state)
        return scores[0, -1].copy(), state

    def _run(
        self, graph: Graph, numbers: np.ndarray, state: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Give log-probabilities [row, time, symbol] of what follows, and the next state."""
        outputs = graph.run(pieces=numbers, state=state)
        shape = (*numbers.shape, len(self.vocabulary))
        scores, state = expect(outputs, shape, state.shape)
        return scores, state

    def _new_row(self, prompt: int, number: int, sample: int, options: GenerationOptions) -> Draft:
        mixed = (options.seed, sample, number) if number else (options.seed, sample)
        chances = np.random.default_rng(mixed).random(options.length)
        return Draft(chances, self.vocabulary.writer(), StopAt(options.stop), prompt)

    def _empty_state(self, rows: int) -> np.ndarray:
        return np.zeros((rows, *self._state_shape), np.float32)


def _add(row: Draft, number: int, log_probability: float) -> None:
    """Add a symbol to a text, which it may end."""
    row.log_probabilities.append(log_probability)
    if number < SPECIAL:
        row.pieces.append("")
        row.text += row.stop.add(row.writer.end())[0] + row.stop.end()
        row.end = "end"
        return
    row.recent.append(number)
    piece = row.writer.write(number)
    row.pieces.append(piece)
    sure, has_ended = row.stop.add(piece)
    row.text += sure
    if has_ended:
        row.end = "stop"
