"""What every bundle in saved_models/ must be."""

from __future__ import annotations

import configparser
from pathlib import Path

import numpy as np
import pytest

from dltasks.export.graphs import AGREEMENT, rounding_difference, run_keras
from dltasks.export.weights import PLACES_FILE, WEIGHTS_FILE, load_weights, pack_weights
from dltasks.tasks import get_task
from pipelines import load
from pipelines.bundle.folder import BUILT_IN, Bundle, open_bundle
from pipelines.bundle.verification import verify
from pipelines.catalogue import TASKS
from scripts.licences.texts import LICENCE_FILE, LICENCES, licence_of

FOLDERS = sorted(path.parent for path in BUILT_IN.glob("*/bundle.json"))
LARGEST_FILE_BYTES = 60 << 20
LARGEST_SUM_BYTES = 110 << 20
# Weights that were stored as float16 beside a float32 graph are rounded by up to 2^-11 of their
# size. A graph of 8 bits also rounds what it computes with.
FLOAT16_AGREEMENT = 2e-2
INT8_AGREEMENT = 5e-2
AVERAGE_AGREEMENT = 1e-2  # of 8 bits, where the average difference counts; see `Graph.average`


@pytest.fixture(params=FOLDERS, ids=lambda path: path.name)
def bundle(request: pytest.FixtureRequest) -> Bundle:
    return open_bundle(request.param)


def test_every_task_has_its_default_bundle() -> None:
    names = {folder.name for folder in FOLDERS}
    assert {task.default_bundle for task in TASKS.values()} <= names


def test_its_licence_is_beside_it_and_among_those_of_the_distribution(bundle: Bundle) -> None:
    assert bundle.read(LICENCE_FILE) == licence_of(bundle.name)
    setup = configparser.ConfigParser()
    setup.read(BUILT_IN.parent / "setup.cfg", encoding="utf-8")
    assert LICENCES[bundle.name] in setup["metadata"]["license_expression"].split(" AND ")
    assert bundle.name in (BUILT_IN.parent / "NOTICE").read_text(encoding="utf-8")


def test_files_are_intact_and_the_example_repeats(bundle: Bundle) -> None:
    verify(bundle)


def test_name_is_that_of_the_folder_and_origin_is_stated(bundle: Bundle) -> None:
    assert bundle.name == bundle.path.name
    for statement in (bundle.licence, bundle.source, bundle.training_data):
        assert statement != "not stated"


def test_nothing_lies_in_the_folder_that_the_manifest_does_not_name(bundle: Bundle) -> None:
    found = {path.relative_to(bundle.path) for path in bundle.path.rglob("*") if path.is_file()}
    assert found == {Path(file) for file in (*bundle.files, "bundle.json")}


def test_files_are_small_enough_to_ship() -> None:
    sizes = [record.size_bytes for path in FOLDERS for record in open_bundle(path).files.values()]
    assert max(sizes) <= LARGEST_FILE_BYTES
    assert sum(sizes) <= LARGEST_SUM_BYTES


def test_training_can_go_on_from_the_weights(bundle: Bundle) -> None:
    task = get_task(bundle.task)
    network = task.build_network(bundle.config)
    load_weights(bundle, network)
    example = next(str(bundle.path / file) for file in bundle.files if "example/input" in file)
    for graph in task.graphs(network, [example], bundle):
        limit = AGREEMENT if task.half_precision else FLOAT16_AGREEMENT  # else graphs are float32
        if graph.make_smaller:
            limit = AVERAGE_AGREEMENT if graph.average else INT8_AGREEMENT
        difference = rounding_difference(bundle.read(graph.file), graph, run_keras(graph))
        assert difference <= limit


def test_a_weight_that_a_graph_holds_is_stored_there_alone(bundle: Bundle) -> None:
    with np.load(bundle.path / WEIGHTS_FILE) as file:
        stored = {name: file[name] for name in file.files}
    graphs = {file: bundle.read(file) for file in bundle.files if file.endswith(".onnx")}
    assert PLACES_FILE not in pack_weights(stored, graphs)


def test_the_default_bundle_loads_by_the_name_of_its_task(bundle: Bundle) -> None:
    assert load(bundle.task).bundle.task == bundle.task
