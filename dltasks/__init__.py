"""Train, evaluate and use models of applied tasks; the command line is `dltasks`.

import dltasks

flowers = dltasks.train("image-classification", "flowers/", out="my_models/flowers", epochs=5)
classify = dltasks.load("my_models/flowers")
print(classify("rose.jpg"))
"""

from __future__ import annotations

import importlib
import importlib.util
import signal
import sys
from itertools import pairwise
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


def _is_command() -> bool:
    """Tell whether this process is `dltasks` or `python -m dltasks`."""
    if sys.argv[0] != "-m":
        return Path(sys.argv[0]).stem == "dltasks"
    return ("-m", "dltasks") in pairwise(sys.orig_argv) or "-mdltasks" in sys.orig_argv


_IS_COMMAND = _is_command()
if _IS_COMMAND:  # until it can say that it was interrupted, Ctrl-C ends it without a traceback
    signal.signal(signal.SIGINT, signal.SIG_DFL)


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
    if loaded or not _IS_COMMAND:
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
