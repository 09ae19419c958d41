"""One attention: alone and in a batch, at once and step by step, as one layer and in parts."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
from keras import ops

from dltasks.networks.attention import MultiHeadAttention, over_source
from dltasks.networks.transformer import DecoderLayer, EncoderLayer, exact_gelu

WIDTH, HEADS = 8, 2
RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(2, 5, WIDTH)).astype(np.float32)
MEMORY = RANDOM.normal(size=(2, 4, WIDTH)).astype(np.float32)
CAUSAL = np.tril(np.ones((5, 5), bool))[None, None]


def attention(**settings: Any) -> MultiHeadAttention:
    layer = MultiHeadAttention(WIDTH, HEADS, **settings)
    layer.build()
    return layer


def decoder_layer() -> DecoderLayer:
    layer = DecoderLayer(WIDTH, HEADS, activation=exact_gelu)
    layer.build((None, None, WIDTH))
    return layer


def test_each_head_mixes_by_the_softmax_of_scaled_products() -> None:
    layer = attention()
    keys, values = layer.project(MEMORY)
    found, weights = layer(X, keys, values)
    query = np.asarray(layer.to_query(X)).reshape(2, 5, HEADS, 4)
    keys, values = (np.asarray(item).reshape(2, 4, HEADS, 4) for item in (keys, values))
    scores = np.einsum("bthd,bshd->bhts", query, keys) / 2  # the square root of 4
    wanted = np.exp(scores) / np.exp(scores).sum(-1, keepdims=True)
    mixed = np.einsum("bhts,bshd->bthd", wanted, values).reshape(2, 5, WIDTH)
    np.testing.assert_allclose(weights, wanted, atol=1e-6)
    np.testing.assert_allclose(found, layer.to_output(mixed), atol=1e-5)


@pytest.mark.parametrize("dtype", ["float32", "mixed_float16"])
def test_what_is_hidden_does_not_matter(dtype: str) -> None:
    layer = attention(dtype=dtype)
    mask = np.array([[1, 1, 1, 0], [1, 1, 0, 0]], bool)
    changed = np.where(mask[..., None], MEMORY, 9)
    found, others = (
        layer(X, *layer.project(memory), over_source(mask)) for memory in (MEMORY, changed)
    )
    assert np.isfinite(np.asarray(found[0])).all()
    np.testing.assert_array_equal(found[0], others[0])
    assert (np.asarray(found[1])[:, :, :, 3] == 0).all()
    alone, _ = layer(X[:1], *layer.project(MEMORY[:1, :3]))
    np.testing.assert_allclose(found[0][:1], alone, atol=2e-3 if "16" in dtype else 1e-6)


def test_keys_without_a_bias_are_the_layer_with_seven_weights() -> None:
    assert [tuple(w.shape) for w in attention(key_bias=False).weights] == (
        [(8, 8), (8,), (8, 8), (8, 8), (8,), (8, 8), (8,)]
    )


def test_without_a_bias_only_the_output_has_one() -> None:
    assert [tuple(w.shape) for w in attention(bias=False, key_bias=False).weights] == (
        [(8, 8), (8, 8), (8, 8), (8, 8), (8,)]
    )


def test_a_memory_may_be_of_another_width() -> None:
    layer = DecoderLayer(WIDTH, HEADS, memory_width=6)
    layer.build((None, None, WIDTH))
    found, _, weights = layer(X, layer.project_memory(MEMORY[:, :, :6]))
    assert (found.shape, weights.shape) == ((2, 5, WIDTH), (2, HEADS, 5, 4))


def test_keys_laid_out_before_give_the_same() -> None:
    layer = attention()
    pair = layer.project(MEMORY)
    np.testing.assert_allclose(layer(X, *layer.mix.by_head(*pair))[0], layer(X, *pair)[0])


def test_steps_with_kept_keys_and_values_give_what_all_at_once_gives() -> None:
    layer = decoder_layer()
    memory = layer.project_memory(MEMORY)
    whole, _, seen = layer(X, memory, visible=CAUSAL)
    first, past, _ = layer(X[:, :2], memory, visible=CAUSAL[:, :, :2, :2])
    found = [first]
    for time in (2, 3, 4):
        x, past, weights = layer(X[:, time : time + 1], memory, past)
        found.append(x)
        np.testing.assert_allclose(weights[:, :, 0], seen[:, :, time], atol=1e-6)
    np.testing.assert_allclose(np.concatenate(found, axis=1), whole, atol=1e-5)


def test_a_layer_in_parts_is_the_layer_with_its_weights_in_the_same_order() -> None:
    inputs = keras.Input((None, WIDTH))
    parts = EncoderLayer(WIDTH, HEADS, prefix="first_")
    whole = keras.Model(inputs, parts.call(inputs))
    single = EncoderLayer(WIDTH, HEADS)
    single.build((None, None, WIDTH))
    assert [w.shape for w in whole.weights] == [w.shape for w in single.weights]
    assert whole.get_layer("first_feed_forward_inner") is parts.feed_forward.inner
    single.set_weights(whole.get_weights())
    np.testing.assert_allclose(whole(X), single(X), atol=1e-6)


def test_dropout_is_for_training_only() -> None:
    layer = EncoderLayer(WIDTH, HEADS, 0.5)
    layer.build((None, None, WIDTH))
    np.testing.assert_array_equal(layer(X), layer(X, training=False))
    assert np.abs(ops.convert_to_numpy(layer(X, training=True) - layer(X))).max() > 0.1


@pytest.mark.parametrize("normalise_first", [True, False])
def test_padding_of_a_memory_does_not_matter_where_it_is_hidden(normalise_first: bool) -> None:
    layer = DecoderLayer(WIDTH, HEADS, inner=6, normalise_first=normalise_first)
    layer.build((None, None, WIDTH))
    mask = np.array([[1, 1, 1, 0], [1, 1, 0, 0]], bool)
    changed = np.where(mask[..., None], MEMORY, 9).astype(np.float32)
    found = [
        layer(X, layer.project_memory(memory), visible_memory=over_source(mask))[0]
        for memory in (MEMORY, changed)
    ]
    np.testing.assert_array_equal(*found)


def test_normalised_after_each_part_is_what_the_paper_has() -> None:
    layer = EncoderLayer(WIDTH, HEADS, inner=6, normalise_first=False)
    layer.build((None, None, WIDTH))
    assert layer.feed_forward.inner.units == 6
    part = layer.feed_forward
    middle = layer.normalise(X + layer.attention(X, *layer.attention.project(X))[0])
    wanted = part.normalise(middle + part.outer(part.inner(middle)))
    np.testing.assert_allclose(layer(X), wanted, atol=1e-6)
