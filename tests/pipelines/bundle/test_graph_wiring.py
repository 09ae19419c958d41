from __future__ import annotations

import numpy as np
import onnx
import pytest

from pipelines.bundle.graph_wiring import Wiring, with_outputs
from pipelines.session import Graph
from tests.graphs import make_classifier_graph, make_tiny_graph


def test_tensors_become_outputs_behind_the_graphs_own() -> None:
    content = make_tiny_graph()
    extended = with_outputs(content, ["means", "logits"])
    images = np.random.default_rng(0).integers(0, 256, (2, 8, 8, 3)).astype(np.uint8)
    scores, means, logits = Graph(extended, origin="a", device="cpu", threads=1).run(image=images)
    (alone,) = Graph(content, origin="a", device="cpu", threads=1).run(image=images)
    np.testing.assert_allclose(scores, alone, rtol=1e-6)
    np.testing.assert_allclose(means, images.mean(axis=(1, 2)), rtol=1e-5)
    np.testing.assert_allclose(logits, 0.02 * means, rtol=1e-5)


def test_the_graph_that_gets_outputs_stays_as_it_is() -> None:
    content = make_tiny_graph()
    assert with_outputs(content, ["means"]).startswith(content)
    assert with_outputs(content, []) == content


@pytest.mark.parametrize("length", [1, 127, 128, 300, 20_000])
def test_names_of_any_length_are_written_as_onnx_reads_them(length: int) -> None:
    name = "é" * length
    model = onnx.load_from_string(with_outputs(make_tiny_graph(), [name]))
    assert [value.name for value in model.graph.output] == ["scores", name]


def test_wiring_is_what_onnx_reads() -> None:
    content = make_classifier_graph([[1.0, 0.0]] * 3)
    graph = onnx.load_from_string(content).graph
    wiring = Wiring(content)
    assert wiring.outputs == ("scores",)
    for node in graph.node:
        found = wiring.maker(node.output[0])
        assert found == (node.op_type, tuple(node.input), tuple(node.output))
    assert wiring.maker("weights") is None
    assert wiring.maker("image") is None


def test_outputs_that_were_added_are_read_too() -> None:
    assert Wiring(with_outputs(make_tiny_graph(), ["means"])).outputs == ("scores", "means")
