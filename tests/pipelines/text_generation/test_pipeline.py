"""Writing with a network of random weights: what does not depend on what it learned."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipelines import ConfigurationError, InputError, load
from pipelines.base import Failure
from pipelines.text_generation import pipeline as text_generation
from pipelines.text_generation.pipeline import TextGeneration
from pipelines.text_generation.prompts import NumberedPrompt
from pipelines.text_generation.vocabularies import BOUNDARY, UNKNOWN
from tests.writing import write_random_bundle

PROMPT = "a bad cab\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_random_bundle(tmp_path_factory.mktemp("bundles") / "random")


@pytest.fixture
def write(folder: Path) -> TextGeneration:
    return load(folder, threads=1)


def test_the_same_seed_writes_the_same_text(write: TextGeneration) -> None:
    texts = [write(PROMPT, length=50, seed=seed).text for seed in (1, 1, 2)]
    assert texts[0] == texts[1] != texts[2]


def test_samples_in_a_batch_are_those_written_alone(write: TextGeneration) -> None:
    found = write(PROMPT, length=40, samples=5)
    assert len({sample.text for sample in found.samples}) > 1
    assert found.text == found.samples[0].text == write(PROMPT, length=40).text
    assert found.samples[:3] == write(PROMPT, length=40, samples=3).samples


def test_prompts_in_a_stream_are_answered_as_alone(write: TextGeneration) -> None:
    prompts = ["", "a", PROMPT, 50 * PROMPT]
    alone = [write(prompt, length=30) for prompt in prompts]
    together = list(write.stream(prompts, batch_size=3, length=30))
    assert [item.text for item in together] == [item.text for item in alone]


def test_numbered_prompts_share_a_seed_and_differ(write: TextGeneration) -> None:
    numbered = [NumberedPrompt(PROMPT, number) for number in range(4)]
    texts = [write(prompt, length=30, seed=5, samples=2).text for prompt in numbered]
    assert len(set(texts)) == 4
    assert texts[0] == write(PROMPT, length=30, seed=5).text
    for batch_size in (1, 3):
        found = write.stream(numbered, batch_size=batch_size, length=30, seed=5)
        assert [item.text for item in found] == texts


@pytest.mark.parametrize("unit", ["characters", "bytes"])
def test_without_a_prompt_a_text_begins_as_after_a_line_break(tmp_path: Path, unit: str) -> None:
    write = load(write_random_bundle(tmp_path / unit, unit=unit), threads=1)
    found = [write("", length=20, seed=seed) for seed in range(20)]
    assert {item.prompt for item in found} == {""}
    assert not any(item.text.startswith("\n") for item in found)


def test_what_begins_a_text_is_as_likely_as_after_a_line_break(write: TextGeneration) -> None:
    found = write("", length=9, temperature=0.0)
    np.testing.assert_allclose(
        write.score(f"\n{found.text}").log_probabilities[1:],
        found.samples[0].log_probabilities,
        atol=1e-4,
    )


def test_a_model_without_line_breaks_begins_as_it_can(tmp_path: Path) -> None:
    write = load(write_random_bundle(tmp_path / "plain", symbols="abcd"), threads=1)
    assert write("", length=9).prompt == ""
    assert write.decode("", write.make_options({})).numbers.size == 0


@pytest.mark.parametrize("stop", [(), ("a",), ("ca", "b\n", "dd")])
def test_pieces_come_as_they_are_written_and_make_the_text(
    write: TextGeneration, stop: tuple[str, ...]
) -> None:
    for seed in range(5):
        pieces = list(write.pieces(PROMPT, length=60, stop=stop, seed=seed))
        assert "".join(pieces) == write(PROMPT, length=60, stop=stop, seed=seed).text
        assert all(pieces)


def test_a_stop_string_ends_the_text_and_is_left_out(write: TextGeneration) -> None:
    whole = write(PROMPT, length=200).text
    end = whole[1:3]
    found = write(PROMPT, length=200, stop=["never", end])
    assert found.text == whole[: whole.index(end)]
    assert found.samples[0].end == "stop"


def test_a_text_goes_on_until_its_length_or_its_end(write: TextGeneration) -> None:
    found = write(PROMPT, length=10, samples=20)
    for sample in found.samples:
        if sample.end == "length":
            assert len(sample.text) == len(sample.log_probabilities) == 10
        else:
            assert sample.end == "end"
            assert len(sample.text) == len(sample.log_probabilities) - 1
    assert {sample.end for sample in found.samples} == {"length", "end"}
    assert write(PROMPT, length=0).text == ""


def test_log_probabilities_are_those_of_scoring(write: TextGeneration) -> None:
    found = write(PROMPT, length=50, temperature=0.7, seed=3)
    scored = write.score(PROMPT + found.text)
    sample = found.samples[0]
    count = len(found.text)
    np.testing.assert_allclose(
        scored.log_probabilities[len(PROMPT) :], sample.log_probabilities[:count], atol=1e-4
    )
    assert "".join(scored.pieces) == PROMPT + found.text
    assert "".join(sample.pieces) == found.text


def test_probabilities_of_all_that_may_follow_add_up_to_one(write: TextGeneration) -> None:
    known = "abcdefgh \n"
    total = sum(np.exp(write.score(f"ab{letter}").log_probabilities[-1]) for letter in known)
    numbers = write.vocabulary.encode("ab")
    for special in (BOUNDARY, UNKNOWN):
        parts = [np.append(numbers, special)]
        total += np.exp(next(iter(write.log_probabilities(parts)))[-1])
    assert total == pytest.approx(1.0, abs=1e-5)


def test_the_state_is_carried_however_a_text_is_cut(
    write: TextGeneration, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = 40 * PROMPT
    whole = write.score(text)
    written = write(text, length=20)
    monkeypatch.setattr(text_generation, "SYMBOLS_PER_RUN", 7)
    np.testing.assert_allclose(
        write.score(text).log_probabilities, whole.log_probabilities, atol=1e-4
    )
    assert write(text, length=20).text == written.text
    numbers = write.vocabulary.encode(text)
    parts = write.log_probabilities([numbers[:1], numbers[1:100], numbers[100:]])
    np.testing.assert_allclose(np.concatenate(list(parts)), whole.log_probabilities, atol=1e-4)


def test_bits_and_perplexity_follow_from_the_log_probabilities(write: TextGeneration) -> None:
    scored = write.score(PROMPT)
    mean = -np.mean(scored.log_probabilities)
    assert scored.bits_per_character == pytest.approx(mean / np.log(2))
    assert scored.perplexity == pytest.approx(np.exp(mean))


def test_unknown_characters_are_reported_and_replaced(write: TextGeneration) -> None:
    found = write("á Ж", length=5)
    assert found.replaced == {"á": "a", "Ж": ""}
    assert found.prompt == "a Ж"
    scored = write.score("aáb")
    assert scored.unknown == ("á",)
    assert len(scored.log_probabilities) == len(scored.pieces) == 3


def test_unknown_is_never_written(write: TextGeneration) -> None:
    for sample in write("", length=300, temperature=5.0, samples=4).samples:
        assert set(sample.text) <= set("abcdefgh \n")


def test_the_likeliest_is_taken_at_temperature_0(write: TextGeneration) -> None:
    greedy = write(PROMPT, length=30, temperature=0.0).text
    assert greedy == write(PROMPT, length=30, top_k=1, seed=5).text
    assert greedy == write(PROMPT, length=30, min_p=1.0, seed=6).text


def test_punished_repetition_is_rarer(write: TextGeneration) -> None:
    def most(penalty: float) -> int:
        text = write(PROMPT, length=60, temperature=0.0, repetition_penalty=penalty).text
        return max(map(text.count, set(text)))

    assert most(5.0) < most(1.0)


def test_bytes_that_are_no_text_are_shown_as_such(tmp_path: Path) -> None:
    write = load(write_random_bundle(tmp_path / "bytes", unit="bytes"))
    found = write("é🙂", length=30, seed=1)
    assert found.replaced == {}
    assert "".join(found.samples[0].pieces).encode().decode() in found.text
    assert len(write.score("é").log_probabilities) == 2
    assert write.score("é").bits_per_character > 0


@pytest.mark.parametrize("wrong", [b"\xff\xfe", "nul \0", 7, None])
def test_what_is_not_a_text_is_refused(write: TextGeneration, wrong: Any) -> None:
    with pytest.raises(InputError) as caught:
        write(wrong)
    assert "\n" not in str(caught.value)
    failure, _ = write.stream([wrong, "a"], on_error="return", length=1)
    assert isinstance(failure, Failure)
    with pytest.raises(InputError):
        write.score(wrong)


def test_nothing_can_be_scored_of_an_empty_text(write: TextGeneration) -> None:
    with pytest.raises(InputError, match="empty"):
        write.score("")


@pytest.mark.parametrize(
    "settings", [{"length": -1}, {"samples": 0}, {"seed": -1}, {"top_p": 2.0}, {"length": 1.5}]
)
def test_unusable_options_are_refused(write: TextGeneration, settings: dict[str, Any]) -> None:
    (name,) = settings
    with pytest.raises(ConfigurationError, match=name):
        write(PROMPT, **settings)
