"""Read the weights of a published model from its folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dltasks.hub.models import WEIGHTS_FILES
from dltasks.safetensors_file import read_safetensors
from dltasks.torch_checkpoint import read_checkpoint
from pipelines.errors import BundleError


def read_weights(folder: Path) -> tuple[Path, Mapping[str, Any]]:
    """Read the weights, safetensors before PyTorch's: the file, and its arrays by their names.

    Raises:
        BundleError: there are none, or they are damaged.
    """
    safe, torch = (folder / name for name in WEIGHTS_FILES)
    if safe.is_file():
        return safe, read_safetensors(safe)
    if not torch.is_file():
        raise BundleError(f"{folder}: there is neither {safe.name} nor {torch.name} in it")
    arrays = read_checkpoint(torch)
    if not isinstance(arrays, dict) or not all(isinstance(name, str) for name in arrays):
        raise BundleError(f"{torch}: not the weights of a network; get the file again")
    return torch, arrays
