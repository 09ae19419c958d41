from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from pipelines import ConfigurationError
from pipelines.options import CueOptions
from pipelines.speech_recognition.cue_words import measure
from pipelines.speech_recognition.cues import Cue, make_cues
from pipelines.speech_recognition.transcription import Segment, SpokenWord, join_segments

LEAST_GAP = 0.08 - 1e-9


def say(text: str, start: float = 0.0, seconds: float = 0.3, pause: float = 0.0) -> Segment:
    """A segment whose words last equally long."""
    step = seconds + pause
    words = tuple(
        SpokenWord(
            word, round(start + step * place, 3), round(start + step * place + seconds, 3), 1
        )
        for place, word in enumerate(text.split())
    )
    return Segment(start, words[-1].end_seconds, text, words, 0.0, 0.9)


def cut(*segments: Segment, **options: Any) -> list[Cue]:
    return make_cues(segments, CueOptions(**options))


def texts(cues: list[Cue]) -> list[str]:
    return [cue.text for cue in cues]


def check_order(cues: list[Cue]) -> None:
    assert all(cue.start_seconds < cue.end_seconds for cue in cues)
    assert all(a.end_seconds <= b.start_seconds for a, b in pairwise(cues))


def make_talk(count: int) -> list[Segment]:
    """Sentences of random words, times and pauses."""
    random = np.random.default_rng(3)
    segments, start = [], 0.5
    for _ in range(count):
        words = ["w" * random.integers(1, 12) for _ in range(random.integers(1, 25))]
        text = " ".join(words) + str(random.choice(["", ".", ",", "?"]))
        segments.append(say(text, start, random.uniform(0.1, 0.6), random.uniform(0, 0.3)))
        start = segments[-1].end_seconds + random.choice([0.0, 0.02, 0.5, 4.0])
    return segments


def test_cues_obey_the_rules_and_keep_every_word() -> None:
    talk = make_talk(60)
    cues = cut(*talk)
    check_order(cues)
    assert " ".join(texts(cues)) == " ".join(segment.text for segment in talk)
    for cue in cues:
        assert len(cue.lines) <= 2
        assert max(map(len, cue.lines)) <= 42
        assert cue.end_seconds - cue.start_seconds <= 7.001
    assert all(b.start_seconds - a.end_seconds >= LEAST_GAP - 0.001 for a, b in pairwise(cues))


def test_cues_end_where_sentences_end() -> None:
    found = cut(say("This is the first sentence. And here comes another one. That is all."))
    assert texts(found) == [
        "This is the first sentence.",
        "And here comes another one.",
        "That is all.",
    ]


def test_a_long_sentence_is_cut_at_its_clauses() -> None:
    text = "When we came to the river by the old mill, we saw that not one of them had waited"
    assert texts(cut(say(f"{text} for us.")))[0].endswith("mill,")


def test_a_text_without_signs_is_cut_at_its_pause() -> None:
    first, second = say("a b c d e f g", seconds=0.4), say("h i j k l m n", 3.6, seconds=0.4)
    words = (*first.words, *second.words)
    found = cut(Segment(0, 6.4, f"{first.text} {second.text}", words, 0, 1), max_cue_seconds=5.0)
    assert texts(found) == [first.text, second.text]


def test_a_cue_does_not_stay_over_a_long_pause() -> None:
    first, second = cut(say("One two"), say("three four.", 8.0))
    assert first.end_seconds < 3
    assert second.start_seconds == 8.0


def test_titles_and_initials_end_no_sentence() -> None:
    assert texts(cut(say("There is Dr. J. Smith today."))) == ["There is Dr. J. Smith today."]


def test_a_cue_stays_until_it_is_read_if_nobody_speaks() -> None:
    (found,) = cut(say("Extraordinarily incomprehensible", seconds=0.4))
    assert found.end_seconds == pytest.approx(32 / 17, abs=0.001)


def test_a_short_word_is_shown_long_enough_to_be_seen() -> None:
    (found,) = cut(say("Yes.", seconds=0.2))
    assert found.end_seconds == pytest.approx(5 / 6, abs=0.001)


def test_lines_are_balanced() -> None:
    (found,) = cut(say("one of the things that one would say twice in", seconds=0.1))
    assert [len(line) for line in found.lines] == [22, 22]


def test_one_word_a_cue() -> None:
    found = cut(say("One two, three."), max_words_per_cue=1)
    assert texts(found) == ["One", "two,", "three."]
    check_order(found)


def test_a_word_of_sixty_letters_is_cut_to_lines_and_kept() -> None:
    found = cut(say(f"a {'b' * 60} c"), max_words_per_cue=3)
    assert "".join(line for cue in found for line in cue.lines).replace(" ", "") == f"a{'b' * 60}c"
    assert max(len(line) for cue in found for line in cue.lines) <= 42


def test_words_without_times_are_estimated() -> None:
    text = " ".join(["word"] * 50)
    found = cut(Segment(2.0, 27.0, text, (), 0.0, 0.9))
    check_order(found)
    assert " ".join(texts(found)) == text
    assert max(cue.end_seconds - cue.start_seconds for cue in found) <= 7.001
    assert found[0].start_seconds == 2.0


def test_words_at_the_same_moment_have_cues_in_order() -> None:
    words = tuple(SpokenWord(text, 1.0, 1.0, 1.0) for text in "abcde")
    found = cut(Segment(1.0, 1.02, "a b c d e", words, 0.0, 1.0), max_words_per_cue=1)
    assert texts(found) == ["a", "b", "c", "d", "e"]
    check_order(found)


def test_a_word_that_lasts_too_long_does_not_keep_its_cue() -> None:
    (found,) = cut(Segment(0.0, 20.0, "Oh", (SpokenWord("Oh", 0.0, 20.0, 1.0),), 0.0, 1.0))
    assert found.end_seconds == 7.0


def test_japanese_is_broken_by_characters_but_not_before_a_full_stop() -> None:
    text = "今日は天気がいいですね。" * 6
    words = tuple(SpokenWord(letter, 0.2 * i, 0.2 * i + 0.2, 1) for i, letter in enumerate(text))
    found = cut(Segment(0, 0.2 * len(text), text, words, 0, 1))
    lines = [line for cue in found for line in cue.lines]
    assert "".join(lines) == text
    assert max(map(measure, lines)) <= 42
    assert not any(line.startswith("。") for line in lines)


def test_right_to_left_text_and_accents_are_kept() -> None:
    text = "مَرْحَبًا بِكُمْ، كَيْفَ حَالُكُمْ؟"
    assert " ".join(texts(cut(say(text)))) == text
    assert measure("مَر") == 2


def test_nothing_said_is_no_cue() -> None:
    assert cut() == []
    assert cut(Segment(0, 1, "", (), 0, 0)) == []


def test_text_that_looks_like_nothing_but_signs_is_kept() -> None:
    assert texts(cut(say("... -- !"))) == ["... -- !"]


def test_a_transcription_gives_its_cues_and_refuses_unknown_rules() -> None:
    talk = join_segments("en", (say("One two."),))
    assert texts(talk.cues()) == ["One two."]
    with pytest.raises(ConfigurationError, match="max_lines"):
        talk.cues(max_line=1)


@pytest.mark.parametrize(
    "options",
    [
        {"max_lines": 0},
        {"max_cue_seconds": -1.0},
        {"max_words_per_cue": 0},
        {"cue_settings": "line:80% --> 3"},
        {"cue_settings": "bold"},
        {"frame_rate": 0.0},
    ],
)
def test_rules_that_nobody_can_obey_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match=next(iter(options))):
        CueOptions(**options)
