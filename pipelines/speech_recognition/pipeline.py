"""Transcribe recordings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Any, Protocol

import numpy as np

from pipelines.audio import AudioSource, stream_audio
from pipelines.base import Failure, Pipeline
from pipelines.bundle.families import choose_family
from pipelines.bundle.folder import Bundle
from pipelines.errors import InputError
from pipelines.options import TranscriptionOptions
from pipelines.speech_recognition.ctc_family import CtcRecogniser
from pipelines.speech_recognition.transcription import Segment, Transcription, join_segments
from pipelines.speech_recognition.whisper_family import WhisperRecogniser

Blocks = Iterator[np.ndarray]


class Recogniser(Protocol):
    """A family of networks; `whisper_family.WhisperRecogniser` documents each method."""

    def __init__(self, bundle: Bundle) -> None: ...

    def load(self, device: str, threads: int) -> Any: ...

    def check(self, options: TranscriptionOptions) -> None: ...

    def listen(
        self, graphs: Any, blocks: Blocks, options: TranscriptionOptions
    ) -> tuple[str, Iterator[Segment]]: ...


FAMILIES: dict[str, type[Recogniser]] = {"ctc": CtcRecogniser, "whisper": WhisperRecogniser}


class SpeechRecognition(Pipeline[AudioSource, Blocks, TranscriptionOptions, Transcription]):
    """Transcribe recordings with a bundle; make one with `pipelines.load`."""

    options_class = TranscriptionOptions
    gpu_batch_size = 1

    def __init__(self, bundle: Bundle, *, device: str = "auto", threads: int | None = None) -> None:
        super().__init__(bundle, device=device, threads=threads)
        self._recogniser = choose_family(bundle, FAMILIES)(bundle)

    def segments(self, recording: AudioSource, **options: Any) -> Iterator[Segment]:
        """Transcribe one recording and yield segments as they are ready.

        A damaged recording raises where the damage is, after the segments before it.

        Args:
            recording: a path, the bytes of a file, a binary file, or (values, rate in Hz).

        Raises:
            InputError: the recording cannot be read.
            ConfigurationError: there is no such option, or the model cannot follow it.
        """
        wanted = self.make_options(options)
        blocks = self.decode(recording, wanted)
        return self._recogniser.listen(self._fast_graph, blocks, wanted)[1]

    def make_options(self, options: dict[str, Any]) -> TranscriptionOptions:
        wanted = super().make_options(options)
        self._recogniser.check(wanted)
        return wanted

    def decode(self, source: AudioSource, options: TranscriptionOptions) -> Blocks:
        """Open a recording and read its first block; the others are read as they are needed."""
        blocks = stream_audio(source)
        return chain([next(blocks)], blocks)

    def infer(
        self, graph: Any, examples: Sequence[Blocks], options: TranscriptionOptions
    ) -> list[Transcription]:
        """Transcribe recordings, one after the other."""
        return [self._transcribe(graph, blocks, options) for blocks in examples]

    def _choose_graph(self, sources: Iterable[AudioSource]) -> tuple[Any, Iterable[AudioSource]]:
        """Give all threads to a recording that comes alone: it may take minutes."""
        iterator = iter(sources)
        head = list(islice(iterator, 2))
        graph = self._fast_graph if len(head) == 1 else self._narrow_graph
        return graph, chain(head, iterator)

    def _run_batch(
        self, graph: Any, batch: list[AudioSource], options: TranscriptionOptions
    ) -> list[Transcription | Failure]:
        """Transcribe each by itself: one may turn out to be damaged after an hour."""
        return [self._try_transcribe(graph, source, options) for source in batch]

    def _try_transcribe(
        self, graph: Any, source: AudioSource, options: TranscriptionOptions
    ) -> Transcription | Failure:
        try:
            return self._transcribe(graph, self.decode(source, options), options)
        except InputError as error:
            return Failure(source, error)

    def _transcribe(
        self, graph: Any, blocks: Blocks, options: TranscriptionOptions
    ) -> Transcription:
        language, segments = self._recogniser.listen(graph, blocks, options)
        return join_segments(language, tuple(segments))

    def load_graphs(self, threads: int) -> Any:
        return self._recogniser.load(self.device, threads)
