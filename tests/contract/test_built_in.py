"""What every bundle in saved_models/ must be."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dltasks.export.graphs import rounding_difference, run_keras
from dltasks.export.weights import SHARED_FILE, load_weights
from dltasks.tasks import get_task
from pipelines import load
from pipelines.bundle.folder import BUILT_IN, Bundle, open_bundle
from pipelines.bundle.verification import verify
from pipelines.catalogue import TASKS

FOLDERS = sorted(path.parent for path in BUILT_IN.glob("*/bundle.json"))
LARGEST_FILE_BYTES = 60 << 20
LARGEST_SUM_BYTES = 150 << 20
# float16 weights, kept for further training, are rounded by up to 2^-11 of their size. Where they
# are taken from graphs of 8 bits, such a graph also rounds what it computes with.
AGREEMENT = {"float32": 1e-4, "float16": 2e-2, "int8": 5e-2}
AVERAGE_AGREEMENT = 1e-2  # of 8 bits, where the average difference counts; see `Graph.average`


@pytest.fixture(params=FOLDERS, ids=lambda path: path.name)
def bundle(request: pytest.FixtureRequest) -> Bundle:
    return open_bundle(request.param)


def test_every_task_has_its_default_bundle() -> None:
    names = {folder.name for folder in FOLDERS}
    assert {task.default_bundle for task in TASKS.values()} <= names


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
    with np.load(bundle.path / "weights.npz") as weights:
        precision = str(weights[weights.files[0]].dtype)
    for graph in task.graphs(network, [example], bundle):
        is_rounded = graph.make_smaller or SHARED_FILE in bundle.files
        limit = AGREEMENT["int8" if is_rounded else precision]
        difference = rounding_difference(bundle.read(graph.file), graph, run_keras(graph))
        assert difference <= (AVERAGE_AGREEMENT if graph.average else limit)


def test_the_default_bundle_loads_by_the_name_of_its_task(bundle: Bundle) -> None:
    assert load(bundle.task).bundle.task == bundle.task
