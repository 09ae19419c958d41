"""Settings that train a writer in seconds, and one with random weights."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from dltasks.tasks.request import RunRequest
from dltasks.tasks.text_generation.config import TextGenerationConfig
from dltasks.training.config import TrainingConfig
from tests.bundles import write_bundle_files

VERSE = "the cat sat on the mat,\nand the rat ate the hat.\n"


def write_verse(path: Path, times: int = 20) -> Path:
    """Write a text that a tiny network learns."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(VERSE * times, encoding="utf-8")
    return path


def make_request(folder: Path, data: str, **changes: Any) -> RunRequest:
    """Ask for a short training of a tiny network; names of settings of either kind may change."""
    config = TextGenerationConfig(size="tiny", window=8, dropout=0.1, weight_dropout=0.1, sample=0)
    training = TrainingConfig(
        epochs=2, batch_size=4, learning_rate=0.02, device="cpu", warm_up=0.1, average=0.9
    )
    request = RunRequest(
        task="text-generation",
        data=data,
        out=folder / "bundle",
        run_folder=folder / "run",
        config=config,
        training=training,
    )
    of_config = {name: changes.pop(name) for name in config.to_dict() if name in changes}
    of_training = {name: changes.pop(name) for name in training.to_dict() if name in changes}
    return replace(
        request,
        config=replace(config, **of_config),
        training=replace(training, **of_training),
        **changes,
    )


def write_random_bundle(
    folder: Path, symbols: str = "abcdefgh \n", unit: str = "characters", width: int = 6
) -> Path:
    """Write a bundle of an LSTM with random weights, without Keras."""
    size = 2 + (256 if unit == "bytes" else len(symbols))
    contents = {"model.onnx": _random_graph(size, width)}
    if unit == "characters":
        contents["symbols.json"] = json.dumps(list(symbols)).encode()
    return write_bundle_files(
        folder,
        "text-generation",
        contents,
        config={"layers": 1, "width": width},
        preprocessing={"unit": unit},
    )


def _random_graph(size: int, width: int) -> bytes:
    """pieces [batch, time], state [batch, 2, width] -> scores [batch, time, size], next state."""
    from onnx import TensorProto, helper, numpy_helper

    random = np.random.default_rng(0)
    weights = {
        "table": random.normal(size=(size, width)),
        "w": random.normal(size=(1, 4 * width, width)),
        "r": random.normal(size=(1, 4 * width, width)),
        "out": 2 * random.normal(size=(width, size)),
    }
    constants = [
        numpy_helper.from_array(value.astype(np.float32), name) for name, value in weights.items()
    ]
    constants += [
        numpy_helper.from_array(np.array([1], np.int64), "one"),
        numpy_helper.from_array(np.array([1, 1], np.int64), "halves"),
    ]
    nodes = [
        helper.make_node("Transpose", ["pieces"], ["across"], perm=[1, 0]),
        helper.make_node("Gather", ["table", "across"], ["x"]),  # [time, batch, width]
        helper.make_node("Transpose", ["state"], ["both"], perm=[1, 0, 2]),
        helper.make_node("Split", ["both", "halves"], ["h", "c"], axis=0),
        helper.make_node(
            "LSTM",
            ["x", "w", "r", "", "", "h", "c"],
            ["said", "next_h", "next_c"],
            hidden_size=width,
        ),
        helper.make_node("Squeeze", ["said", "one"], ["y"]),  # [time, batch, width]
        helper.make_node("Transpose", ["y"], ["rows"], perm=[1, 0, 2]),
        helper.make_node("MatMul", ["rows", "out"], ["raw"]),
        helper.make_node("LogSoftmax", ["raw"], ["scores"], axis=-1),
        helper.make_node("Concat", ["next_h", "next_c"], ["after"], axis=0),
        helper.make_node("Transpose", ["after"], ["next"], perm=[1, 0, 2]),
    ]
    floats, numbers = TensorProto.FLOAT, TensorProto.INT32
    graph = helper.make_graph(
        nodes,
        "writer",
        [
            helper.make_tensor_value_info("pieces", numbers, ["batch", "time"]),
            helper.make_tensor_value_info("state", floats, ["batch", 2, width]),
        ],
        [
            helper.make_tensor_value_info("scores", floats, ["batch", "time", size]),
            helper.make_tensor_value_info("next", floats, ["batch", 2, width]),
        ],
        constants,
    )
    opset = [helper.make_opsetid("", 17)]
    return helper.make_model(graph, opset_imports=opset, ir_version=8).SerializeToString()
