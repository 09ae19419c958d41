from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.bundle.folder import open_bundle
from pipelines.errors import BundleError
from pipelines.image_classification.head import Head, find_head
from tests.bundles import write_classifier
from tests.graphs import make_classifier_graph


def head_of(folder: Path) -> Head:
    return find_head(open_bundle(folder), "model.onnx")


def test_a_pooled_head_has_a_map(pooled_bundle: Path) -> None:
    assert head_of(pooled_bundle) == Head("logits", "features", "weights", "map")


def test_a_map_may_have_its_channels_last(tmp_path: Path) -> None:
    graph = make_classifier_graph([[1.0, 0.0, 0.0]] * 3, channels_last=True)
    assert head_of(write_classifier(tmp_path / "a", graph)).map == "places"


def test_behind_a_hidden_layer_there_are_features_and_no_map(hidden_bundle: Path) -> None:
    assert head_of(hidden_bundle) == Head("logits", "hidden", "second", None)


def test_a_graph_without_a_dense_layer_is_refused_by_its_name(tiny_bundle: Path) -> None:
    with pytest.raises(BundleError, match=r"model\.onnx: the graph does not end in a dense layer"):
        head_of(tiny_bundle)


@pytest.mark.parametrize("operator", ["Identity", "Add", "MatMul"])
def test_a_graph_that_goes_round_in_a_circle_is_refused(tmp_path: Path, operator: str) -> None:
    from onnx import TensorProto, helper

    value = helper.make_tensor_value_info("scores", TensorProto.FLOAT, [1])
    nodes = [
        helper.make_node(operator, ["other"], ["scores"]),
        helper.make_node(operator, ["scores"], ["other"]),
    ]
    content = helper.make_model(helper.make_graph(nodes, "", [], [value])).SerializeToString()
    with pytest.raises(BundleError, match="does not end in a dense layer"):
        head_of(write_classifier(tmp_path / "circle", content))


def test_what_is_no_graph_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="not an ONNX graph"):
        head_of(write_classifier(tmp_path / "words", b"these are words"))


def test_pooling_without_an_input_is_no_map(tmp_path: Path) -> None:
    from onnx import load_from_string

    model = load_from_string(make_classifier_graph([[1.0, 0.0, 0.0]] * 3))
    next(node for node in model.graph.node if node.op_type == "GlobalAveragePool").ClearField(
        "input"
    )
    assert head_of(write_classifier(tmp_path / "a", model.SerializeToString())).map is None


@pytest.mark.parametrize("field", [1, 12])
def test_a_number_in_the_place_of_a_node_or_an_output_is_one_line(
    tmp_path: Path, field: int
) -> None:
    graph = make_classifier_graph([[1.0, 0.0, 0.0]] * 3)
    damaged = graph + bytes([7 << 3 | 2, 2, field << 3, 5])
    with pytest.raises(BundleError, match="not an ONNX graph"):
        head_of(write_classifier(tmp_path / "damaged", damaged))


def test_the_built_in_model_has_a_map() -> None:
    from pipelines.bundle.folder import BUILT_IN

    head = head_of(BUILT_IN / "imagenet-efficientnet-lite0")
    assert head.map is not None
    assert head.map.endswith("Relu6:0")
