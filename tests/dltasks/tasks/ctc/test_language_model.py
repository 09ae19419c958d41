from __future__ import annotations

import io
import math

import numpy as np
import pytest

from dltasks.tasks.ctc.language_model import learn_language_model
from pipelines.ctc.language_model import START, NgramModel, parse_language_model
from pipelines.errors import BundleError

TEXTS = ["abab", "abba", "baba"] * 3


def _model(texts: list[str], order: int, symbols: int) -> NgramModel:
    with np.load(io.BytesIO(learn_language_model(texts, order))) as arrays:
        return parse_language_model(arrays, symbols, "model")


def test_probabilities_are_those_of_witten_and_bell() -> None:
    model = _model(["aab"], order=2, symbols=4)
    single = {"a": (2 + 2 / 4) / 5, "b": (1 + 2 / 4) / 5, "c": (2 / 4) / 5}
    after_a = {name: (count + 2 * single[name]) / 4 for name, count in (("a", 1), ("b", 1))}
    assert math.exp(model.log_probability("a", "a")) == pytest.approx(after_a["a"])
    assert math.exp(model.log_probability("a", "b")) == pytest.approx(after_a["b"])
    assert math.exp(model.log_probability("c", "c")) == pytest.approx(single["c"])


@pytest.mark.parametrize("history", ["", "a", "ab", "bab", "zz", START, START + "a"])
def test_probabilities_after_any_history_add_up_to_one(history: str) -> None:
    model = _model(TEXTS, order=4, symbols=3)
    total = sum(math.exp(model.log_probability(history, symbol)) for symbol in "abc")
    assert total == pytest.approx(1.0)


def test_a_likely_text_scores_higher() -> None:
    model = _model(TEXTS, order=3, symbols=3)
    assert model.score("abab") > model.score("aabb") > model.score("acca")
    assert model.score("ab") == pytest.approx(
        model.log_probability(START, "a") + model.log_probability(START + "a", "b")
    )


def test_only_the_last_characters_of_the_history_count() -> None:
    model = _model(TEXTS, order=3, symbols=3)
    assert model.log_probability("bbbbba", "b") == model.log_probability("ba", "b")


def test_equal_texts_give_equal_files() -> None:
    assert learn_language_model(TEXTS) == learn_language_model(list(TEXTS))


A, ONE = np.array(["a"]), np.array([1], np.int32)


@pytest.mark.parametrize(
    "arrays",
    [
        {},
        {"strings1": A, "strings2": A},
        {"strings1": A, "counts1": np.array([1, 2], np.int32)},
        {"strings1": A, "counts1": 0 * ONE},
        {"strings1": ONE, "counts1": ONE},
        {"strings1": np.array(["ab"]), "counts1": ONE},
    ],
)
def test_what_are_no_counts_of_strings_is_a_bundle_error(arrays: dict[str, np.ndarray]) -> None:
    with pytest.raises(BundleError, match="bundle/x: damaged language model"):
        parse_language_model(arrays, 3, "bundle/x")
