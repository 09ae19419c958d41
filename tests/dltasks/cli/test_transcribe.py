from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner, Result

from dltasks.cli.transcribe import transcribe_command
from pipelines.audio import SAMPLE_RATE_HZ
from pipelines.speech_recognition.pipeline import SpeechRecognition
from tests.whisper_stand_in import make_noise, say, scripted, write_bundle


@pytest.fixture
def recording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A recording that every stand-in hears as "One two." and "Three."."""
    script = [*say(0.2, "One two.", 1.0), *say(1.0, "Three.", 1.8)]
    monkeypatch.setattr(SpeechRecognition, "load_graphs", lambda self, threads: scripted([script]))
    path = tmp_path / "talk.wav"
    soundfile.write(path, make_noise(2.0), SAMPLE_RATE_HZ)
    write_bundle(tmp_path / "model")
    return path


def transcribe(recording: Path, *arguments: Any) -> Result:
    model = str(recording.parent / "model")
    words = [str(recording), "--model", model, *map(str, arguments)]
    return CliRunner().invoke(transcribe_command, words)


def test_text_is_the_default(recording: Path) -> None:
    result = transcribe(recording)
    assert (result.exit_code, result.stdout) == (0, "One two. Three.\n")


def test_json_holds_segments_and_words(recording: Path) -> None:
    (record,) = json.loads(transcribe(recording, "--format", "json").stdout)
    first = record["result"]["segments"][0]
    assert first["text"] == "One two."
    assert [word["text"] for word in first["words"]] == ["One", "two."]
    (record,) = json.loads(transcribe(recording, "--format", "json", "--no-word-times").stdout)
    assert record["result"]["segments"][0]["words"] == []


def test_csv_and_table_have_a_line_a_segment(recording: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(transcribe(recording, "--format", "csv").stdout)))
    assert [row["text"] for row in rows] == ["One two.", "Three."]
    assert float(rows[1]["start_seconds"]) == 1.0
    table = transcribe(recording, "--format", "table").stdout.splitlines()
    assert table[0] == str(recording)
    assert "00:00:01.000" in table[2]


@pytest.mark.parametrize(("kind", "heading"), [("srt", "1\n"), ("vtt", "WEBVTT\n")])
def test_subtitles_go_to_a_file(recording: Path, kind: str, heading: str) -> None:
    path = recording.with_suffix(f".{kind}")
    assert transcribe(recording, "--format", kind, "-o", path).exit_code == 0
    content = path.read_text()
    assert content.startswith(heading)
    assert content.count(" --> ") == 2


def test_subtitles_of_two_recordings_are_refused(recording: Path) -> None:
    result = transcribe(recording, recording, "--format", "srt")
    assert result.exit_code == 2
    assert "takes one recording, not 2" in result.stderr


def test_a_file_that_is_no_recording_fails_alone(recording: Path) -> None:
    wrong = recording.with_name("text.wav")
    wrong.write_text("not a recording")
    result = transcribe(recording, wrong, "--format", "jsonl")
    assert result.exit_code == 3
    first, second = map(json.loads, result.stdout.splitlines())
    assert first["result"]["text"] == "One two. Three."
    assert "text.wav" in second["error"]


def test_a_recording_without_speech_says_so_on_standard_error(
    run: Callable[..., Result], tmp_path: Path
) -> None:
    path = tmp_path / "silence.wav"
    soundfile.write(path, np.zeros(16_000), 16_000)
    done = run("transcribe", path)
    assert done.exit_code == 0
    assert done.stderr == f"{path}: no speech found\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--max-lines", 1], "--max-lines has no effect with --format text"),
        (["--format", "tsv", "--highlight-words"], "--highlight-words has no effect"),
        (["--format", "srt", "--cue-settings", "line:0"], "--cue-settings has no effect"),
        (["--format", "srt", "--highlight-words", "--no-word-times"], "needs word times"),
    ],
)
def test_rules_that_would_have_no_effect_are_refused(
    recording: Path, arguments: list[Any], message: str
) -> None:
    result = transcribe(recording, *arguments)
    assert result.exit_code == 2
    assert message in result.stderr


def test_rules_of_subtitles_are_obeyed(recording: Path) -> None:
    found = transcribe(recording, "--format", "vtt", "--max-words-per-cue", 1)
    assert found.stdout.count(" --> ") == 3
    assert transcribe(recording, "--format", "tsv").stdout.startswith("start\tend\ttext\n")


def test_json_has_cues(recording: Path) -> None:
    (record,) = json.loads(transcribe(recording, "--format", "json", "--max-lines", 1).stdout)
    assert [cue["lines"] for cue in record["result"]["cues"]] == [["One two."], ["Three."]]


def test_wrong_cue_settings_are_one_line(run: Callable[..., Result], tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, np.zeros(16_000), 16_000)
    done = run("transcribe", path, "--format", "vtt", "--cue-settings", "bold")
    assert done.exit_code == 2
    assert "'bold' is no setting of a VTT cue" in done.stderr
    assert "Traceback" not in done.stderr
