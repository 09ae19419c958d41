"""Where training runs: the one place that chooses a tf.distribute strategy."""

from __future__ import annotations

import json
import os
import shutil
from typing import TYPE_CHECKING, Any

from dltasks.data.feeding.sharding import EVERYTHING, Shard
from dltasks.extras import require_tensorflow
from dltasks.training.multi_worker import mend_fit
from pipelines.errors import ConfigurationError

if TYPE_CHECKING:
    import tensorflow as tf


def choose_strategy(device: str, devices: int | None = None) -> tf.distribute.Strategy:
    """Choose by what is there: several machines, several GPUs, one GPU, or the processor.

    Args:
        device: "auto", "cpu" or "gpu".
        devices: how many of this machine's share a batch; None takes all GPUs or one processor.
            Several processors are there where TensorFlow was told to see them, as tests do.

    Returns:
        MultiWorkerMirroredStrategy in a cluster, MirroredStrategy on several devices,
        OneDeviceStrategy otherwise.

    Raises:
        ConfigurationError: more is asked for than TensorFlow sees.
    """
    tf = require_tensorflow("training")
    gpus = visible_gpus() if device != "cpu" else []
    if device == "gpu" and not gpus:
        raise ConfigurationError(
            "device 'gpu' is not available: TensorFlow finds none; run `dltasks doctor` to see "
            "why, or use --device cpu"
        )
    if in_cluster():
        if devices:
            raise ConfigurationError(
                f"devices {devices} works on one machine only; on several, leave it out and "
                "set CUDA_VISIBLE_DEVICES on each"
            )
        mend_fit()
        return tf.distribute.MultiWorkerMirroredStrategy(_cluster_resolver())
    chosen = _choose_devices(gpus, devices)
    if len(chosen) > 1:
        return tf.distribute.MirroredStrategy(chosen)
    if gpus:
        return tf.distribute.OneDeviceStrategy(chosen[0])
    from dltasks.training.one_device import OneProcessor

    return OneProcessor(chosen[0])


def _choose_devices(gpus: list[str], count: int | None) -> list[str]:
    if count is None:
        return gpus or ["/cpu:0"]
    there = gpus or visible_processors()
    if count > len(there):
        kind = "GPUs" if gpus else "CPUs (all cores together are one)"
        raise ConfigurationError(
            f"devices {count} is too many: TensorFlow finds {len(there)} {kind}; use "
            "fewer, or leave it out"
        )
    return there[:count]


def in_cluster() -> bool:
    """Tell whether this process is one of several: by TF_CONFIG, or as a task of a SLURM step."""
    return bool(os.environ.get("TF_CONFIG")) or int(os.environ.get("SLURM_STEP_NUM_TASKS", 1)) > 1


def is_chief() -> bool:
    """Tell whether this process is the one that writes; a process on its own is."""
    if os.environ.get("TF_CONFIG"):
        return bool(_tf_config()["task"]["index"] == 0)
    return int(os.environ.get("SLURM_PROCID", 0)) == 0 or not in_cluster()


def _cluster_resolver() -> tf.distribute.cluster_resolver.ClusterResolver:
    import tensorflow as tf

    resolvers = tf.distribute.cluster_resolver
    if os.environ.get("TF_CONFIG"):
        _tf_config()
        return resolvers.TFConfigClusterResolver()
    if shutil.which("nvidia-smi"):
        return resolvers.SlurmClusterResolver()
    # Without GPUs the resolver fails: it lists as many tasks as it can give GPUs to.
    tasks = int(os.environ["SLURM_STEP_NUM_TASKS"])
    return resolvers.SlurmClusterResolver(gpus_per_node=tasks, gpus_per_task=1, auto_set_gpu=False)


def _tf_config() -> dict[str, Any]:
    """Read TF_CONFIG.

    Raises:
        ConfigurationError: it does not say who the workers are and which one this is.
    """
    text = os.environ["TF_CONFIG"]
    try:
        config = json.loads(text)
        workers, task = config["cluster"]["worker"], config["task"]
        usable = set(config["cluster"]) == {"worker"} and task["type"] == "worker"
        usable = usable and 0 <= task["index"] < len(workers)
    except (ValueError, KeyError, TypeError):
        usable = False
    if not usable:
        raise ConfigurationError(
            f"TF_CONFIG {text!r} is not a cluster of workers; it looks like "
            '{"cluster": {"worker": ["host:port", ...]}, "task": {"type": "worker", "index": 0}}'
        )
    return dict(config)


def check_batch_size(batch_size: int, strategy: tf.distribute.Strategy) -> None:
    """Refuse a batch that the devices cannot share evenly; Keras fails on unequal shares.

    Raises:
        ConfigurationError: it is no multiple of the number of devices.
    """
    devices = strategy.num_replicas_in_sync
    if batch_size % devices:
        raise ConfigurationError(
            f"batch_size {batch_size} cannot be shared by {devices} devices; give a multiple of "
            f"{devices}"
        )


def visible_gpus() -> list[str]:
    """Name the GPUs that TensorFlow sees, and let each grow its memory as needed."""
    import tensorflow as tf

    for gpu in tf.config.list_physical_devices("GPU"):
        try:
            tf.config.experimental.set_memory_growth(gpu, True)
        except RuntimeError:  # already in use; its memory plan stands
            break
    return [f"/gpu:{index}" for index in range(len(tf.config.list_logical_devices("GPU")))]


def visible_processors() -> list[str]:
    """Name the processors that TensorFlow sees: one, unless it was told to divide it."""
    import tensorflow as tf

    return [f"/cpu:{index}" for index in range(len(tf.config.list_logical_devices("CPU")))]


def shard_of(strategy: tf.distribute.Strategy) -> Shard:
    """Tell which part of the data this process reads."""
    resolver = strategy.cluster_resolver
    if resolver is None or not resolver.cluster_spec().as_dict():
        return EVERYTHING
    return Shard(count=resolver.cluster_spec().num_tasks("worker"), index=resolver.task_id)


def make_repeatable(seed: int, strategy: tf.distribute.Strategy) -> None:
    """Seed everything; on a processor also choose the operations that repeat bit for bit.

    On a GPU those cost a large part of the speed, so there equal seeds give nearly equal results.
    """
    import keras
    import tensorflow as tf

    keras.utils.set_random_seed(seed)
    if not _on_gpu(strategy):
        tf.config.experimental.enable_op_determinism()


def _on_gpu(strategy: tf.distribute.Strategy) -> bool:
    return any("GPU" in device.upper() for device in strategy.extended.worker_devices)


def set_precision(choice: str, strategy: tf.distribute.Strategy) -> None:
    """Set Keras' arithmetic: shorter floats with float32 weights where asked for or on a GPU."""
    import keras

    if choice == "auto":
        choice = "on" if _on_gpu(strategy) else "off"
    policies = {"on": "mixed_float16", "bfloat16": "mixed_bfloat16", "off": "float32"}
    keras.mixed_precision.set_global_policy(policies[choice])
