"""The layouts of speech data, and what is wrong with recordings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import tensorflow_datasets as tfds
from tensorflow_datasets.core import constants

from dltasks.data.checks import check
from dltasks.data.examples import Example
from dltasks.data.recordings import count_frames, read_recordings, seconds_of
from dltasks.tasks.speech_recognition.task import TASK
from pipelines.audio import SUFFIXES
from pipelines.errors import ConfigurationError


def write(path: Path, seconds: float = 0.5, level: float = 0.1, rate_hz: int = 8000) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    seed = sum(map(ord, path.name))
    samples = np.random.default_rng(seed).normal(0, level, round(seconds * rate_hz))
    soundfile.write(path, np.clip(samples, -1, 1), rate_hz)
    return path


def read(location: Path | str) -> list[Example]:
    return read_recordings(str(location), SUFFIXES)


def test_ljspeech_gives_the_spelled_out_text(tmp_path: Path) -> None:
    write(tmp_path / "wavs" / "LJ1.wav")
    text = 'LJ1|In 1900, "he" said|In nineteen hundred, "he" said\nLJ2|only one|\n'
    (tmp_path / "metadata.csv").write_text(text)
    first, second = read(tmp_path)
    assert first.source == str(tmp_path / "wavs" / "LJ1.wav")
    assert first.target == 'In nineteen hundred, "he" said'
    assert (second.target, second.group) == ("only one", "")
    assert second.origin == "metadata.csv line 2"


def test_common_voice_gives_splits_and_speakers(tmp_path: Path) -> None:
    (tmp_path / "clips").mkdir()
    heading = "client_id\tpath\tsentence\tup_votes\n"
    for name, line in (("train", 'x1\ta.mp3\tDer "Hund\t2'), ("dev", "x2\tb.mp3\tDie Katze\t2")):
        (tmp_path / f"{name}.tsv").write_text(f"{heading}{line}\n")
    first, second = read(tmp_path)
    assert (first.source, first.target) == (str(tmp_path / "clips/a.mp3"), 'Der "Hund')
    assert [(item.split, item.group) for item in (first, second)] == [
        ("train", "x1"),
        ("valid", "x2"),
    ]
    (tmp_path / "test.tsv").write_text(f"{heading}x3\tc.mp3\t\t2\n")
    with pytest.raises(ConfigurationError, match=r"test.tsv line 2: no 'sentence' in it"):
        read(tmp_path)


def test_manifests_and_folders_are_read_as_for_handwriting(tmp_path: Path) -> None:
    write(tmp_path / "ann" / "1.wav")
    write(tmp_path / "bob" / "1.wav")
    for name in ("ann", "bob"):
        (tmp_path / name / "1.txt").write_text(f"{name} speaks\n")
    assert [(item.target, item.group) for item in read(tmp_path)] == [
        ("ann speaks", "ann"),
        ("bob speaks", "bob"),
    ]
    (tmp_path / "some.tsv").write_text("ann/1.wav\tAnn\n")
    (example,) = read(tmp_path / "some.tsv")
    assert example.target == "Ann"


def test_lengths_come_from_the_headers(tmp_path: Path) -> None:
    examples = [Example(str(write(tmp_path / f"{n}.wav", seconds=n / 4)), "") for n in (1, 2)]
    assert [count_frames(example) for example in examples] == [25, 50]
    assert seconds_of([*examples, Example("not/there.wav", "")]) == pytest.approx(0.75)


def test_recordings_that_training_cannot_use_are_named(tmp_path: Path) -> None:
    (tmp_path / "text.wav").write_text("this is no sound")
    cases = [
        (write(tmp_path / "good.wav"), "a good one", None, ""),
        (tmp_path / "text.wav", "unreadable", "damaged", "not audio"),
        (write(tmp_path / "silent.wav", level=0.0), "silent", "unsuitable", "silent throughout"),
        (write(tmp_path / "loud.wav", level=3.0), "loud", "suspicious", "clipped"),
        (write(tmp_path / "long.wav"), "too much text " * 5, "unsuitable", "too short for the 69"),
        (write(tmp_path / "none.wav"), "...", "unsuitable", "nothing is said"),
    ]
    examples = [Example(str(path), text, "", f"line {path.name}") for path, text, *_ in cases]
    found = {Path(item.place).name: item for item in check(examples, TASK).findings}
    assert {item.is_used for item in found.values() if item.kind == "suspicious"} == {True}
    for path, _, kind, message in cases:
        if kind is None:
            assert path.name not in found
        else:
            assert found[path.name].kind == kind
            assert message in found[path.name].message


class TinySpeech(tfds.core.GeneratorBasedBuilder):
    """Recordings of two speakers."""

    VERSION = tfds.core.Version("1.0.0")

    def _info(self) -> tfds.core.DatasetInfo:
        features = {
            "speech": tfds.features.Audio(sample_rate=8000),
            "text": tfds.features.Text(),
            "speaker_id": np.int64,
        }
        return self.dataset_info_from_configs(features=tfds.features.FeaturesDict(features))

    def _split_generators(self, dl_manager: Any) -> dict[str, Any]:
        return {"train_clean100": self._examples(2), "dev_clean": self._examples(1)}

    def _generate_examples(self, *args: Any) -> Any:
        raise NotImplementedError

    def _examples(self, count: int) -> Iterator[tuple[int, dict[str, Any]]]:
        for number in range(count):
            samples = (np.arange(800) % 50 * 100 * (number + 1)).astype(np.int64)
            yield number, {"speech": samples, "text": f"TEXT {number}", "speaker_id": number}


def test_tfds_recordings_are_written_out_by_split_and_speaker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(constants, "DATA_DIR", str(tmp_path / "tfds"))
    for _ in range(2):
        found = read("tfds:tiny_speech")
    assert sorted((item.split, item.target, item.group) for item in found) == [
        ("train", "TEXT 0", "0"),
        ("train", "TEXT 1", "1"),
        ("valid", "TEXT 0", "0"),
    ]
    samples, rate_hz = soundfile.read(found[0].source, dtype="int16")
    assert (rate_hz, len(samples)) == (8000, 800)
    assert samples[:3].tolist() in ([0, 100, 200], [0, 200, 400])
