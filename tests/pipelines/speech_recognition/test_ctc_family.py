"""Recognisers of one's own: texts, times, pauses, long recordings, the language model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dltasks.tasks.ctc.language_model import learn_language_model
from pipelines import BundleError, ConfigurationError
from pipelines.audio import SAMPLE_RATE_HZ, Samples
from pipelines.bundle.folder import open_bundle
from pipelines.ctc.language_model import LANGUAGE_MODEL_FILE
from pipelines.options import TranscriptionOptions
from pipelines.speech_recognition.ctc_family import EARLIEST_CUT, LONGEST, find_cut
from pipelines.speech_recognition.pipeline import SpeechRecognition
from tests.tone_hearer import TONE_SECONDS, ToneGraph, record, sound, write_bundle


def make_pipeline(folder: Path, **assets: bytes) -> tuple[SpeechRecognition, ToneGraph]:
    bundle = open_bundle(write_bundle(folder / "tones", **assets))
    pipeline = SpeechRecognition(bundle, device="cpu", threads=1)
    graph = ToneGraph()
    pipeline.load_graphs = lambda threads: graph  # type: ignore[method-assign]
    return pipeline, graph


def test_text_words_times_and_confidence(tmp_path: Path) -> None:
    pipeline, _ = make_pipeline(tmp_path)
    found = pipeline(record("ab ba"))
    assert (found.text, found.language) == ("ab ba", "en")
    (segment,) = found.segments
    assert [word.text for word in segment.words] == ["ab", "ba"]
    assert segment.confidence == pytest.approx(0.97, abs=1e-3)
    assert segment.words[0].confidence == pytest.approx(0.97, abs=1e-3)
    first, second = segment.words
    assert first.start_seconds == pytest.approx(0.1, abs=TONE_SECONDS)
    assert second.start_seconds == pytest.approx(1.1, abs=TONE_SECONDS)
    assert first.start_seconds < first.end_seconds < second.start_seconds < second.end_seconds
    assert pipeline(record("ab"), word_times=False).segments[0].words == ()


def test_a_long_pause_begins_a_new_segment(tmp_path: Path) -> None:
    pipeline, _ = make_pipeline(tmp_path)
    found = pipeline(record("a.b"))
    assert [segment.text for segment in found.segments] == ["a", "b"]
    assert found.text == "a b"


def test_it_does_not_matter_how_loud_a_recording_is(tmp_path: Path) -> None:
    pipeline, _ = make_pipeline(tmp_path)
    for level in (0.05, 1.0, 3.0):
        found = pipeline(Samples(sound("abba") * level, SAMPLE_RATE_HZ))
        assert found.text == "abba"


def test_silence_is_no_text_and_no_run(tmp_path: Path) -> None:
    pipeline, graph = make_pipeline(tmp_path)
    found = pipeline(Samples(np.zeros(5 * SAMPLE_RATE_HZ, np.float32), SAMPLE_RATE_HZ))
    assert (found.text, found.language, found.segments) == ("", "", ())
    assert graph.lengths == []


def test_a_long_recording_is_heard_in_stretches_that_lose_nothing(tmp_path: Path) -> None:
    pipeline, graph = make_pipeline(tmp_path)
    text = "ab ba aa bb " * 8
    found = pipeline(record(text))
    assert found.text.split() == text.split()
    assert len(graph.lengths) > 1
    assert max(graph.lengths) <= 100 * LONGEST // SAMPLE_RATE_HZ
    times = [segment.start_seconds for segment in found.segments]
    assert times == sorted(times)


def test_a_cut_is_made_where_it_is_quiet() -> None:
    samples = np.full(LONGEST, 0.2, np.float32)
    quiet = slice(14 * SAMPLE_RATE_HZ, 15 * SAMPLE_RATE_HZ)
    samples[quiet] = 0.001
    assert quiet.start < find_cut(samples) < quiet.stop
    assert find_cut(np.ones(LONGEST, np.float32)) >= EARLIEST_CUT
    assert find_cut(samples[:-1]) == LONGEST - 1


def test_beams_follow_several_texts_and_heed_a_language_model_by_themselves(
    tmp_path: Path,
) -> None:
    model = learn_language_model(["ab ab ab"] * 50)
    pipeline, _ = make_pipeline(tmp_path, **{LANGUAGE_MODEL_FILE: model})
    plain, _ = make_pipeline(tmp_path / "plain")
    for found in (pipeline(record("ab")), plain(record("ab"), beams=4), plain(record("ab"))):
        assert found.text == "ab"
    recogniser = pipeline._recogniser
    unsure = np.log(
        np.array([[0.02, 0.02, 0.02, 0.94], [0.9, 0.04, 0.02, 0.04], [0.02, 0.4, 0.02, 0.56]])
    )
    assert recogniser._decode(unsure, TranscriptionOptions(beams=1)).symbols == (0,)  # type: ignore[attr-defined]
    assert recogniser._decode(unsure, TranscriptionOptions()).symbols == (0, 1)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"language": "de"}, "language 'de' is not the language of tones, en"),
        ({"translate": True}, "tones cannot translate"),
        ({"initial_prompt": "Ada"}, "tones cannot use an initial prompt"),
        ({"temperatures": 0.5}, "tones does not sample; leave temperatures out"),
        ({"seed": 1}, "tones does not sample; leave seed out"),
        ({"language_weight": 0.5}, "tones has no language model; leave language_weight out"),
        ({"beams": 1, "language_weight": 0.5}, "language_weight 0.5 has no effect with beams 1"),
    ],
)
def test_what_it_cannot_do_is_refused(tmp_path: Path, options: dict, message: str) -> None:
    pipeline, _ = make_pipeline(tmp_path)
    assert pipeline(record("a"), language="en").text == "a"
    with pytest.raises(ConfigurationError, match=message):
        pipeline(record("a"), **options)


def test_a_bundle_that_does_not_fit_together_is_refused(tmp_path: Path) -> None:
    pipeline, _ = make_pipeline(tmp_path, **{"alphabet.txt": b"a\nb\n"})
    with pytest.raises(BundleError, match="2 symbols for 4 outputs"):
        pipeline(record("a"))
