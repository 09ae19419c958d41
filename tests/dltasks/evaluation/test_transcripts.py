from __future__ import annotations

import json
from pathlib import Path

import pytest

from dltasks.evaluation.transcripts import (
    Transcript,
    character_error_rate,
    measure_transcripts,
    word_error_rate,
)

TRANSCRIPTS = [
    Transcript("1.png", "abcd", "abcd", "anna"),
    Transcript("2.png", "one two", "one too", "anna"),
    Transcript("3.png", "xyz", "", "ben"),
]


def _report():
    return measure_transcripts(TRANSCRIPTS, seconds=2.0, skipped=1)


def test_rates_are_edits_over_all_characters_and_words() -> None:
    truths, texts = ["abcd", "one two", "xyz"], ["abcd", "one too", ""]
    assert character_error_rate(truths, texts) == pytest.approx((0 + 1 + 3) / 14)
    assert word_error_rate(truths, texts) == pytest.approx((0 + 1 + 1) / 4)


def test_case_accents_and_spaces_count() -> None:
    assert character_error_rate(["Été"], ["ete"]) == pytest.approx(2 / 3)
    assert character_error_rate(["a b"], ["ab"]) == pytest.approx(1 / 3)


def test_report_by_writer_and_the_worst_first() -> None:
    report = _report()
    assert report.metrics == {"cer": pytest.approx(4 / 14), "wer": pytest.approx(2 / 4)}
    assert report.groups == {
        "anna": (pytest.approx(1 / 11), 2),
        "ben": (pytest.approx(1.0), 1),
    }
    assert [item.source for _, item in report.worst] == ["3.png", "2.png"]
    assert report.exact == pytest.approx(1 / 3)
    assert report.per_second == pytest.approx(1.5)


def test_report_as_text_and_as_plain_values() -> None:
    report = _report()
    text = report.to_text()
    assert "28.57%" in text
    assert "ben" in text
    assert "1 examples could not be read" in text
    values = json.loads(json.dumps(report.to_dict()))
    assert values["groups"]["ben"]["cer"] == 1.0
    assert values["worst"][0]["truth"] == "xyz"


def test_an_example_is_named_by_its_place_in_the_data() -> None:
    item = Transcript("cache/0003.png", "abcd", "abc", place="page.xml line l3")
    report = measure_transcripts([item], seconds=1.0, skipped=0)
    assert report.to_dict()["worst"][0]["source"] == "page.xml line l3"
    assert "page.xml line l3" in report.to_text()
    assert "cache" not in report.to_text()


def test_worst_examples_are_drawn_where_the_task_can(tmp_path: Path) -> None:
    assert _report().save_plots(tmp_path) == []
    drawn = []

    def draw(items, path: Path) -> Path:
        drawn.extend(items)
        return path

    report = measure_transcripts(TRANSCRIPTS, seconds=1, skipped=0, draw=draw)
    assert report.save_plots(tmp_path) == [tmp_path / "worst.png"]
    assert [item.source for item in drawn] == ["3.png", "2.png"]
