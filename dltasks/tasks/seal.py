"""Write a network as a bundle, whether it was trained, pulled or converted."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from dltasks.export.bundle_writer import BundleWriter, Description
from dltasks.export.weights import round_weights
from dltasks.tasks.base import BuiltNetwork, Calibrated, Task
from pipelines import load
from pipelines.base import Pipeline
from pipelines.bundle.folder import Bundle, open_bundle
from pipelines.bundle.verification import (
    EXAMPLE_INPUT,
    EXAMPLE_OPTIONS,
    EXAMPLE_OUTPUT,
    run_example,
)

Metrics = list[dict[str, Any]]


def seal(
    task: Task,
    built: BuiltNetwork,
    destination: Path,
    sources: Sequence[str],
    *,
    overwrite: bool,
    half_precision_weights: bool = False,
    half_precision: bool = False,
    rounded_weights: bool = False,
    calibrate: Callable[[Pipeline[Any, Any, Any, Any]], Calibrated] = lambda pipeline: Calibrated(),
    measure: Callable[[Pipeline[Any, Any, Any, Any]], Metrics] = lambda pipeline: [],
    notes: str = "",
    held_out: dict[str, Any] | None = None,
) -> Bundle:
    """Write a bundle; it appears only when its graph agrees with Keras.

    Args:
        task: of the network.
        built: the network, in float32.
        destination: the bundle's folder.
        sources: real inputs, on which graph and Keras are compared; the first is the example.
        overwrite: whether a bundle that is there may be replaced.
        half_precision_weights: store the weights for further training as float16.
        half_precision: round the network's weights to float16, in place, and store weights and
            graphs so: half the size, and weights and graphs are the same network.
        rounded_weights: do not store again what graphs of bytes hold: training continues from the
            weights as they are rounded there.
        calibrate: gives what is learned of the finished model from data; called with its pipeline.
        measure: gives the metrics for the card; called with the finished pipeline.
        notes: for the card.
        held_out: see `Bundle`.

    Raises:
        BundleError: graph and Keras do not agree.
        ConfigurationError: the destination may not be written.
    """
    description = Description(
        task=task.name,
        config=built.config,
        preprocessing=built.preprocessing,
        licence=built.licence,
        source=built.source,
        training_data=built.training_data,
        notes=notes,
        held_out=held_out or {},
    )
    if half_precision:
        round_weights(built.network)
    with BundleWriter(destination, description, overwrite=overwrite) as writer:
        for file, content in built.assets.items():
            writer.add(file, content)
        for graph in task.graphs(built.network, sources, writer.open()):
            writer.add_graph(graph, half_precision=half_precision, rounded=rounded_weights)
        halve = half_precision or half_precision_weights
        writer.add_weights(built.network, half_precision=halve, rounded=rounded_weights)
        calibrated = calibrate(load(writer.open().path, device="cpu"))
        for file, content in calibrated.files.items():
            writer.add(file, content)
        writer.add_notes(calibrated.notes)
        suffix, example = task.example_input(sources[0])
        writer.add(f"{EXAMPLE_INPUT}{suffix}", example)
        pipeline = load(writer.open().path, device="cpu")
        options = pipeline.options_class().to_dict()
        writer.add(EXAMPLE_OPTIONS, json.dumps(options, indent=2).encode())
        pipeline = load(writer.open().path, device="cpu")
        writer.add(EXAMPLE_OUTPUT, json.dumps(run_example(pipeline), indent=2).encode())
        writer.metrics = measure(pipeline)
    return open_bundle(destination)
