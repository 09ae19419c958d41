"""Marian's network: padding changes nothing, nothing sees the future, steps are the whole."""

from __future__ import annotations

import os
from dataclasses import replace

import keras
import numpy as np
import pytest
from tf2onnx import convert
from tf2onnx.graph import Node

from dltasks.export import large_networks
from dltasks.export.graphs import KerasGraph, to_onnx
from dltasks.tasks.translation.marian_config import MarianConfig
from dltasks.tasks.translation.marian_network import Marian, build_marian
from pipelines.errors import ConfigurationError
from pipelines.search.graph_decoder import pad
from pipelines.session import Graph
from pipelines.translation.marian_decoding import name_heard

BASE = MarianConfig(
    source_vocabulary=20,
    target_vocabulary=20,
    width=8,
    positions=32,
    encoder_layers=1,
    encoder_heads=2,
    encoder_inner=12,
    decoder_layers=2,
    decoder_heads=4,
    decoder_inner=10,
    padding=19,
    begin=19,
    dropout=0.3,
)
CONFIGS = {
    "after": BASE,
    "first": replace(BASE, normalise_first=True, activation="gelu", scale_embedding=False),
    "separate": replace(
        BASE,
        activation="relu",
        shared_embedding=False,
        tied_output=False,
        target_vocabulary=15,
        begin=14,
        decoder_layers=1,
    ),
}
SOURCES = [[4, 5, 6, 7, 0], [8, 0], [9, 10, 11, 0]]
TARGETS = [[14, 12, 13], [14, 3, 5], [14, 6, 7]]


@pytest.fixture(scope="module", params=CONFIGS)
def parts(request: pytest.FixtureRequest) -> Marian:
    keras.utils.set_random_seed(1)
    parts = build_marian(CONFIGS[request.param])
    for weight in parts.whole.weights:  # zeros of fresh biases would hide mistakes
        weight.assign(weight + keras.random.normal(weight.shape, stddev=0.3))
    return parts


def run(parts: Marian, sources: list[list[int]], targets: list[list[int]]) -> np.ndarray:
    return parts.whole([pad(sources, 19), pad(targets)]).numpy()


def test_a_sentence_alone_gives_what_it_gives_in_a_padded_batch(parts: Marian) -> None:
    together = run(parts, SOURCES, TARGETS)
    for number, (source, target) in enumerate(zip(SOURCES, TARGETS, strict=True)):
        alone = run(parts, [source], [target])[0]
        np.testing.assert_allclose(alone, together[number], atol=1e-5)


def test_no_piece_sees_those_after_it(parts: Marian) -> None:
    changed = [[*target[:2], 2] for target in TARGETS]
    one, other = run(parts, SOURCES, TARGETS), run(parts, SOURCES, changed)
    np.testing.assert_allclose(one[:, :2], other[:, :2], atol=1e-6)
    assert np.abs(one[:, 2] - other[:, 2]).max() > 1e-3


def test_steps_give_what_the_whole_network_gives(parts: Marian) -> None:
    whole = run(parts, SOURCES, TARGETS)
    source, target = pad(SOURCES, 19), pad(TARGETS)
    heard = KerasGraph(parts.encoder).run(source=source)
    step = KerasGraph(parts.step)
    layers = len(heard) // 2
    state = np.zeros((3, 2 * layers, 0, 8), np.float32)
    named = dict(zip(name_heard(layers), heard, strict=True))
    for time in range(3):
        scores, state, attention = step.run(
            source=source, piece=target[:, time], state=state, **named
        )
        expected = whole[:, time] - np.log(np.exp(whole[:, time]).sum(axis=1, keepdims=True))
        np.testing.assert_allclose(scores, expected, atol=1e-5)
        np.testing.assert_allclose(attention.sum(axis=1), 1, atol=1e-5)
        assert (attention[1, 2:] == 0).all()  # padding
    assert state.shape == (3, 2 * layers, 3, 8)


def test_source_and_target_share_their_table_only_where_they_should() -> None:
    names = {
        name: {weight.path.partition("/")[0] for weight in build_marian(config).whole.weights}
        for name, config in CONFIGS.items()
    }
    assert names["after"] & {"source_pieces", "output", "encoder_norm"} == set()
    assert names["first"] & {"encoder_norm", "decoder_norm"} == {"encoder_norm", "decoder_norm"}
    assert {"source_pieces", "target_pieces", "output"} <= names["separate"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"decoder_heads": 3}, "width 8 is not even and a multiple of decoder_heads 3"),
        ({"padding": 20}, "padding 20 is not one of 20 pieces"),
        ({"target_vocabulary": 15, "begin": 14}, "cannot share one table"),
        ({"activation": "tanh"}, "activation 'tanh' is not one of relu, gelu, swish"),
    ],
)
def test_sizes_that_do_not_fit_together_are_refused(changes: dict, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        replace(BASE, **changes)


@pytest.mark.parametrize("huge", [1 << 40, 0])
def test_a_large_network_is_exported_in_place_and_gives_the_same(
    huge: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder = build_marian(BASE).encoder
    source = pad(SOURCES, 19)
    heard = KerasGraph(encoder).run(source=source)
    monkeypatch.setattr(large_networks, "LARGE", 0)
    monkeypatch.setattr(large_networks, "HUGE", huge)
    update, from_function = Node.update_proto, convert.from_function
    graph = Graph(to_onnx(encoder), origin="test", device="cpu", threads=1)
    assert Node.update_proto is update
    assert convert.from_function is from_function
    assert large_networks.IN_PLACE not in os.environ
    for one, other in zip(heard, graph.run(source=source), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)
