from __future__ import annotations

import numpy as np
import pytest

from pipelines.speech_recognition.whisper_decoder import (
    DecoderState,
    TokenSearch,
    WhisperDecoder,
    name_heard,
)
from pipelines.speech_recognition.whisper_rules import WritingRules
from tests.whisper_stand_in import POSITIONS, TOKENS, ScriptedDecoder, say

HEARD = name_heard([np.zeros((1, 1, 1, POSITIONS), np.float32)] * 2)
TEXT = say(0.0, "ab", 1.0)


def start(
    *, longest: int = 50, likely: float = 9.0
) -> tuple[TokenSearch, DecoderState, ScriptedDecoder]:
    graph = ScriptedDecoder([TEXT], likely=likely)
    decoder = WhisperDecoder(graph, HEARD, [(0, 0)])
    search = TokenSearch(decoder, WritingRules(TOKENS), TOKENS.end, longest)
    return search, decoder.start([TOKENS.start]), graph


@pytest.mark.parametrize("beams", [0, 2, 5])
def test_every_search_finds_the_likeliest_text_and_its_end(beams: int) -> None:
    search, state, _ = start()
    text = search.beams(state, beams) if beams else search.likeliest(state)
    assert list(text.tokens) == TEXT
    assert text.ended
    assert len(text.log_probabilities) == len(text.attended) == len(TEXT) + 1
    assert -0.1 < text.mean_log_probability < 0


def test_beams_prefer_a_likely_text_to_its_likely_beginning() -> None:
    """The likelier first letter leads to letters that are all alike."""

    class Garden(ScriptedDecoder):
        def run(self, **inputs: np.ndarray) -> list[np.ndarray]:
            outputs = super().run(**inputs)
            a, b = TOKENS.encode("ab")
            for logits, keys in zip(outputs[0], outputs[1], strict=True):
                last = int(keys[0, -1, 0])
                if last == TOKENS.first_timestamp:
                    logits[:] = -20.0
                    logits[[a, b]] = 5.2, 5.0
                elif last == a:
                    logits[: TOKENS.end] = 3.0
                    logits[TOKENS.end :] = -20.0
                elif last == b:
                    logits[TOKENS.end] = 30.0
            return outputs

    decoder = WhisperDecoder(Garden([say(0.0, "")]), HEARD, [(0, 0)])
    search = TokenSearch(decoder, WritingRules(TOKENS), TOKENS.end, 4)
    state = decoder.start([TOKENS.start])
    assert TOKENS.decode(search.likeliest(state).tokens).startswith("a")
    assert TOKENS.decode(search.beams(state, 3).tokens) == "b"


def test_a_text_is_cut_at_the_longest() -> None:
    search, state, _ = start(longest=3)
    text = search.likeliest(state)
    assert list(text.tokens) == TEXT[:3]
    assert not text.ended


def test_drawing_repeats_with_its_seed_and_varies_without() -> None:
    def draw(seed: int) -> tuple[int, ...]:
        search, state, _ = start(longest=12, likely=-9.0)  # everything is alike
        return search.sample(state, 1.0, np.random.default_rng(seed)).tokens

    assert draw(1) == draw(1)
    assert draw(1) != draw(2)


def test_tokens_are_read_once() -> None:
    search, state, graph = start()
    search.likeliest(state)
    assert [len(row) for row in graph.read] == list(range(1, len(TEXT) + 2))
