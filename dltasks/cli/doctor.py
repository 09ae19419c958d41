"""dltasks doctor: what is installed, what works, and why something does not."""

from __future__ import annotations

import platform
import shutil
import sys
from importlib.util import find_spec
from typing import Any

import click

from dltasks import __version__
from dltasks.extras import TRAIN, install_command, packages_of, require_tensorflow


@click.command()
@click.pass_context
def doctor_command(ctx: click.Context) -> None:
    """Report versions, devices and the cache, and check the built-in models.

    Exit codes: 0 no problems, 5 a built-in model is damaged.
    """
    from pipelines.bundle.folder import home
    from pipelines.session import available_cores

    system = f"{platform.system()} {platform.machine()}"
    click.echo(f"dltasks {__version__}, Python {platform.python_version()}, {system}")
    click.echo(f"cores: {available_cores()}")
    click.echo(f"cache: {home()} ({_free_space(home())})")
    for package in packages_of():
        click.echo(f"{package}: {_version(package)}")
    for package in packages_of(TRAIN):
        click.echo(f"{package}: {_version(package) or f'not installed ({install_command()})'}")
    click.echo(f"GPU for pipelines: {_runtime_gpu()}")
    click.echo(f"GPU for training: {_training_gpu()}")
    ctx.exit(_check_models())


def _version(package: str) -> str | None:
    from importlib import metadata

    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _free_space(path: Any) -> str:
    existing = next(parent for parent in (path, *path.parents) if parent.exists())
    return f"{shutil.disk_usage(existing).free / 1e9:.0f} GB free"


def _runtime_gpu() -> str:
    from pipelines.errors import ConfigurationError
    from pipelines.session import choose_providers

    try:
        choose_providers("gpu")
    except ConfigurationError as error:
        return str(error)
    return "available through CUDA"


def _training_gpu() -> str:
    if find_spec("tensorflow") is None:
        return f"TensorFlow is not installed ({install_command()})"
    tensorflow = require_tensorflow("doctor")
    gpus = tensorflow.config.list_physical_devices("GPU")
    if gpus:
        details = [tensorflow.config.experimental.get_device_details(gpu) for gpu in gpus]
        return ", ".join(detail.get("device_name", "unnamed") for detail in details)
    if not tensorflow.test.is_built_with_cuda():
        return f"none: TensorFlow for {sys.platform} is built without CUDA"
    if shutil.which("nvidia-smi") is None:
        return "none: no NVIDIA driver (nvidia-smi not found)"
    return 'none: TensorFlow cannot find CUDA; pip install "tensorflow[and-cuda]"'


def _check_models() -> int:
    from pipelines.bundle.folder import BUILT_IN, MANIFEST, open_bundle
    from pipelines.bundle.verification import verify
    from pipelines.catalogue import TASKS
    from pipelines.errors import BundleError

    code = 0
    promised = {task.default_bundle for task in TASKS.values()}
    there = {path.parent.name for path in BUILT_IN.glob(f"*/{MANIFEST}")}
    for name in sorted(promised | there):
        try:
            verify(open_bundle(BUILT_IN / name))
            click.echo(f"built-in {name}: ok")
        except BundleError as error:
            click.echo(f"built-in {name}: {error}")
            code = error.exit_code
    return code
