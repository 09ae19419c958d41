"""Make the built-in bundle `speech-digits-en` from the Free Spoken Digit Dataset.

    pip install ".[train]"
    python -m scripts.speech_digits_en.voices --kokoro . --out voices
    python -m scripts.speech_digits_en.make free-spoken-digit-dataset/recordings --voices voices

The recordings are named digit_speaker_number.wav. Those of one speaker validate; nothing of them is
in training. The voices are further speakers to train on, such as voices.py makes: digits
should not be taken for what a few people make of them. All that is trained on is cut anew where it
is louder than some part of its loudest moment: the recordings of a faint voice have been cut more
tightly than others, and lack the ends of words. Some recordings of every speaker are also joined,
one after the other with pauses, so that the model learns to hear several digits in one recording
and none in a pause. The language model learns from rows of digits drawn by chance: it knows the
words, and no order of them.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import click
import numpy as np
import soundfile

from pipelines.audio import SAMPLE_RATE_HZ, read_audio
from scripts.built_in import WORK, make

WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
LOOSEST_CUT, TIGHTEST_CUT = 0.01, 0.2  # of the loudest, how loud a recording begins and ends
MOST_JOINED = 3  # digits in a row
ROWS, DIGITS_A_ROW = 500, 20  # for the language model
LONGEST_PAUSE_SECONDS = 0.5
LEVEL_CHANGE = 0.5  # of each digit of a row, as a logarithm
HISS = 3e-4  # of full scale, in the pauses


class Recording(NamedTuple):
    """A digit that somebody says."""

    path: Path
    word: str
    speaker: str


def find_recordings(folder: Path) -> list[Recording]:
    """List the recordings in a folder by what their names say."""
    found = []
    for path in sorted(folder.glob("?_*_*.wav")):
        digit, speaker, _ = path.stem.split("_")
        found.append(Recording(path.absolute(), WORDS[int(digit)], speaker))
    if not found:
        raise click.ClickException(f"{folder}: no digit_speaker_number.wav in it")
    return found


def cut(recordings: Sequence[Recording], folder: Path, seed: int) -> Iterator[Recording]:
    """Write recordings cut more or less tightly."""
    random = np.random.default_rng(seed)
    for recording in recordings:
        samples = read_audio(recording.path)
        audible = np.exp(random.uniform(np.log(LOOSEST_CUT), np.log(TIGHTEST_CUT)))
        heard = np.flatnonzero(np.abs(samples) >= audible * np.abs(samples).max())
        path = folder / recording.path.name
        soundfile.write(path, samples[heard[0] : heard[-1] + 1], SAMPLE_RATE_HZ)
        yield recording._replace(path=path.absolute())


def join(recordings: Sequence[Recording], random: np.random.Generator) -> np.ndarray:
    """Put recordings one after the other: float32 [samples] at SAMPLE_RATE_HZ."""

    def pause() -> np.ndarray:
        count = round(random.uniform(0, LONGEST_PAUSE_SECONDS) * SAMPLE_RATE_HZ)
        return random.standard_normal(count).astype(np.float32) * HISS

    parts = [pause()]
    for recording in recordings:
        samples = read_audio(recording.path)
        level = np.exp(random.uniform(-LEVEL_CHANGE, 0)) / max(float(np.abs(samples).max()), 1e-3)
        parts += [(samples * level * 0.9).astype(np.float32), pause()]
    return np.concatenate(parts)


def join_some(
    recordings: Sequence[Recording], count: int, folder: Path, seed: int
) -> Iterator[Recording]:
    """Write rows of digits, each of one speaker."""
    random = np.random.default_rng(seed)
    of_speaker: dict[str, list[Recording]] = defaultdict(list)
    for recording in recordings:
        of_speaker[recording.speaker].append(recording)
    speakers = sorted(of_speaker)
    for number in range(count):
        own = of_speaker[speakers[number % len(speakers)]]
        chosen = [
            own[i] for i in random.integers(len(own), size=random.integers(2, MOST_JOINED + 1))
        ]
        path = folder / f"joined-{number:05d}.wav"
        soundfile.write(path, join(chosen, random), SAMPLE_RATE_HZ)
        words = " ".join(recording.word for recording in chosen)
        yield Recording(path.absolute(), words, chosen[0].speaker)


def draw_rows(seed: int) -> list[str]:
    """Give rows of digits for the language model, any digit after any other."""
    random = np.random.default_rng(seed)
    return [" ".join(random.choice(WORDS, DIGITS_A_ROW)) for _ in range(ROWS)]


def gather(
    recordings: Path,
    voices: Sequence[Path],
    out: Path,
    *,
    valid_speaker: str,
    joined: int,
    seed: int,
) -> None:
    """Write labels.tsv, the recordings to train on, and rows.txt for the language model."""
    found = find_recordings(recordings)
    train = [item for item in found if item.speaker != valid_speaker]
    valid = [item for item in found if item.speaker == valid_speaker]
    if not train or not valid:
        known = ", ".join(sorted({item.speaker for item in found}))
        raise click.ClickException(f"speaker {valid_speaker!r} is not one of several: {known}")
    for folder in voices:
        train += (item for item in find_recordings(folder) if item.speaker != valid_speaker)
    out.mkdir(parents=True)
    train = list(cut(train, out, seed))
    train += join_some(train, joined, out, seed)
    (out / "rows.txt").write_text("\n".join(draw_rows(seed)), encoding="utf-8")
    with (out / "labels.tsv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, delimiter="\t", lineterminator="\n")
        table.writerow(("path", "text", "split", "speaker"))
        for split, items in (("train", train), ("valid", valid)):
            for item in items:
                table.writerow((item.path, item.word, split, item.speaker))
    click.echo(f"{len(train)} recordings to train on, {len(valid)} to validate with")


@click.command()
@click.argument("recordings", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--voices",
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The folder that voices.py wrote.",
)
@click.option("--valid-speaker", default="theo", show_default=True)
@click.option("--joined", default=300, show_default=True, help="Rows of digits to add.")
@click.option("--seed", default=1, show_default=True)
def main(recordings: Path, voices: Path, valid_speaker: str, joined: int, seed: int) -> None:
    """Gather the data of RECORDINGS and of the voices, train, and seal the bundle."""
    data = WORK / "speech-digits-en" / "data"
    if not data.exists():
        gather(recordings, [voices], data, valid_speaker=valid_speaker, joined=joined, seed=seed)
    example = str(voices / "held-back" / "7_bf-emma_0.wav")
    rows = str(data / "rows.txt")
    make(__file__, data / "labels.tsv", examples=[example], language_text=rows)


if __name__ == "__main__":
    main()
