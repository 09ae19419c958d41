"""What every task in the catalogue must do; a new task is covered by being listed."""

from __future__ import annotations

import csv
import json
import pickle
import subprocess
import sys
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from dltasks.api import load_keras
from dltasks.cli import cli
from dltasks.evaluation.report import Report
from dltasks.export.graphs import (
    AGREEMENT,
    largest_difference,
    rounding_difference,
    run_keras,
    to_onnx,
)
from dltasks.export.weights import load_weights
from dltasks.tasks import get_task
from dltasks.tasks.evaluate import evaluate
from dltasks.tasks.request import RunRequest
from dltasks.tasks.train import train
from pipelines import ConfigurationError, InputError, load
from pipelines.base import Failure
from pipelines.bundle.folder import Bundle, open_bundle
from pipelines.bundle.verification import agree, as_plain, verify
from pipelines.catalogue import TASKS

from .cases import CASES, Case

SMALLER_AGREEMENT = 5e-2  # of a graph whose weights, and what they meet, are rounded to 8 bits
AVERAGE_AGREEMENT = 1e-2  # of such a graph, where the average difference counts


@dataclass(frozen=True)
class Trained:
    """A task's case after training: its data, its bundle and its report."""

    name: str
    case: Case
    data: Path
    bundle: Bundle
    report: Report
    run_folder: Path


@pytest.fixture(scope="module", params=list(TASKS))
def trained(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    case = CASES[request.param]
    folder = tmp_path_factory.mktemp(request.param)
    location = case.make_data(folder / "data")
    run_request = RunRequest(
        task=request.param,
        data=location,
        out=folder / "bundle",
        run_folder=folder / "run",
        config=case.config,
        training=case.training,
    )
    bundle, report = train(run_request)
    return Trained(request.param, case, folder / "data", bundle, report, folder / "run")


@pytest.fixture
def inputs(trained: Trained) -> list[Any]:
    return list(trained.case.inputs(trained.data))


def test_every_task_has_a_case() -> None:
    assert set(CASES) == set(TASKS)


@pytest.mark.parametrize("name", TASKS)
def test_both_sides_of_a_task_carry_its_name(name: str) -> None:
    assert get_task(name).name == name
    pipeline = load(name)
    assert pipeline.bundle.task == name
    assert type(pipeline).__name__ == TASKS[name].pipeline_class


@pytest.mark.parametrize("name", TASKS)
def test_every_setting_has_a_help_line_on_the_command_line(name: str) -> None:
    result = CliRunner().invoke(cli, ["train", name, "--help"])
    assert result.exit_code == 0
    task = get_task(name)
    for setting in (*task.config_class().to_dict(), *task.training_defaults.to_dict()):
        assert f"--{setting.replace('_', '-')}" in result.output


def test_one_alone_gives_what_it_gives_in_a_batch(trained: Trained, inputs: list[Any]) -> None:
    pipeline = load(trained.bundle.path)
    alone = [as_plain(pipeline(item)) for item in inputs]
    assert len(inputs) >= 3
    for batch_size in (1, 2, len(inputs)):
        batched = [as_plain(item) for item in pipeline.stream(inputs, batch_size=batch_size)]
        assert agree(alone, batched)


def test_results_differ_between_inputs(trained: Trained, inputs: list[Any]) -> None:
    pipeline = load(trained.bundle.path)
    results = [json.dumps(as_plain(pipeline(item))) for item in inputs]
    assert len(set(results)) > 1


def test_graph_agrees_with_keras_rebuilt_from_the_bundle(
    trained: Trained, inputs: list[Any]
) -> None:
    task, bundle = get_task(trained.name), trained.bundle
    network = task.build_network(bundle.config)
    load_weights(bundle, network)
    for graph in task.graphs(network, inputs, bundle):
        limit = SMALLER_AGREEMENT if graph.make_smaller else AGREEMENT
        limit = AVERAGE_AGREEMENT if graph.average else limit
        difference = rounding_difference(bundle.read(graph.file), graph, run_keras(graph))
        assert difference <= limit
        assert bundle.agreement[graph.file] <= limit
        if graph.make_smaller:
            exact = largest_difference(to_onnx(graph.model), graph, run_keras(graph))
            assert exact <= AGREEMENT


def test_bundle_moved_elsewhere_gives_the_same(
    trained: Trained, inputs: list[Any], tmp_path: Path
) -> None:
    expected = [as_plain(load(trained.bundle.path)(item)) for item in inputs]
    moved = tmp_path / "moved"
    moved.mkdir()
    for file in (*trained.bundle.files, "bundle.json"):
        target = moved / file
        target.parent.mkdir(exist_ok=True)
        target.write_bytes((trained.bundle.path / file).read_bytes())
    verify(open_bundle(moved))
    assert agree(expected, [as_plain(load(moved)(item)) for item in inputs])


def test_wrong_inputs_raise_input_error(trained: Trained) -> None:
    pipeline = load(trained.bundle.path)
    for wrong in trained.case.wrong_inputs:
        with pytest.raises(InputError) as caught:
            pipeline(wrong)
        assert "\n" not in str(caught.value)


def test_a_pickled_pipeline_gives_the_same(trained: Trained, inputs: list[Any]) -> None:
    pipeline = load(trained.bundle.path, device="cpu")
    again = pickle.loads(pickle.dumps(pipeline))
    assert as_plain(again(inputs[0])) == as_plain(pipeline(inputs[0]))


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # of Keras
def test_the_keras_network_can_be_saved_and_loaded(trained: Trained, tmp_path: Path) -> None:
    import keras

    network = load_keras(trained.bundle)
    network.save(tmp_path / "network.keras")
    again = keras.models.load_model(tmp_path / "network.keras")
    for before, after in zip(network.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(before, after)


def test_a_wrong_input_in_a_stream_leaves_the_others_alone(
    trained: Trained, inputs: list[Any]
) -> None:
    pipeline = load(trained.bundle.path)
    mixed = [inputs[0], trained.case.wrong_inputs[0], inputs[1]]
    first, failure, second = pipeline.stream(mixed, batch_size=2, on_error="return")
    assert isinstance(failure, Failure)
    assert agree(as_plain(first), as_plain(pipeline(inputs[0])))
    assert agree(as_plain(second), as_plain(pipeline(inputs[1])))
    with pytest.raises(InputError):
        list(pipeline.stream(mixed))


def test_unusable_options_are_refused(trained: Trained, inputs: list[Any]) -> None:
    pipeline = load(trained.bundle.path)
    with pytest.raises(ConfigurationError, match="batch size 0"):
        list(pipeline.stream(inputs, batch_size=0))
    with pytest.raises(ConfigurationError, match="threads 0"):
        load(trained.bundle.path, threads=0)
    with pytest.raises(ConfigurationError, match="'tpu' is unknown"):
        load(trained.bundle.path, device="tpu")


def test_bundle_says_what_it_is(trained: Trained) -> None:
    bundle = trained.bundle
    assert bundle.task == trained.name
    assert {"keras", "onnxruntime", "dltasks"} <= set(bundle.versions)
    assert bundle.agreement
    assert [metric["name"] for metric in bundle.metrics] == list(trained.report.metrics)
    card = bundle.read("README.md").decode()
    assert f"dltasks {TASKS[trained.name].command}" in card
    assert all(metric["name"] in card for metric in bundle.metrics)


def test_run_folder_holds_settings_history_and_figures(trained: Trained) -> None:
    folder = trained.run_folder
    settings = tomllib.loads((folder / "run.toml").read_text())
    assert type(trained.case.training).from_dict(settings["training"]) == trained.case.training
    with (folder / "history.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) >= trained.case.training.epochs
    assert all(float(row["val_loss"]) > 0 for row in rows)
    figures = json.loads((folder / "metrics.json").read_text())
    assert figures["metrics"] == trained.report.metrics
    assert (folder / "curves.png").read_bytes().startswith(b"\x89PNG")


def test_evaluation_repeats_the_sealed_figures(trained: Trained) -> None:
    report, split = evaluate(load(trained.bundle.path), str(trained.data), None)
    sealed = {metric["name"]: metric["value"] for metric in trained.bundle.metrics}
    assert {metric["split"] for metric in trained.bundle.metrics} == {split} == {"valid"}
    assert report.metrics == pytest.approx(sealed, abs=1e-6)
    again, named = evaluate(load(trained.bundle.path), str(trained.data), "valid")
    assert (again.metrics, named) == (report.metrics, "valid")
    json.dumps(report.to_dict())
    assert report.to_text()


def test_evaluation_on_other_data_measures_all_of_it(trained: Trained, tmp_path: Path) -> None:
    other = trained.case.make_data(tmp_path / "other" / "data")
    bundle = open_bundle(trained.bundle.path)
    changed = replace(bundle, held_out={**bundle.held_out, "fingerprint": "of other data"})
    pipeline = load(trained.bundle.path)
    pipeline.bundle = changed
    said: list[str] = []
    _, split = evaluate(pipeline, other, None, say=said.append)
    assert split == "all"
    named = {example.split for example in get_task(trained.name).read_examples(other)}
    known = "in the training split" if "train" in named else "as the data names no split"
    assert [known in line for line in said] == [True]


def test_command_writes_the_common_schema(trained: Trained, inputs: list[Any]) -> None:
    command = TASKS[trained.name].command
    arguments = [command, *inputs[:2], "--model", str(trained.bundle.path), "--format", "jsonl"]
    result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == 0
    records = [json.loads(line) for line in result.stdout.splitlines()]
    assert len(records) == 2
    for record, source in zip(records, inputs, strict=False):
        assert list(record) == ["input", "task", "model", "result"]
        assert record["input"] == source
        assert record["task"] == trained.name


def test_bundle_runs_where_the_toolkit_cannot_be_imported(
    trained: Trained, inputs: list[Any]
) -> None:
    program = (
        "import sys\n"
        "for name in ('tensorflow', 'keras', 'dltasks'): sys.modules[name] = None\n"
        "from pipelines import load\n"
        "print(repr(load(sys.argv[1])(sys.argv[2])))\n"
    )
    command = [sys.executable, "-c", program, str(trained.bundle.path), inputs[0]]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
