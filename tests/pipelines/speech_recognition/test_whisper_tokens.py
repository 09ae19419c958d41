from __future__ import annotations

import pytest

from pipelines import BundleError, ConfigurationError
from pipelines.speech_recognition.whisper_tokens import WhisperTokens
from tests.whisper_stand_in import TOKENIZER, TOKENS

MULTILINGUAL = WhisperTokens(TOKENIZER, multilingual=True)


def test_text_comes_back_from_its_tokens() -> None:
    assert TOKENS.decode(TOKENS.encode(" Grüße, 東京!")) == " Grüße, 東京!"


def test_times_and_special_tokens_are_not_text() -> None:
    tokens = [TOKENS.start, TOKENS.first_timestamp, *TOKENS.encode("a"), TOKENS.end]
    assert TOKENS.decode(tokens) == "a"


def test_words_keep_their_punctuation_and_whole_characters() -> None:
    parts = TOKENS.split_words(TOKENS.encode(" Où, là?"), "en")
    assert [part.text for part in parts] == ["Où,", "là?"]
    assert parts[0].end == parts[1].start == len(TOKENS.encode(" Où,"))


def test_each_character_is_a_word_where_there_are_no_spaces() -> None:
    parts = TOKENS.split_words(TOKENS.encode("東京"), "ja")
    assert [part.text for part in parts] == ["東", "京"]


def test_marks_of_what_is_not_speech_are_suppressed_and_letters_are_not() -> None:
    suppressed = set(TOKENS.suppressed)
    assert {*TOKENS.encode("["), *TOKENS.encode("("), TOKENS.start} <= suppressed
    assert not {*TOKENS.encode("a"), *TOKENS.encode(","), TOKENS.end} & suppressed


def test_notes_that_are_several_tokens_cannot_begin_and_spaces_can() -> None:
    assert len(TOKENS.encode("♪")) > 1
    assert TOKENS.encode("♪")[0] in TOKENS.suppressed
    assert TOKENS.encode(" ")[0] not in TOKENS.suppressed


def test_only_a_multilingual_model_is_told_language_and_task() -> None:
    assert TOKENS.opening("en", translate=False) == [TOKENS.start]
    spoken = MULTILINGUAL.opening("de", translate=False)
    english = MULTILINGUAL.opening("de", translate=True)
    assert len(spoken) == 3
    assert spoken[:2] == english[:2]
    assert spoken[2] != english[2]


def test_unknown_languages_and_translation_by_an_english_model_are_refused() -> None:
    MULTILINGUAL.check("de", translate=True)
    with pytest.raises(ConfigurationError, match="language 'xx' is not one"):
        MULTILINGUAL.check("xx", translate=False)
    with pytest.raises(ConfigurationError, match="language 'de' is not one"):
        TOKENS.check("de", translate=False)
    with pytest.raises(ConfigurationError, match="cannot translate"):
        TOKENS.check(None, translate=True)


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff", b'{"model": 7}'])
def test_damaged_tokenizer_is_told_in_one_line(content: bytes) -> None:
    with pytest.raises(BundleError) as caught:
        WhisperTokens(content, multilingual=False)
    assert "\n" not in str(caught.value)
