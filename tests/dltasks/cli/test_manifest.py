"""The Kubernetes manifest in docs/ is one that the operator and the command line understand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from dltasks.cli import cli

MANIFEST = Path(__file__).resolve().parent.parent.parent.parent / "docs" / "tfjob.yaml"


@pytest.fixture
def worker() -> dict[str, Any]:
    job = yaml.safe_load(MANIFEST.read_text(encoding="utf-8"))
    assert (job["apiVersion"], job["kind"]) == ("kubeflow.org/v1", "TFJob")
    return job["spec"]["tfReplicaSpecs"]["Worker"]


def test_the_container_is_the_one_that_the_operator_looks_for(worker: dict[str, Any]) -> None:
    (container,) = worker["template"]["spec"]["containers"]
    assert worker["replicas"] > 1
    assert container["name"] == "tensorflow"
    assert container["ports"] == [{"name": "tfjob-port", "containerPort": 2222}]
    volumes = {volume["name"] for volume in worker["template"]["spec"]["volumes"]}
    assert {mount["name"] for mount in container["volumeMounts"]} <= volumes


def test_the_command_is_one_that_the_command_line_takes(worker: dict[str, Any]) -> None:
    (container,) = worker["template"]["spec"]["containers"]
    assert container["command"] == ["dltasks"]
    context = click.Context(cli)
    command: click.Command = cli
    arguments = list(container["args"])
    while isinstance(command, click.Group):
        found = command.get_command(context, arguments.pop(0))
        assert found is not None
        command = found
    parsed = command.make_context(str(command.name), arguments).params
    assert parsed["resume"] == "auto"
    mount = container["volumeMounts"][0]["mountPath"]
    for place in (parsed["data"], parsed["out"], parsed["run_folder"]):
        assert str(place).startswith(f"{mount}/")
    assert parsed["batch_size"] % worker["replicas"] == 0
