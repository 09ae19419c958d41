"""How close the times of speech are to the truth, and how many cues obey the rules.

    python benchmarks/speech_times.py recordings/*.wav --joined 4

The recordings, of one utterance each, are joined at random with pauses of 0.3 to 6 s to JOINED test
recordings, so that it is known when each utterance begins and ends: at the first and the last 20 ms
that are within 35 dB of the utterance's loudest. An utterance is compared with the words nearest to
its beginning and to its end.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import click
import numpy as np

from pipelines import load
from pipelines.audio import SAMPLE_RATE_HZ, read_audio

FRAME = SAMPLE_RATE_HZ // 50  # samples: 20 ms
FAINTEST = 10 ** (-35 / 20)  # of an utterance, against its loudest frame
NOISE = 3e-4  # -70 dB of full scale, in the pauses too

Truth = list[tuple[float, float]]


def bounds(samples: np.ndarray) -> tuple[int, int]:
    """Give the first sample of an utterance and the one after its last."""
    frames = samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME)
    level = np.sqrt(np.square(frames).mean(axis=1))
    loud = np.flatnonzero(level > FAINTEST * level.max())
    return int(loud[0]) * FRAME, int(loud[-1] + 1) * FRAME


def join(paths: Sequence[Path], random: np.random.Generator) -> tuple[np.ndarray, Truth]:
    """Join utterances with pauses; give the samples and when each is said, in seconds."""
    parts, truth, position = [], [], 0
    for path in paths:
        samples = read_audio(str(path))
        first, end = bounds(samples)
        pause = np.zeros(int(random.uniform(0.3, 6) * SAMPLE_RATE_HZ), np.float32)
        position += len(pause)
        truth.append((position / SAMPLE_RATE_HZ, (position + end - first) / SAMPLE_RATE_HZ))
        parts += [pause, samples[first:end]]
        position += end - first
    whole = np.concatenate(parts)
    return whole + random.normal(0, NOISE, len(whole)).astype(np.float32), truth


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--joined", default=4, show_default=True, help="Number of test recordings.")
@click.option("--each", default=20, show_default=True, help="Number of utterances in each.")
@click.option("--seed", default=0, show_default=True)
def main(paths: Sequence[Path], joined: int, each: int, seed: int) -> None:
    """Measure the times of PATHS, joined."""
    random = np.random.default_rng(seed)
    transcribe = load("speech-recognition", device="cpu")
    starts, ends, words, segments, cues = [], [], [], [], []
    for _ in range(joined):
        samples, truth = join([paths[i] for i in random.permutation(len(paths))[:each]], random)
        talk = transcribe((samples, SAMPLE_RATE_HZ))
        said = [word for segment in talk.segments for word in segment.words]
        for start, end in truth:
            starts.append(min(abs(word.start_seconds - start) for word in said))
            ends.append(min(abs(word.end_seconds - end) for word in said))
        words += [word.end_seconds - word.start_seconds for word in said]
        segments += [segment.end_seconds - segment.start_seconds for segment in talk.segments]
        if hasattr(talk, "cues"):
            cues.append(talk.cues())
    click.echo(f"starts {np.mean(starts):.3f} s, ends {np.mean(ends):.3f} s on average")
    click.echo(f"longest word {max(words):.1f} s, longest segment {max(segments):.1f} s")
    if cues:
        tell_rules(cues)


def tell_rules(recordings: Sequence[Sequence]) -> None:
    """Print the share of cues that obey each rule."""
    cues = [cue for recording in recordings for cue in recording]
    seconds = np.array([cue.end_seconds - cue.start_seconds for cue in cues])
    letters = np.array([len(" ".join(cue.lines)) for cue in cues])
    gaps = np.array(
        [b.start_seconds - a.end_seconds for one in recordings for a, b in pairwise(one)]
    )
    click.echo(f"{len(cues)} cues, the longest {seconds.max():.2f} s")
    click.echo(f"42 characters: {np.mean([max(map(len, cue.lines)) <= 42 for cue in cues]):.1%}")
    click.echo(f"2 lines: {np.mean([len(cue.lines) <= 2 for cue in cues]):.1%}")
    click.echo(f"7 s: {np.mean(seconds <= 7.0005):.1%}")
    click.echo(f"17 characters per second: {np.mean(letters / seconds <= 17.05):.1%}")
    click.echo(f"gap of 80 ms: {np.mean(gaps >= 0.0795):.1%}")


if __name__ == "__main__":
    main()
