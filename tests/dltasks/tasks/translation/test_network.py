"""The network: padding changes nothing, nothing sees the future, and all views agree."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from dltasks.export.graphs import largest_difference, run_keras, to_onnx
from dltasks.export.quantisation import halve_constants
from dltasks.export.weights import round_weights
from dltasks.tasks.translation.config import ENCODERS, TranslatorConfig
from dltasks.tasks.translation.network import build_encoder, build_network, build_step
from pipelines.search.graph_decoder import pad

VOCABULARY = 20
SOURCES = [[4, 5, 6, 7, 3], [8, 3], [9, 10, 11, 3]]
TARGETS = [[2, 12, 13], [2, 14, 15], [2, 16, 17]]


@pytest.fixture(scope="module", params=ENCODERS)
def network(request: pytest.FixtureRequest) -> keras.Model:
    keras.utils.set_random_seed(1)
    config = TranslatorConfig(
        VOCABULARY, request.param, width=8, encoder_layers=2, decoder_layers=2, heads=2, dropout=0.3
    )
    network = build_network(config)
    for weight in network.weights:  # zeros of fresh biases would hide mistakes
        weight.assign(weight + keras.random.normal(weight.shape, stddev=0.2))
    return network


def run(network: keras.Model, sources: list[list[int]], targets: list[list[int]]) -> np.ndarray:
    return network([pad(sources), pad(targets)]).numpy()


def call(model: keras.Model, *inputs: np.ndarray) -> list[np.ndarray]:
    """Run a model on arrays; one array an output."""
    tensors = [keras.ops.convert_to_tensor(array) for array in inputs]
    found = model(tensors if len(tensors) > 1 else tensors[0])
    return [keras.ops.convert_to_numpy(output) for output in keras.tree.flatten(found)]


def begin(network: keras.Model, source: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give the memory and the first state."""
    (memory,) = call(build_encoder(network), source)
    return memory, np.zeros((len(source), memory.shape[1], memory.shape[3]), np.float32)


def test_a_sentence_alone_gives_what_it_gives_in_a_padded_batch(network: keras.Model) -> None:
    together = run(network, SOURCES, TARGETS)
    for number, (source, target) in enumerate(zip(SOURCES, TARGETS, strict=True)):
        alone = run(network, [source], [target])[0]
        np.testing.assert_allclose(alone, together[number], atol=1e-5)


def test_no_piece_sees_those_after_it(network: keras.Model) -> None:
    changed = [[*target[:2], 19] for target in TARGETS]
    one, other = run(network, SOURCES, TARGETS), run(network, SOURCES, changed)
    np.testing.assert_allclose(one[:, :2], other[:, :2], atol=1e-6)
    assert np.abs(one[:, 2] - other[:, 2]).max() > 1e-3


def test_every_piece_of_the_source_matters(network: keras.Model) -> None:
    expected = run(network, SOURCES[:1], TARGETS[:1])
    for place in range(len(SOURCES[0])):
        changed = [*SOURCES[0][:place], 18, *SOURCES[0][place + 1 :]]
        assert np.abs(run(network, [changed], TARGETS[:1]) - expected).max() > 1e-4


def test_steps_give_what_whole_targets_give(network: keras.Model) -> None:
    whole = keras.ops.log_softmax(run(network, SOURCES, TARGETS)).numpy()
    step, source = build_step(network), pad(SOURCES)
    memory, state = begin(network, source)
    for time in range(3):
        piece = pad(TARGETS)[:, time]
        scores, state, attention = call(step, source, memory, piece, state)
        np.testing.assert_allclose(scores, whole[:, time], atol=1e-5)
        np.testing.assert_allclose(np.sum(attention, axis=1), 1.0, atol=1e-5)
        assert np.abs(np.where(source == 0, attention, 0.0)).max() == 0.0


def test_scores_are_probabilities(network: keras.Model) -> None:
    source = pad(SOURCES)
    memory, state = begin(network, source)
    scores, _, _ = call(build_step(network), source, memory, pad(TARGETS)[:, 0], state)
    np.testing.assert_allclose(np.exp(scores).sum(axis=1), 1.0, atol=1e-5)


def test_dropout_is_for_training_only(network: keras.Model) -> None:
    inputs = [pad(SOURCES), pad(TARGETS)]
    still = network(inputs, training=False).numpy()
    np.testing.assert_array_equal(network(inputs, training=False).numpy(), still)
    assert np.abs(network(inputs, training=True).numpy() - still).max() > 1e-3


def test_a_step_exports_smaller_and_the_same_once_its_weights_are_rounded() -> None:
    from dltasks.export.graphs import GraphExport

    config = TranslatorConfig(2000, "lstm", 16, 1, 1, 2)
    network = build_network(config)
    round_weights(network)
    encoder = build_encoder(network)
    graph = GraphExport("encoder.onnx", encoder, {"source": pad(SOURCES)})
    expected = run_keras(graph)
    content = to_onnx(encoder)
    halved = halve_constants(content)
    assert len(halved) < 0.7 * len(content)
    assert largest_difference(halved, graph, expected) < 1e-5


def test_weights_that_are_not_rounded_stay_as_they_are() -> None:
    encoder = build_encoder(build_network(TranslatorConfig(2000, "lstm", 16, 1, 1, 2)))
    call(encoder, pad(SOURCES))
    content = to_onnx(encoder)
    assert len(halve_constants(content)) > 0.95 * len(content)
