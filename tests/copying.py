"""A bundle that translates every sentence into itself: its graphs repeat the source's pieces."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from onnx import TensorProto, helper

from dltasks.tasks.translation.vocabulary import learn_pieces
from pipelines.translation.translator_family import ENCODER_FILE, PIECES_FILE, STEP_FILE
from tests.bundles import write_bundle_files

SENTENCES = [
    "Where is the station?",
    "The white house is big, and I like it.",
    "Click here to see the red house.",
    "¿Dónde está la estación? Hello, Tom! It's 10.",
]
SURE = 12.0  # score of the piece that comes next; the others have 0


def write_copying_bundle(folder: Path, *, longest: int = 40, **changes: Any) -> Path:
    """Write a bundle of the pair en-es, in both directions; keywords change its manifest."""
    pieces = learn_pieces(SENTENCES * 4, ("en", "es"), 400)
    contents = {
        "README.md": b"# copying\n",
        PIECES_FILE: pieces,
        ENCODER_FILE: _encoder(),
        STEP_FILE: _step(_count(pieces)),
    }
    return write_bundle_files(
        folder,
        "translation",
        contents,
        **{
            "preprocessing": {"directions": [["en", "es"], ["es", "en"]], "longest": longest},
            **changes,
        },
    )


def _count(pieces: bytes) -> int:
    from pipelines.translation.pieces import TranslationPieces

    return len(TranslationPieces(pieces, origin="test"))


def _encoder() -> bytes:
    """Source [batch, source] -> memory [batch, 2, source, 1], the pieces themselves."""
    nodes = [
        helper.make_node("Cast", ["source"], ["numbers"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["numbers", "axes"], ["once"]),  # [batch, 1, source, 1]
        helper.make_node("Concat", ["once", "once"], ["memory"], axis=1),
    ]
    constants = [helper.make_tensor("axes", TensorProto.INT64, [2], [1, 3])]
    inputs = [_tensor("source", TensorProto.INT32, ["batch", "time"])]
    return _model(nodes, constants, inputs, [_tensor("memory", TensorProto.FLOAT, None)])


def _step(vocabulary: int) -> bytes:
    """The state counts the steps; the piece at that place of the source comes next."""
    nodes = [
        helper.make_node("Add", ["state", "one"], ["next_state"]),
        helper.make_node("Gather", ["next_state", "first"], ["counts"], axis=1),  # [batch, 1, 1]
        helper.make_node("Squeeze", ["counts", "last"], ["places"]),  # [batch, 1]
        helper.make_node("Cast", ["places"], ["whole"], to=TensorProto.INT64),
        helper.make_node("Shape", ["source"], ["shape"]),
        helper.make_node("Gather", ["shape", "second"], ["length"]),
        helper.make_node("Sub", ["length", "one_whole"], ["end"]),
        helper.make_node("Min", ["whole", "end"], ["place"]),
        helper.make_node("GatherElements", ["source", "place"], ["found"], axis=1),
        helper.make_node("Squeeze", ["found", "second_axis"], ["piece_found"]),  # [batch]
        helper.make_node("Cast", ["piece_found"], ["piece_next"], to=TensorProto.INT64),
        helper.make_node("OneHot", ["piece_next", "vocabulary", "off_on"], ["scores"]),
        helper.make_node("LogSoftmax", ["scores"], ["log_probabilities"], axis=1),
        helper.make_node("Squeeze", ["place", "second_axis"], ["place_flat"]),
        helper.make_node("OneHot", ["place_flat", "length", "no_yes"], ["attention"]),
    ]
    whole, number = TensorProto.INT64, TensorProto.FLOAT
    constants = [
        helper.make_tensor("one", number, [], [1.0]),
        helper.make_tensor("first", whole, [1], [0]),
        helper.make_tensor("last", whole, [1], [2]),
        helper.make_tensor("second", whole, [1], [1]),
        helper.make_tensor("second_axis", whole, [1], [1]),
        helper.make_tensor("one_whole", whole, [1], [1]),
        helper.make_tensor("vocabulary", whole, [1], [vocabulary]),
        helper.make_tensor("off_on", number, [2], [0.0, SURE]),
        helper.make_tensor("no_yes", number, [2], [0.0, 1.0]),
    ]
    inputs = [
        _tensor("source", TensorProto.INT32, ["batch", "time"]),
        _tensor("memory", number, ["batch", 2, "time", 1]),
        _tensor("piece", TensorProto.INT32, ["batch"]),
        _tensor("state", number, ["batch", 2, 1]),
    ]
    outputs = [
        _tensor(name, number, None) for name in ("log_probabilities", "next_state", "attention")
    ]
    return _model(nodes, constants, inputs, outputs)


def _tensor(name: str, kind: int, shape: Any) -> Any:
    return helper.make_tensor_value_info(name, kind, shape)


def _model(nodes: Any, constants: Any, inputs: Any, outputs: Any) -> bytes:
    graph = helper.make_graph(nodes, "copying", inputs, outputs, constants)
    opset = [helper.make_opsetid("", 17)]
    return helper.make_model(graph, opset_imports=opset, ir_version=8).SerializeToString()
