from __future__ import annotations

import io
import json
from dataclasses import asdict

import pytest

from dltasks.cli.output import Record, ResultLayout
from dltasks.cli.subtitles import writer_of
from pipelines import ConfigurationError
from pipelines.options import CueOptions
from pipelines.speech_recognition.transcription import Segment, Transcription, join_segments

LAYOUT = ResultLayout(str, (), lambda result: [])
TALK = join_segments("en", (Segment(0.0, 1.5, "One.", (), 0.0, 0.9),))


def record(answer: Transcription) -> Record:
    return Record("a.wav", "speech-recognition", "m", asdict(answer), answer=answer)


def test_a_failed_recording_leaves_no_cue_and_a_second_one_is_refused() -> None:
    file = io.StringIO()
    writer = writer_of("srt", CueOptions())(file, LAYOUT)
    writer.write(Record("bad.wav", "speech-recognition", "m", error="damaged"))
    assert file.getvalue() == ""
    writer.write(record(TALK))
    assert file.getvalue().startswith("1\n")
    with pytest.raises(ConfigurationError, match=r"a\.wav: one subtitle file"):
        writer.write(record(TALK))


def test_json_has_cues_and_errors() -> None:
    file = io.StringIO()
    writer = writer_of("json", CueOptions())(file, LAYOUT)
    writer.begin()
    writer.write(record(TALK))
    writer.write(Record("bad.wav", "speech-recognition", "m", error="damaged"))
    writer.end()
    good, bad = json.loads(file.getvalue())
    assert good["result"]["text"] == "One."
    assert good["result"]["cues"] == [{"start_seconds": 0.0, "end_seconds": 1.5, "lines": ["One."]}]
    assert bad["error"] == "damaged"
