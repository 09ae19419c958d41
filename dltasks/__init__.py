"""Train, evaluate and use models of applied tasks; the command line is `dltasks`.

import dltasks

flowers = dltasks.train("image-classification", "flowers/", out="my_models/flowers", epochs=5)
classify = dltasks.load("my_models/flowers")
classify("rose.jpg").labels[0]
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dltasks.api import TrainedModel, evaluate, find_learning_rate, load_keras, runs, train
    from pipelines import __version__, load

__all__ = [
    "TrainedModel",
    "__version__",
    "evaluate",
    "find_learning_rate",
    "load",
    "load_keras",
    "runs",
    "train",
]

_HOMES = {"load": "pipelines", "__version__": "pipelines"}  # of the others, dltasks.api
_PIPELINES = Path(__file__).resolve().parent.parent / "pipelines" / "__init__.py"


def _find_pipelines() -> None:
    """Make sure that `import pipelines` finds our package and not another file of that name.

    The command loads our package in any case. In a program, replacing the user's own module would
    break it, so an import raises an error.

    Raises:
        ImportError: names the other file.
    """
    loaded = sys.modules.get("pipelines")
    spec = loaded.__spec__ if loaded else importlib.util.find_spec("pipelines")
    origin = Path(spec.origin).resolve() if spec and spec.origin else None
    if origin == _PIPELINES:
        return
    is_command = Path(sys.argv[0]).stem in ("dltasks", "-m")
    if loaded or not is_command:
        raise ImportError(f"{origin} shadows the package pipelines of dltasks; rename that file")
    found = importlib.util.spec_from_file_location("pipelines", _PIPELINES)
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    sys.modules["pipelines"] = module
    found.loader.exec_module(module)


_find_pipelines()


def __getattr__(name: str) -> Any:
    if name in __all__:
        return getattr(importlib.import_module(_HOMES.get(name, "dltasks.api")), name)
    raise AttributeError(f"module 'dltasks' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
