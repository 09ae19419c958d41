"""ONNX Runtime: where a graph runs, on how many threads, and how many inputs at once."""

from __future__ import annotations

import ctypes
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakSet

from pipelines.bundle.graph_check import check_graph
from pipelines.errors import BundleError, ConfigurationError, DltasksError

if TYPE_CHECKING:
    import numpy as np

Shape = tuple[int | None, ...]
Item = TypeVar("Item")
Result = TypeVar("Result")

CUDA = "CUDAExecutionProvider"
CPU = "CPUExecutionProvider"
SPINNING = "session.intra_op.allow_spinning"
FORMAT = "session.load_model_format"
FATAL_ONLY = 4  # ONNX Runtime's scale; it also raises its errors, and we say them in one line


_sessions: WeakSet[Any] = WeakSet()  # of this process


def _leave_to_parent() -> None:
    """After a fork, keep the child from waiting for threads that only the parent has.

    Sessions are never destroyed, and the process ends before ONNX Runtime's own clean-up.
    """
    if not _sessions:
        return
    for session in list(_sessions):
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(session))
    _sessions.clear()
    with suppress(AttributeError, OSError):  # of Linux alone; see docs/security.md
        library = ctypes.CDLL(None)
        library.on_exit(library._exit, None)  # calls _exit(status) once Python has ended


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_leave_to_parent)


class Graph:
    """A loaded ONNX graph.

    Args:
        content: the serialised graph.
        origin: named in errors.
        device: "auto", "cpu" or "gpu".
        threads: threads of one `run`.
        busy_wait: whether threads without work look out for more. It hastens the next run of this
            graph, but takes the cores from other graphs that run in turn with it.

    Raises:
        BundleError: the content is not a graph that ONNX Runtime can load.
        ConfigurationError: the device is unknown or not there.
    """

    def __init__(
        self,
        content: bytes,
        *,
        origin: str,
        device: str,
        threads: int,
        busy_wait: bool = True,
    ) -> None:
        import onnxruntime

        check_graph(content, origin)
        self.origin = origin
        options = onnxruntime.SessionOptions()
        options.log_severity_level = FATAL_ONLY
        options.intra_op_num_threads = threads
        options.add_session_config_entry(SPINNING, str(int(busy_wait)))
        options.add_session_config_entry(FORMAT, "ONNX")
        providers = choose_providers(device)
        try:
            self._session = onnxruntime.InferenceSession(
                content,
                options,
                providers=providers,
                enable_fallback=int(CUDA in providers),  # it prints on standard output
            )
        except Exception as error:  # ONNX Runtime has no common base class for its own errors
            reason = str(error).splitlines()[0]
            raise BundleError(f"{origin}: ONNX Runtime cannot load it: {reason}") from None
        _sessions.add(self._session)
        if device == "gpu" and CUDA not in self._session.get_providers():
            raise ConfigurationError(_no_gpu("CUDA failed to start"))

    def run(self, **inputs: np.ndarray) -> list[np.ndarray]:
        """Run the graph on named inputs and return its outputs in order.

        Raises:
            DltasksError: the inputs do not fit the graph, or the memory is full.
        """
        try:
            return list(self._session.run(None, inputs))
        except Exception as error:  # ONNX Runtime has no common base class for its own errors
            reason = str(error).splitlines()[0]
            raise DltasksError(f"{self.origin}: ONNX Runtime cannot run it: {reason}") from None


def expect(outputs: Sequence[np.ndarray], *shapes: Shape) -> list[np.ndarray]:
    """Give the outputs of a graph if they are what they should be.

    Args:
        outputs: of one run.
        shapes: one for each output; None stands for any size.

    Raises:
        BundleError: their number or a shape differs, or not all values are numbers.
    """
    found = [output.shape if hasattr(output, "shape") else None for output in outputs]
    if len(found) != len(shapes) or not all(map(_fits, found, shapes)):
        wanted, given = (" ".join(map(_show, some)) for some in (shapes, found))
        raise BundleError(f"the model gives outputs {given}, not {wanted}; get the model again")
    if any(output.dtype.kind != "f" or (output != output).any() for output in outputs):
        raise BundleError("the model gives values that are not numbers; get the model again")
    return list(outputs)


def _show(shape: Shape | None) -> str:
    if shape is None:
        return "no array"
    return f"[{', '.join('any' if size is None else str(size) for size in shape)}]"


def _fits(found: Shape | None, wanted: Shape) -> bool:
    return (
        found is not None
        and len(found) == len(wanted)
        and all(size in (None, own) for own, size in zip(found, wanted, strict=True))
    )


def choose_providers(device: str) -> list[str]:
    """Give ONNX Runtime's execution providers for a device.

    Raises:
        ConfigurationError: the device is unknown, or a GPU is asked for and not there.
    """
    import onnxruntime

    gpu_there = CUDA in onnxruntime.get_available_providers()
    if device not in ("auto", "cpu", "gpu"):
        raise ConfigurationError(f"device {device!r} is unknown; use auto, cpu or gpu")
    if device == "gpu" and not gpu_there:
        raise ConfigurationError(_no_gpu("this ONNX Runtime is built without CUDA"))
    return [CPU] if device == "cpu" or not gpu_there else [CUDA, CPU]


def _no_gpu(reason: str) -> str:
    return (
        f"device 'gpu' is not available: {reason}; install onnxruntime-gpu in place of "
        "onnxruntime, or use --device cpu"
    )


def available_cores() -> int:
    """Count the processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def map_in_order(
    function: Callable[[Item], Result], items: Iterable[Item], *, workers: int
) -> Iterator[Result]:
    """Apply a function on several threads; yield in the order of the items.

    At most two items a worker are under way, so memory stays flat however many items there are.
    After KeyboardInterrupt nobody waits for what is under way.
    """
    pool = ThreadPoolExecutor(workers)
    is_interrupted = False
    pending: deque[Future[Result]] = deque()
    try:
        for item in items:
            pending.append(pool.submit(function, item))
            if len(pending) >= 2 * workers:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    except KeyboardInterrupt:
        is_interrupted = True
        raise
    finally:
        pool.shutdown(wait=not is_interrupted, cancel_futures=True)
