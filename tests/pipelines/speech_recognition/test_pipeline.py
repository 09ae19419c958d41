from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from pipelines import BundleError, ConfigurationError, InputError
from pipelines.audio import SAMPLE_RATE_HZ, Samples
from pipelines.base import Failure
from pipelines.bundle.folder import open_bundle
from pipelines.options import TranscriptionOptions
from pipelines.speech_recognition.pipeline import SpeechRecognition
from pipelines.speech_recognition.whisper_family import whisper_features
from tests.whisper_stand_in import (
    TOKENS,
    ScriptedDecoder,
    at,
    make_noise,
    say,
    scripted,
    write_bundle,
)

SILENCE = np.zeros(SAMPLE_RATE_HZ, np.float32)


def make_pipeline(
    folder: Path, scripts: Sequence[Sequence[int]], *, multilingual: bool = False, **settings: Any
) -> tuple[SpeechRecognition, ScriptedDecoder]:
    bundle = open_bundle(write_bundle(folder / "bundle", multilingual=multilingual))
    pipeline = SpeechRecognition(bundle, device="cpu", threads=1)
    graphs = scripted(scripts, **settings)
    pipeline.load_graphs = lambda threads: graphs  # type: ignore[method-assign]
    return pipeline, graphs.decoder  # type: ignore[return-value]


def noise(seconds: float) -> Samples:
    return Samples(make_noise(seconds), SAMPLE_RATE_HZ)


def test_text_segments_and_words_come_with_their_times(tmp_path: Path) -> None:
    pipeline, _ = make_pipeline(tmp_path, [[*say(0.2, "One two.", 1.0), *say(1.0, "Three.", 1.8)]])
    found = pipeline(noise(2.0))
    assert found.text == "One two. Three."
    assert found.language == "en"
    first, second = found.segments
    assert (first.start_seconds, first.end_seconds) == (0.2, 1.0)
    assert (second.start_seconds, second.end_seconds) == (1.0, 1.8)
    assert [word.text for word in first.words] == ["One", "two."]
    assert [word.text for word in second.words] == ["Three."]
    assert 0.9 < first.confidence <= 1
    for segment in found.segments:
        times = [time for word in segment.words for time in (word.start_seconds, word.end_seconds)]
        assert times == sorted(times)
        assert segment.start_seconds <= times[0] <= times[-1] <= segment.end_seconds


def test_words_are_left_out_where_they_are_not_asked_for(tmp_path: Path) -> None:
    pipeline, _ = make_pipeline(tmp_path, [say(0.0, "One", 1.0)])
    assert pipeline(noise(2.0), word_times=False).segments[0].words == ()


def test_the_next_window_begins_after_the_last_whole_segment(tmp_path: Path) -> None:
    broken_off = [*say(0.0, "One", 1.5), *say(1.5, "tw")]
    pipeline, decoder = make_pipeline(tmp_path, [broken_off, say(0.1, "two", 1.0)])
    found = pipeline(noise(3.0))
    assert [segment.text for segment in found.segments] == ["One", "two"]
    assert found.segments[1].start_seconds == 1.6
    assert decoder.read[-1][:1] == [TOKENS.previous]  # and is told what was written
    assert "One" in TOKENS.decode(decoder.read[-1])
    assert "tw" not in TOKENS.decode(decoder.read[-1][: decoder.read[-1].index(TOKENS.start)])


def test_times_stay_within_the_recording(tmp_path: Path) -> None:
    pipeline, _ = make_pipeline(tmp_path, [say(0.5, "One", 2.0)])
    assert pipeline(noise(1.2)).segments[0].end_seconds == 1.2


def test_silence_is_skipped_without_a_run(tmp_path: Path) -> None:
    pipeline, decoder = make_pipeline(tmp_path, [say(0.3, "One", 1.0)])
    assert pipeline((SILENCE, SAMPLE_RATE_HZ)).text == ""
    assert not decoder.read
    late = np.concatenate([*[SILENCE] * 20, make_noise(1.0), *[SILENCE] * 20])
    found = pipeline((late, SAMPLE_RATE_HZ))
    assert found.segments[0].start_seconds == pytest.approx(20.0, abs=0.31)


def test_what_the_model_takes_for_no_speech_is_left_out(tmp_path: Path) -> None:
    doubtful = {"no_speech": 15.0, "likely": -6.0}  # 9 - 3 above the others: unsure of its text
    pipeline, _ = make_pipeline(tmp_path, [say(0.0, "Thanks", 1.0)], **doubtful)
    found = pipeline(noise(2.0))
    assert (found.text, found.language, found.segments) == ("", "", ())


def test_a_text_that_repeats_itself_is_drawn_again(tmp_path: Path) -> None:
    pipeline, decoder = make_pipeline(tmp_path, [say(0.0, "ha " * 16, 1.0)], likely=4.0)
    pipeline(noise(2.0), temperatures=[0.0])
    once = len(decoder.read)
    decoder.read.clear()
    pipeline(noise(2.0), temperatures=[0.0, 0.0, 0.0])
    assert len(decoder.read) > 2 * once


def test_the_prompt_stands_before_the_first_window(tmp_path: Path) -> None:
    pipeline, decoder = make_pipeline(tmp_path, [say(0.0, "One", 1.0)])
    pipeline(noise(2.0), initial_prompt="Ada Lovelace")
    assert decoder.read[0][0] == TOKENS.previous
    assert TOKENS.decode(decoder.read[0]).strip() == "Ada Lovelace"


def test_a_long_prompt_leaves_room_for_the_text(tmp_path: Path) -> None:
    pipeline, decoder = make_pipeline(tmp_path, [say(0.0, "One", 1.0)])
    assert pipeline(noise(2.0), initial_prompt="name " * 200).text == "One"
    assert max(map(len, decoder.read)) <= 100


def test_a_multilingual_model_finds_the_language_out_and_is_told_it(tmp_path: Path) -> None:
    scripts = [say(0.0, "Eins", 1.0), say(0.0, "Eins", 1.0)]
    pipeline, decoder = make_pipeline(tmp_path, scripts, multilingual=True, language="de")
    assert pipeline(noise(2.0)).language == "de"
    told = decoder.read[-1]
    assert pipeline._recogniser._tokens.languages["de"] in told  # type: ignore[attr-defined]


def test_options_that_cannot_be_followed_are_refused(tmp_path: Path) -> None:
    pipeline, _ = make_pipeline(tmp_path, [say(0.0, "One", 1.0)])
    with pytest.raises(ConfigurationError, match="language 'de'"):
        pipeline(noise(1.0), language="de")
    with pytest.raises(ConfigurationError, match="cannot translate"):
        pipeline.stream([noise(1.0)], translate=True)
    with pytest.raises(ConfigurationError, match="beams 0"):
        pipeline(noise(1.0), beams=0)
    with pytest.raises(ConfigurationError, match="temperatures"):
        TranscriptionOptions(temperatures=())


def test_segments_come_before_the_recording_is_read_to_its_end(tmp_path: Path) -> None:
    pipeline, _ = make_pipeline(tmp_path, [say(0.0, "One", 2.0)] * 30)
    taken = []

    def blocks() -> Iterator[np.ndarray]:
        for number in range(30):
            taken.append(number)
            yield make_noise(2.0)

    options = TranscriptionOptions()
    _, segments = pipeline._recogniser.listen(pipeline.load_graphs(1), blocks(), options)
    assert next(segments).text == "One"
    assert len(taken) <= 2


def test_a_recording_that_breaks_off_fails_alone_after_its_segments(tmp_path: Path) -> None:
    file = io.BytesIO()
    soundfile.write(file, make_noise(30.0), SAMPLE_RATE_HZ, format="FLAC")
    damaged = file.getvalue()[: len(file.getvalue()) // 2]
    pipeline, _ = make_pipeline(tmp_path, [say(0.0, "One", 2.0)] * 60)
    first, failure, second = pipeline.stream(
        [noise(2.0), damaged, noise(2.0)], on_error="return", batch_size=3
    )
    assert first.text == second.text == "One"  # type: ignore[union-attr]
    assert isinstance(failure, Failure)
    assert "\n" not in str(failure.error)
    segments = pipeline.segments(damaged)
    assert next(segments).text == "One"
    with pytest.raises(InputError):
        list(segments)


def test_a_recording_alone_in_a_stream_gets_all_threads(tmp_path: Path) -> None:
    pipeline, _ = make_pipeline(tmp_path, [say(0.0, "One", 1.0)])
    pipeline.threads, graphs, asked = 2, pipeline.load_graphs(1), []

    def load(threads: int) -> Any:
        asked.append(threads)
        return graphs

    pipeline.load_graphs = load  # type: ignore[method-assign]
    assert len(list(pipeline.stream([noise(1.0)]))) == 1
    assert len(list(pipeline.stream([noise(1.0)] * 3))) == 3
    assert asked == [2, 1]


def test_twenty_milliseconds_hold_no_word(tmp_path: Path) -> None:
    pipeline, decoder = make_pipeline(tmp_path, [say(0.0, "One", 1.0)])
    assert pipeline(noise(0.02)).text == ""
    assert not decoder.read


@pytest.mark.parametrize("config", [{"family": "telepathy"}, {"family": None}])
def test_unknown_families_are_refused(tmp_path: Path, config: dict[str, Any]) -> None:
    bundle = open_bundle(write_bundle(tmp_path / "bundle", **config))
    with pytest.raises(BundleError, match="family"):
        SpeechRecognition(bundle, device="cpu")


def test_a_bundle_that_lacks_a_setting_is_refused(tmp_path: Path) -> None:
    bundle = open_bundle(write_bundle(tmp_path / "bundle"))
    with pytest.raises(BundleError, match="unusable"):
        SpeechRecognition(replace(bundle, preprocessing={}), device="cpu")


def test_features_lie_within_two_of_each_other_and_end_in_silence() -> None:
    mel = whisper_features(make_noise(1.0), 200, 8)
    assert mel.shape == (200, 8)
    assert mel.max() - mel.min() <= 2.0 + 1e-6
    assert (mel[110:] == mel.min()).all()
    assert at(0.0) == TOKENS.first_timestamp
