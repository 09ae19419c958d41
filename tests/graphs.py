"""A graph made by hand, for tests that need one without training."""

from __future__ import annotations


def make_tiny_graph() -> bytes:
    """uint8 [batch, 8, 8, 3] -> softmax of the mean of each colour, [batch, 3]."""
    from onnx import TensorProto, helper

    image = helper.make_tensor_value_info("image", TensorProto.UINT8, ["batch", 8, 8, 3])
    scores = helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["batch", 3])
    scale = helper.make_tensor("scale", TensorProto.FLOAT, [], [0.02])
    nodes = [
        helper.make_node("Cast", ["image"], ["pixels"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["pixels"], ["means"], axes=[1, 2], keepdims=0),
        helper.make_node("Mul", ["means", "scale"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["scores"], axis=1),
    ]
    graph = helper.make_graph(nodes, "tiny", [image], [scores], [scale])
    opset = [helper.make_opsetid("", 17)]
    return helper.make_model(graph, opset_imports=opset, ir_version=8).SerializeToString()


def make_classifier_graph(weights: list[list[float]], *, channels_last: bool = False) -> bytes:
    """uint8 [batch, 8, 8, 3] -> mean of each colour in each quarter -> pooled -> dense -> softmax.

    Args:
        weights: of the dense layer, [colours, classes]; its bias is 0.5, 1.5, ...
        channels_last: whether the map is [batch, 2, 2, 3], and not [batch, 3, 2, 2].
    """
    import numpy as np
    from onnx import TensorProto, helper, numpy_helper

    dense = np.array(weights, np.float32)
    bias = np.arange(dense.shape[1], dtype=np.float32) + 0.5
    image = helper.make_tensor_value_info("image", TensorProto.UINT8, ["batch", 8, 8, 3])
    scores = helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["batch", dense.shape[1]])
    nodes = [
        helper.make_node("Cast", ["image"], ["pixels"], to=TensorProto.FLOAT),
        helper.make_node("Transpose", ["pixels"], ["channels"], perm=[0, 3, 1, 2]),
        helper.make_node("AveragePool", ["channels"], ["map"], kernel_shape=[4, 4], strides=[4, 4]),
    ]
    if channels_last:
        nodes += [
            helper.make_node("Transpose", ["map"], ["places"], perm=[0, 2, 3, 1]),
            helper.make_node("ReduceMean", ["places"], ["features"], axes=[1, 2], keepdims=0),
        ]
    else:
        nodes += [
            helper.make_node("GlobalAveragePool", ["map"], ["pooled"]),
            helper.make_node("Flatten", ["pooled"], ["features"], axis=1),
        ]
    nodes += [
        helper.make_node("MatMul", ["features", "weights"], ["products"]),
        helper.make_node("Add", ["products", "bias"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["scores"], axis=1),
    ]
    constants = [numpy_helper.from_array(dense, "weights"), numpy_helper.from_array(bias, "bias")]
    graph = helper.make_graph(nodes, "classifier", [image], [scores], constants)
    opset = [helper.make_opsetid("", 17)]
    return helper.make_model(graph, opset_imports=opset, ir_version=8).SerializeToString()


def make_hidden_layer_graph() -> bytes:
    """uint8 [batch, 8, 8, 3] -> all pixels -> 4 hidden units -> softmax of 3 classes."""
    import numpy as np
    from onnx import TensorProto, helper, numpy_helper

    random = np.random.default_rng(0)
    image = helper.make_tensor_value_info("image", TensorProto.UINT8, ["batch", 8, 8, 3])
    scores = helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["batch", 3])
    nodes = [
        helper.make_node("Cast", ["image"], ["pixels"], to=TensorProto.FLOAT),
        helper.make_node("Flatten", ["pixels"], ["flat"], axis=1),
        helper.make_node("MatMul", ["flat", "first"], ["sums"]),
        helper.make_node("Relu", ["sums"], ["hidden"]),
        helper.make_node("MatMul", ["hidden", "second"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["scores"], axis=1),
    ]
    constants = [
        numpy_helper.from_array(random.normal(0, 0.01, shape).astype(np.float32), name)
        for name, shape in (("first", (192, 4)), ("second", (4, 3)))
    ]
    graph = helper.make_graph(nodes, "hidden", [image], [scores], constants)
    opset = [helper.make_opsetid("", 17)]
    return helper.make_model(graph, opset_imports=opset, ir_version=8).SerializeToString()
