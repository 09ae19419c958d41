"""Run Whisper: a recording to segments, one window after another.

Radford et al. 2022, "Robust speech recognition via large-scale weak supervision", sections 2 and
4.5. The network reads 30 seconds; the next window begins where the last complete segment ended, and
gets the text so far.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from pipelines.audio import HOP, SAMPLE_RATE_HZ, WINDOW, log_mel
from pipelines.bundle.folder import Bundle
from pipelines.errors import BundleError, ConfigurationError
from pipelines.options import TranscriptionOptions
from pipelines.session import Graph, expect
from pipelines.speech_recognition.transcription import Segment
from pipelines.speech_recognition.whisper_decoder import (
    DecoderState,
    TokenHypothesis,
    TokenSearch,
    WhisperDecoder,
    name_heard,
)
from pipelines.speech_recognition.whisper_rules import WritingRules, log_softmax
from pipelines.speech_recognition.whisper_segments import Place, find_spans, make_segments
from pipelines.speech_recognition.whisper_settings import WhisperSettings, WhisperShape
from pipelines.speech_recognition.whisper_tokens import ENGLISH, TOKENIZER_FILE, WhisperTokens
from pipelines.speech_recognition.windows import Window
from pipelines.speech_recognition.word_bounds import bound_segments, find_speech

ENCODER_FILE = "encoder.onnx"
DECODER_FILE = "decoder.onnx"
FRAMES_A_POSITION = 2  # of the features, for one of the encoder's output
SILENCE = -10.0  # log_mel of nothing
# Radford et al. 2022, section 4.5: a text cannot be right where zlib makes it shorter than 1 / 2.4,
# or where its mean log-probability is below -1; nobody speaks where the model says so with more
# than 0.6 and is not sure of its text either.
MOST_COMPRESSION = 2.4
LEAST_LOG_PROBABILITY = -1.0
MOST_NO_SPEECH = 0.6
HOTTEST_PROMPT = 0.5  # a text drawn at a higher temperature is not shown to the next window
SHORTEST = SAMPLE_RATE_HZ // 10  # samples: what remains at the end and is shorter holds no word


class WhisperGraphs(NamedTuple):
    """The network's two halves."""

    encoder: Graph
    decoder: Graph


class WindowText(NamedTuple):
    """What a window says.

    Attributes:
        text: its tokens.
        no_speech: probability that nobody speaks.
        temperature: at which the text was drawn.
    """

    text: TokenHypothesis
    no_speech: float
    temperature: float


class WhisperRecogniser:
    """Recognises speech with a bundle of the family "whisper".

    Raises:
        BundleError: the bundle lacks something.
    """

    def __init__(self, bundle: Bundle) -> None:
        self._settings = bundle.read_preprocessing(WhisperSettings)
        self._shape = bundle.read_config(WhisperShape)
        if any(not self._shape.has_head(*head) for head in self._settings.heads):
            raise BundleError(f"{bundle.path}: it has no such alignment_heads; get the model again")
        self._bundle = bundle
        self._tokens = WhisperTokens(
            bundle.read(TOKENIZER_FILE), multilingual=self._settings.multilingual
        )
        self._rules = WritingRules(self._tokens)
        self._size = self._shape.audio_positions * FRAMES_A_POSITION * HOP  # samples of a window

    def load(self, device: str, threads: int) -> WhisperGraphs:
        """Load the graphs."""
        return WhisperGraphs(
            *(
                Graph(
                    self._bundle.read(file),
                    origin=str(self._bundle.path / file),
                    device=device,
                    threads=threads,
                    busy_wait=False,
                )
                for file in (ENCODER_FILE, DECODER_FILE)
            )
        )

    def check(self, options: TranscriptionOptions) -> None:
        """Refuse options that the model cannot follow.

        Raises:
            ConfigurationError: it does not know the language, or cannot translate.
        """
        self._tokens.check(options.language, translate=options.translate)
        if options.language_weight is not None:
            raise ConfigurationError(
                f"{self._bundle.name} has no language model; leave language_weight out"
            )

    def listen(
        self, graphs: WhisperGraphs, blocks: Iterator[np.ndarray], options: TranscriptionOptions
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
        window = Window(blocks, self._size)
        language = options.language or self._detect_language(graphs, window)
        return language, self._listen(graphs, window, language, options)

    def _listen(
        self, graphs: WhisperGraphs, window: Window, language: str, options: TranscriptionOptions
    ) -> Iterator[Segment]:
        opening = self._tokens.opening(language, translate=options.translate)
        random = np.random.default_rng(options.seed)
        written = self._tokens.encode(f" {options.initial_prompt.strip()}".rstrip())
        said_seconds = 0.0  # when the last segment ends
        while len(samples := window.skip_silence()) >= SHORTEST:
            decoder = self._hear(graphs, samples)
            reading = self._read(decoder, opening, written, options, random)
            place = Place(window.position / SAMPLE_RATE_HZ, len(samples) / SAMPLE_RATE_HZ)
            if _is_silent(reading):
                window.move(len(samples))
                continue
            spans, seconds = find_spans(reading.text.tokens, self._tokens, place.seconds)
            segments = make_segments(
                reading.text,
                spans,
                place,
                vocabulary=self._tokens,
                language=language,
                no_speech=reading.no_speech,
                word_times=options.word_times,
            )
            speech = find_speech(samples) + place.start_seconds
            segments = bound_segments(segments, speech, said_seconds)
            yield from segments
            said_seconds = segments[-1].end_seconds if segments else said_seconds
            window.move(min(round(seconds * SAMPLE_RATE_HZ), len(samples)))
            kept = reading.text.tokens[: spans[-1].end + 1] if spans else ()
            written = [*written, *kept][-self._shape.text_positions :]  # no more can ever be read
            written = written if reading.temperature <= HOTTEST_PROMPT else []

    def _detect_language(self, graphs: WhisperGraphs, window: Window) -> str:
        """Ask the model what the first sound is."""
        if not self._tokens.multilingual:
            return ENGLISH
        samples = window.skip_silence()
        if len(samples) < SHORTEST:
            return ENGLISH  # nothing will be written
        state = self._hear(graphs, samples).start([self._tokens.start])
        languages = self._tokens.languages
        return max(languages, key=lambda code: state.logits[0, languages[code]])

    def _hear(self, graphs: WhisperGraphs, samples: np.ndarray) -> WhisperDecoder:
        shape = self._shape
        mel = whisper_features(samples, shape.audio_positions * FRAMES_A_POSITION, shape.mel_bands)
        keys = (1, shape.heads, None, shape.audio_positions)
        values = (1, shape.heads, shape.audio_positions, None)
        outputs = expect(graphs.encoder.run(mel=mel[None]), *(keys, values) * shape.text_layers)
        return WhisperDecoder(graphs.decoder, name_heard(outputs), self._settings.heads)

    def _read(
        self,
        decoder: WhisperDecoder,
        opening: Sequence[int],
        written: Sequence[int],
        options: TranscriptionOptions,
        random: np.random.Generator,
    ) -> WindowText:
        """Find what a window says; draw again, more freely, where it cannot be right."""
        state, no_speech, used = self._open(decoder, opening, written)
        longest = min(self._shape.text_positions // 2, self._shape.text_positions - used)
        search = TokenSearch(decoder, self._rules, self._tokens.end, longest)
        readings: list[WindowText] = []
        for temperature in options.temperatures:
            text = self._search(search, state, temperature, options.beams or 1, random)
            readings.append(WindowText(text, no_speech, temperature))
            if _is_silent(readings[-1]) or self._is_plausible(text):
                return readings[-1]
        return max(readings, key=self._plausibility)

    def _open(
        self, decoder: WhisperDecoder, opening: Sequence[int], written: Sequence[int]
    ) -> tuple[DecoderState, float, int]:
        """Read what was written before and the opening.

        Returns:
            The state; the probability that nobody speaks, which the model gives at the start; and
            how many tokens were read.
        """
        most = self._shape.text_positions // 2 - 1
        before = [self._tokens.previous, *written[-most:]] if written else []
        state = decoder.start([*before, opening[0]])
        if state.logits.shape[1] < self._tokens.size:
            raise BundleError(
                f"{self._bundle.path}: {self._tokens.size} tokens for {state.logits.shape[1]} "
                "outputs; get the model again"
            )
        no_speech = float(np.exp(log_softmax(state.logits[0])[self._tokens.no_speech]))
        if len(opening) > 1:
            state = decoder.read(opening[1:], state)
        return state, no_speech, len(before) + len(opening)

    def _search(
        self,
        search: TokenSearch,
        state: DecoderState,
        temperature: float,
        beams: int,
        random: np.random.Generator,
    ) -> TokenHypothesis:
        if temperature == 0 and beams > 1:
            return search.beams(state, beams)
        return search.sample(state, temperature, random)

    def _is_plausible(self, text: TokenHypothesis) -> bool:
        is_likely = text.mean_log_probability >= LEAST_LOG_PROBABILITY
        return is_likely and self._compression(text) <= MOST_COMPRESSION

    def _plausibility(self, reading: WindowText) -> tuple[bool, float]:
        text = reading.text
        return self._compression(text) <= MOST_COMPRESSION, text.mean_log_probability

    def _compression(self, text: TokenHypothesis) -> float:
        """How much shorter zlib makes it; a text that repeats itself becomes very short."""
        content = self._tokens.decode(text.tokens).strip().encode()
        return len(content) / len(zlib.compress(content))


def _is_silent(reading: WindowText) -> bool:
    is_unsure = reading.text.mean_log_probability < LEAST_LOG_PROBABILITY
    return reading.no_speech > MOST_NO_SPEECH and is_unsure


def whisper_features(samples: np.ndarray, frames: int, bands: int) -> np.ndarray:
    """Give what the encoder hears: float32 [frames, bands], mostly from -1 to 1.

    Nothing fainter than 80 dB under the loudest counts (Radford et al. 2022, section 2.2).

    Args:
        samples: float32 [samples], no more than `frames` * HOP.
        frames: of the result; what follows the samples is silence.
        bands: of the mel scale.
    """
    mel = np.full((frames, bands), SILENCE, np.float32)
    heard = log_mel(np.pad(samples, (0, WINDOW)), bands)[:frames]
    mel[: len(heard)] = heard
    return np.asarray((np.maximum(mel, mel.max() - 8.0) + 4.0) / 4.0)
