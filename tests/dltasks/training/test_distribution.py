from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from dltasks.data.feeding.sharding import EVERYTHING, Shard
from dltasks.tasks.train import train
from dltasks.training import distribution
from dltasks.training.distribution import (
    check_batch_size,
    choose_strategy,
    is_chief,
    set_precision,
    shard_of,
)
from pipelines.errors import ConfigurationError

from ..tiny import REPOSITORY, make_request, write_images

ON_TWO_DEVICES = """
import json, sys
from pathlib import Path
from dltasks.extras import require_tensorflow
tf = require_tensorflow("testing")
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
from dltasks.data.feeding.sharding import EVERYTHING
from dltasks.tasks.train import train
from dltasks.training import distribution
from tests.dltasks.tiny import make_request, tiny_backbone
assert distribution.choose_strategy("cpu").num_replicas_in_sync == 1
strategy = distribution.choose_strategy("cpu", 2)
assert type(strategy).__name__ == "MirroredStrategy", strategy
assert strategy.num_replicas_in_sync == 2
assert distribution.shard_of(strategy) == EVERYTHING
with tiny_backbone():
    train(make_request(Path(sys.argv[1]), sys.argv[2], **json.loads(sys.argv[3]), devices=2))
"""


@pytest.fixture(autouse=True)
def float32_afterwards() -> Iterator[None]:
    yield
    keras.mixed_precision.set_global_policy("float32")


def _no_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distribution, "visible_gpus", list)


def test_a_gpu_that_is_not_there_is_an_error_and_never_a_silent_cpu(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _no_gpus(monkeypatch)
    with pytest.raises(ConfigurationError, match=r"device 'gpu' is not available.*--device cpu"):
        choose_strategy("gpu")


@pytest.mark.parametrize("device", ["auto", "cpu"])
def test_without_a_gpu_the_processor_trains(device: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _no_gpus(monkeypatch)
    strategy = choose_strategy(device)
    assert isinstance(strategy, tf.distribute.OneDeviceStrategy)
    assert [name.upper()[-5:] for name in strategy.extended.worker_devices] == ["CPU:0"]


def test_cpu_leaves_a_gpu_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distribution, "visible_gpus", lambda: ["/gpu:0"])
    assert "CPU" in choose_strategy("cpu").extended.worker_devices[0].upper()
    assert "GPU" in choose_strategy("auto").extended.worker_devices[0].upper()


@pytest.mark.parametrize(
    ("devices", "used"),
    [(None, ["GPU:0", "GPU:1", "GPU:2"]), (2, ["GPU:0", "GPU:1"]), (1, ["GPU:0"])],
)
def test_as_many_gpus_are_used_as_are_asked_for(
    devices: int | None, used: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(distribution, "visible_gpus", lambda: ["/gpu:0", "/gpu:1", "/gpu:2"])
    monkeypatch.setattr(tf.distribute, "MirroredStrategy", Named)
    monkeypatch.setattr(tf.distribute, "OneDeviceStrategy", lambda device: Named([device]))
    assert choose_strategy("auto", devices).names == used


class Named:
    """A strategy that is only its devices, which are not there."""

    def __init__(self, devices: list[str]) -> None:
        self.names = [device.upper()[-5:] for device in devices]


def test_more_gpus_than_there_are_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distribution, "visible_gpus", lambda: ["/gpu:0", "/gpu:1"])
    with pytest.raises(
        ConfigurationError, match=r"devices 3 is too many: .* finds 2 GPUs; use fewer"
    ):
        choose_strategy("gpu", 3)


def test_more_processors_than_there_are_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    _no_gpus(monkeypatch)
    with pytest.raises(ConfigurationError, match=r"devices 2 is too many: .* finds 1 CPUs"):
        choose_strategy("auto", 2)


def test_devices_are_not_counted_for_several_machines(monkeypatch: pytest.MonkeyPatch) -> None:
    _no_gpus(monkeypatch)
    task = {"type": "worker", "index": 0}
    monkeypatch.setenv("TF_CONFIG", json.dumps({"cluster": {"worker": ["a:1"]}, "task": task}))
    with pytest.raises(ConfigurationError, match="devices 2 works on one machine"):
        choose_strategy("cpu", 2)


def test_several_machines_are_chosen_by_tf_config(monkeypatch: pytest.MonkeyPatch) -> None:
    _no_gpus(monkeypatch)
    task = {"type": "worker", "index": 1}
    config = json.dumps({"cluster": {"worker": ["a:1", "b:1"]}, "task": task})
    monkeypatch.setenv("TF_CONFIG", config)
    monkeypatch.setattr(tf.distribute, "MultiWorkerMirroredStrategy", lambda resolver: resolver)
    resolver = choose_strategy("auto")
    assert resolver.cluster_spec().as_dict() == {"worker": ["a:1", "b:1"]}
    assert not is_chief()


@pytest.mark.parametrize(
    "config",
    [
        "not JSON",
        "[]",
        '{"cluster": {"worker": ["a:1"]}}',
        '{"cluster": {"worker": ["a:1"]}, "task": {"type": "worker", "index": 1}}',
        '{"cluster": {"worker": ["a:1"], "ps": ["b:1"]}, "task": {"type": "worker", "index": 0}}',
    ],
)
def test_an_unusable_tf_config_is_named_with_what_it_should_be(
    config: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TF_CONFIG", config)
    with pytest.raises(ConfigurationError, match="it looks like"):
        choose_strategy("cpu")


@pytest.mark.parametrize(("rank", "chief"), [("0", True), ("1", False)])
def test_several_machines_are_chosen_inside_a_slurm_step(
    rank: str, chief: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TF_CONFIG", raising=False)
    for name, value in {
        "SLURM_PROCID": rank,
        "SLURM_STEP_NUM_TASKS": "2",
        "SLURM_STEP_NODELIST": "node[1-2]",
        "SLURM_STEP_TASKS_PER_NODE": "1(x2)",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(tf.distribute, "MultiWorkerMirroredStrategy", lambda resolver: resolver)
    resolver = choose_strategy("cpu")
    assert resolver.cluster_spec().as_dict() == {"worker": ["node1:8888", "node2:8888"]}
    assert is_chief() is chief


def test_a_slurm_allocation_of_one_task_is_one_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TF_CONFIG", raising=False)
    monkeypatch.setenv("SLURM_PROCID", "0")
    monkeypatch.setenv("SLURM_STEP_NUM_TASKS", "1")
    assert not distribution.in_cluster()
    assert is_chief()


def test_one_process_reads_everything() -> None:
    assert shard_of(tf.distribute.OneDeviceStrategy("/cpu:0")) == EVERYTHING


def test_each_worker_reads_its_shard() -> None:
    class Worker:
        cluster_resolver = tf.distribute.cluster_resolver.SimpleClusterResolver(
            tf.train.ClusterSpec({"worker": ["a:1", "b:1", "c:1"]}), "", "worker", 2
        )

    assert shard_of(Worker()) == Shard(count=3, index=2)


@pytest.mark.parametrize(
    ("choice", "device", "policy"),
    [
        ("on", "/cpu:0", "mixed_float16"),
        ("off", "/gpu:0", "float32"),
        ("auto", "/cpu:0", "float32"),
        ("auto", "/gpu:0", "mixed_float16"),
        ("bfloat16", "/cpu:0", "mixed_bfloat16"),
    ],
)
def test_precision_is_mixed_where_asked_for_or_on_a_gpu(
    choice: str, device: str, policy: str
) -> None:
    set_precision(choice, tf.distribute.OneDeviceStrategy(device))
    assert keras.mixed_precision.global_policy().name == policy


def test_a_batch_that_two_devices_cannot_share_is_refused() -> None:
    class TwoDevices:
        num_replicas_in_sync = 2

    check_batch_size(4, TwoDevices())
    with pytest.raises(ConfigurationError, match="batch_size 5 cannot be shared by 2 devices"):
        check_batch_size(5, TwoDevices())


def _losses(folder: Path) -> dict[str, list[float]]:
    with (folder / "run" / "history.csv").open() as file:
        rows = list(csv.DictReader(file))
    return {name: [float(row[name]) for row in rows] for name in ("loss", "val_loss")}


@pytest.mark.usefixtures("tiny")
@pytest.mark.parametrize("batch_parts", [1, 2])
def test_two_devices_give_the_losses_of_one(
    batch_parts: int, trained_bundle: Path, tmp_path: Path
) -> None:
    # No dropout: each device draws its own. Batch normalisation is frozen in fine-tuning.
    changes: dict[str, Any] = {"base": str(trained_bundle), "pretrained": True, "dropout": 0.0}
    changes["valid_fraction"] = 0.25  # 14 images: in the last batch of 4, one device gets none
    data = write_images(tmp_path / "data", count=28)
    train(make_request(tmp_path / "one", data, **changes))
    changes["batch_parts"] = batch_parts
    command = [sys.executable, "-c", ON_TWO_DEVICES, tmp_path / "two", data, json.dumps(changes)]
    # A device may get an empty share of the last batch; oneDNN's convolution, which no GPU uses,
    # gives it a wrong shape.
    environment = {**os.environ, "TF_ENABLE_ONEDNN_OPTS": "0"}
    done = subprocess.run(
        command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    one, two = _losses(tmp_path / "one"), _losses(tmp_path / "two")
    assert len(one["loss"]) == 4
    for name in ("loss", "val_loss"):
        np.testing.assert_allclose(two[name], one[name], atol=1e-4)
