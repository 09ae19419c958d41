"""Run networks of the family "ctc" on one stretch of a recording after another.

A recording is heard in stretches of up to 20 seconds, cut where it is quietest, so an hour takes
no more memory than a minute.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

import numpy as np

from pipelines.audio import HOP, SAMPLE_RATE_HZ
from pipelines.bundle.folder import Bundle
from pipelines.ctc.alphabet import read_alphabet
from pipelines.ctc.decoding import Reading, read_greedily, search_beams
from pipelines.ctc.language_model import SymbolScorer, read_language_model
from pipelines.errors import BundleError, ConfigurationError
from pipelines.options import SPEECH_BEAMS, TranscriptionOptions
from pipelines.session import Graph, expect
from pipelines.speech_recognition.ctc_features import (
    MARGIN_FRAMES,
    STEP_SECONDS,
    SpeechPreprocessing,
    level_features,
    output_frames,
    pad_features,
    read_features,
)
from pipelines.speech_recognition.transcription import Segment, SpokenWord
from pipelines.speech_recognition.windows import FRAME, Window

GRAPH_FILE = "model.onnx"
LONGEST = 20 * SAMPLE_RATE_HZ  # samples of a stretch
EARLIEST_CUT = 10 * SAMPLE_RATE_HZ  # samples; a longer stretch may be cut after these
CUT_FRAMES = 10  # of 20 ms: a cut is made in the quietest 0.2 s
SHORTEST = SAMPLE_RATE_HZ // 20  # samples: what remains at the end and is shorter holds no word
MARGIN_SECONDS = MARGIN_FRAMES * HOP / SAMPLE_RATE_HZ
PAUSE_SECONDS = 1.0  # without a symbol: a new segment begins


class CtcRecogniser:
    """Recognises speech with a bundle of the family "ctc".

    Raises:
        BundleError: the bundle lacks something.
    """

    def __init__(self, bundle: Bundle) -> None:
        self._bundle = bundle
        self._preprocessing = bundle.read_preprocessing(SpeechPreprocessing)
        self._alphabet = read_alphabet(bundle)

    def load(self, device: str, threads: int) -> Graph:
        """Load the graph."""
        origin = str(self._bundle.path / GRAPH_FILE)
        content = self._bundle.read(GRAPH_FILE)
        return Graph(content, origin=origin, device=device, threads=threads)

    def check(self, options: TranscriptionOptions) -> None:
        """Refuse options that the model cannot follow.

        Raises:
            ConfigurationError: it is of another language, cannot translate, be prompted or sample,
                or has no language model.
        """
        known = self._preprocessing.language
        if options.language and options.language != known:
            raise ConfigurationError(
                f"language {options.language!r} is not the language of {self._bundle.name}, "
                f"{known or 'which is not stated'}; leave it out"
            )
        if options.translate:
            raise ConfigurationError(
                f"{self._bundle.name} cannot translate; choose a multilingual Whisper"
            )
        if options.initial_prompt.strip():
            raise ConfigurationError(
                f"{self._bundle.name} cannot use an initial prompt; leave it out"
            )
        for name in ("temperatures", "seed"):
            if getattr(options, name) != getattr(TranscriptionOptions(), name):
                raise ConfigurationError(f"{self._bundle.name} does not sample; leave {name} out")
        if options.language_weight and self._language_model is None:
            raise ConfigurationError(
                f"{self._bundle.name} has no language model; leave language_weight out"
            )

    def listen(
        self, graphs: Graph, blocks: Iterator[np.ndarray], options: TranscriptionOptions
    ) -> tuple[str, Iterator[Segment]]:
        """Transcribe a recording.

        Args:
            graphs: of `load`.
            blocks: of the recording, float32 [samples] at SAMPLE_RATE_HZ; read as segments are
                taken.
            options: how to listen; see `check`.

        Returns:
            The language, and the segments as they are ready.
        """
        return self._preprocessing.language, self._listen(graphs, blocks, options)

    def _listen(
        self, graph: Graph, blocks: Iterator[np.ndarray], options: TranscriptionOptions
    ) -> Iterator[Segment]:
        window = Window(blocks, LONGEST)
        while len(samples := window.skip_silence()) >= SHORTEST:
            samples = samples[: find_cut(samples)]
            reading = self._read(graph, samples, options)
            start = window.position / SAMPLE_RATE_HZ
            yield from self._make_segments(reading, start, len(samples) / SAMPLE_RATE_HZ, options)
            window.move(len(samples))

    def _read(self, graph: Graph, samples: np.ndarray, options: TranscriptionOptions) -> Reading:
        features = level_features(read_features(samples, self._preprocessing))
        mel, frames = pad_features([features])
        shape = (1, int(output_frames(len(features))), None)
        (found,) = expect(graph.run(mel=mel, frames=frames), shape)  # [1, frames, symbols + 1]
        if found.shape[2] != len(self._alphabet.symbols) + 1:
            raise BundleError(
                f"{self._bundle.path}: {len(self._alphabet.symbols)} symbols for "
                f"{found.shape[2]} outputs; export the model again"
            )
        return self._decode(found[0, : output_frames(len(features))], options)

    def _decode(self, output: np.ndarray, options: TranscriptionOptions) -> Reading:
        weight = options.language_weight
        weight = self._preprocessing.language_weight if weight is None else weight
        model = self._language_model if weight else None
        beams = options.beams or (SPEECH_BEAMS if model else 1)
        if beams == 1:
            return read_greedily(output, len(output))
        if model is None:
            return search_beams(output, len(output), beams=beams)[0]
        return self._search(output, beams, model, weight)

    def _search(
        self, output: np.ndarray, beams: int, model: SymbolScorer, weight: float
    ) -> Reading:
        """Find the likeliest text by what is heard and by the language model."""
        symbols = self._alphabet.symbols

        def score(before: tuple[int, ...], character: str) -> float:
            return weight * model(before, character)

        def score_end(text: tuple[int, ...]) -> float:
            """A text ends where a word ends: where a space could follow."""
            return score(text, " ") if text and symbols[text[-1]] != " " else 0.0

        readings = search_beams(
            output,
            len(output),
            beams=beams,
            score_symbol=lambda before, symbol: score(before, symbols[symbol]),
        )
        return max(readings, key=lambda reading: reading.score + score_end(reading.symbols))

    def _make_segments(
        self, reading: Reading, start: float, seconds: float, options: TranscriptionOptions
    ) -> Iterator[Segment]:
        """Join words to segments, parted by pauses; times count from the recording's beginning."""
        words = split_timed_words([self._alphabet.symbols[i] for i in reading.symbols], reading)
        for group in part_at_pauses(words):
            timed = tuple(word.shifted(start, seconds) for word in group)
            sure = np.concatenate([word.confidences for word in group])
            yield Segment(
                start_seconds=timed[0].start_seconds,
                end_seconds=timed[-1].end_seconds,
                text=" ".join(word.text for word in timed),
                words=timed if options.word_times else (),
                no_speech=0.0,
                confidence=float(np.exp(np.log(np.maximum(sure, 1e-10)).mean())),
            )

    @cached_property
    def _language_model(self) -> SymbolScorer | None:
        return read_language_model(self._bundle, self._alphabet)


class TimedWord:
    """A word with the frame and the probability of each of its symbols."""

    def __init__(self, text: str, frames: Sequence[int], confidences: Sequence[float]) -> None:
        self.text, self.frames, self.confidences = text, frames, confidences

    def shifted(self, start: float, seconds: float) -> SpokenWord:
        """Give the word with its times in the recording.

        Args:
            start: of the stretch that it was heard in.
            seconds: that the stretch takes.
        """
        end = min(max((self.frames[-1] + 1) * STEP_SECONDS - MARGIN_SECONDS, 0.0), seconds)
        begin = min(max(self.frames[0] * STEP_SECONDS - MARGIN_SECONDS, 0.0), end)
        return SpokenWord(
            self.text, round(start + begin, 3), round(start + end, 3), min(self.confidences)
        )


def split_timed_words(symbols: Sequence[str], reading: Reading) -> list[TimedWord]:
    """Split a reading at its spaces."""
    words: list[TimedWord] = []
    begin = 0
    for end in [i for i, symbol in enumerate(symbols) if symbol == " "] + [len(symbols)]:
        if end > begin:
            part = slice(begin, end)
            text = "".join(symbols[part])
            words.append(TimedWord(text, reading.frames[part], reading.confidences[part]))
        begin = end + 1
    return words


def part_at_pauses(words: Sequence[TimedWord]) -> list[list[TimedWord]]:
    """Group words between which there is no long pause."""
    groups: list[list[TimedWord]] = []
    for word in words:
        pause = (word.frames[0] - groups[-1][-1].frames[-1]) * STEP_SECONDS if groups else np.inf
        if pause >= PAUSE_SECONDS:
            groups.append([])
        groups[-1].append(word)
    return groups


def find_cut(samples: np.ndarray) -> int:
    """Count the samples of the next stretch: all, or up to the quietest moment after a while."""
    if len(samples) < LONGEST:
        return len(samples)
    late = samples[EARLIEST_CUT : len(samples) // FRAME * FRAME]
    energy = np.square(late.reshape(-1, FRAME)).mean(axis=1)
    around = np.convolve(energy, np.ones(CUT_FRAMES), mode="valid")
    return EARLIEST_CUT + (int(around.argmin()) + CUT_FRAMES // 2) * FRAME
