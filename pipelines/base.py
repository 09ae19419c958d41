"""The base of every pipeline: one input, a stream of inputs, and failures that do not stop it."""

from __future__ import annotations

import html
import os
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from os import PathLike
from threading import Lock
from typing import Any, ClassVar, Generic, Literal, TypeVar, cast, overload

from pipelines.bundle.folder import Bundle
from pipelines.errors import ConfigurationError, InputError
from pipelines.session import CUDA, Graph, available_cores, choose_providers, map_in_order
from pipelines.settings import Settings, with_keywords

Source = TypeVar("Source")
Decoded = TypeVar("Decoded")
Options = TypeVar("Options", bound=Settings)
OnError = Literal["raise", "return"]
SHOWN = 72  # characters of a result in one line


class TaskResult:
    """What a pipeline gives for one input; `str` is its text.

    It shows itself in one line in a console, and as its text in a notebook.
    """

    def __repr__(self) -> str:
        line = " ".join(str(self).split())
        shown = line if len(line) <= SHOWN else f"{line[: SHOWN - 3]}..."
        return f"<{type(self).__name__} {shown!r}>"

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>"


Result = TypeVar("Result", bound=TaskResult)


@dataclass(frozen=True)
class Failure:
    """Takes the place of an input that could not be used in a stream.

    Attributes:
        source: the input as it was given.
        error: why; its text is one line for the user.
    """

    source: Any
    error: InputError


class Pipeline(ABC, Generic[Source, Decoded, Options, Result]):
    """A loaded bundle that turns inputs into results.

    Args:
        bundle: the model.
        device: "auto", "cpu" or "gpu".
        threads: processor threads to use; None takes every core.
    """

    options_class: ClassVar[type[Settings]]  # declares the keywords of `__call__` and `stream`
    graph_file = "model.onnx"
    # One image at a time stays in the processor's cache, and each core runs its own; a GPU is
    # only busy with many. A task whose network is of another kind sets its own.
    cpu_batch_size = 1
    gpu_batch_size = 32

    def __init__(self, bundle: Bundle, *, device: str = "auto", threads: int | None = None) -> None:
        if threads is not None and (not isinstance(threads, int) or isinstance(threads, bool)):
            raise ConfigurationError(f"threads {threads!r} is not a whole number")
        if threads is not None and threads < 1:
            raise ConfigurationError(f"threads {threads} is not positive")
        self.bundle = bundle
        self.threads = threads or available_cores()
        self.device = device
        self._graphs: dict[tuple[int, int], Any] = {}
        self._loading = Lock()
        choose_providers(device)  # a missing GPU is reported before any input is read

    def __init_subclass__(cls, **settings: Any) -> None:
        super().__init_subclass__(**settings)
        if "options_class" in vars(cls):
            for method in ("__call__", "stream"):
                setattr(cls, method, with_keywords(getattr(cls, method), cls.options_class))

    def __call__(self, source: Source, /, **options: Any) -> Result:
        """Answer one input.

        Args:
            source: the input.

        Raises:
            InputError: the input cannot be used.
            ConfigurationError: there is no such option, or its value cannot be used.
        """
        if isinstance(source, list):
            raise InputError(
                f"one input, not a list of {len(source)}; give the list to `stream`, as in "
                "`for result in pipeline.stream(inputs)`"
            )
        return self.predict_one(source, self.make_options(options))

    @overload
    def stream(
        self,
        sources: Iterable[Source],
        /,
        *,
        batch_size: int | None = None,
        on_error: Literal["raise"] = "raise",
        **options: Any,
    ) -> Iterator[Result]: ...

    @overload
    def stream(
        self,
        sources: Iterable[Source],
        /,
        *,
        batch_size: int | None = None,
        on_error: Literal["return"],
        **options: Any,
    ) -> Iterator[Result | Failure]: ...

    def stream(
        self,
        sources: Iterable[Source],
        /,
        *,
        batch_size: int | None = None,
        on_error: OnError = "raise",
        **options: Any,
    ) -> Iterator[Result] | Iterator[Result | Failure]:
        """Answer many inputs on all cores, in order, in constant memory.

        Args:
            sources: any iterable of inputs; it is read as the results are taken.
            batch_size: inputs per run of the network; None takes what suits the device.
            on_error: "raise" an InputError at a bad input, or "return" a Failure in its place.

        Raises:
            InputError: an input cannot be used, and `on_error` is "raise".
            ConfigurationError: there is no such option, or its value cannot be used.
        """
        is_array = getattr(sources, "ndim", 4) < 4  # an array of four dimensions is many images
        if isinstance(sources, (str, bytes, bytearray, PathLike)) or is_array:
            raise ConfigurationError(
                f"stream takes a list of inputs, not the one input {sources!r:.60}; put it in a "
                "list, or call the pipeline itself"
            )
        return self.predict_many(sources, self.make_options(options), batch_size, on_error)

    def make_options(self, options: dict[str, Any]) -> Options:
        """Check keywords and give them as the task's options.

        Raises:
            ConfigurationError: there is no such option, or its value cannot be used.
        """
        return cast("Options", self.options_class.from_dict(options, self.bundle.task))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.bundle.name!r}, {self.threads} threads>"

    def __reduce__(self) -> tuple[Any, ...]:
        """Copy and pickle what opens the bundle again; a running session cannot travel."""
        return partial(type(self), **self.arguments()), (self.bundle,)

    def arguments(self) -> dict[str, Any]:
        """Give the keywords that made this pipeline."""
        return {"device": self.device, "threads": self.threads}

    @abstractmethod
    def decode(self, source: Source, options: Options) -> Decoded:
        """Turn one input into the network's input.

        Raises:
            InputError: the input cannot be used.
        """

    @abstractmethod
    def infer(self, graph: Any, examples: Sequence[Decoded], options: Options) -> list[Result]:
        """Run the network on decoded examples; one result each, in order.

        Args:
            graph: what `load_graphs` gave.
            examples: what `decode` gave.
            options: of the call.
        """

    @property
    def default_batch_size(self) -> int:
        """The batch size that suits the device."""
        on_gpu = CUDA in choose_providers(self.device)
        return self.gpu_batch_size if on_gpu else self.cpu_batch_size

    def predict_one(self, source: Source, options: Options) -> Result:
        """Run one input with all threads on it.

        Raises:
            InputError: the input cannot be used.
        """
        return self.infer(self._fast_graph, [self.decode(source, options)], options)[0]

    def predict_many(
        self,
        sources: Iterable[Source],
        options: Options,
        batch_size: int | None,
        on_error: OnError,
    ) -> Iterator[Result | Failure]:
        """Run inputs in batches, one batch per core, and yield results in order."""
        batch_size = self.default_batch_size if batch_size is None else batch_size
        if not isinstance(batch_size, int):
            raise ConfigurationError(f"batch size {batch_size!r} is not a whole number")
        if batch_size < 1:
            raise ConfigurationError(f"batch size {batch_size} is not positive")
        if on_error not in ("raise", "return"):
            raise ConfigurationError(f"on_error {on_error!r} is not 'raise' or 'return'")

        return self._run_all(sources, options, batch_size, on_error)

    def _run_all(
        self, sources: Iterable[Source], options: Options, batch_size: int, on_error: OnError
    ) -> Iterator[Result | Failure]:
        graph, sources = self._choose_graph(sources)

        def run(batch: list[Source]) -> list[Result | Failure]:
            return self._run_batch(graph, batch, options)

        for results in map_in_order(run, _batches(sources, batch_size), workers=self.threads):
            for result in results:
                if isinstance(result, Failure) and on_error == "raise":
                    raise result.error
                yield result

    def _choose_graph(self, sources: Iterable[Source]) -> tuple[Graph, Iterable[Source]]:
        """Choose the graph for a stream; give the stream again, in case some of it was read."""
        return self._narrow_graph, sources

    def _run_batch(
        self, graph: Graph, batch: list[Source], options: Options
    ) -> list[Result | Failure]:
        decoded = [self._try_decode(source, options) for source in batch]
        good = [example for example in decoded if not isinstance(example, Failure)]
        results = iter(self.infer(graph, good, options) if good else [])
        return [item if isinstance(item, Failure) else next(results) for item in decoded]

    def _try_decode(self, source: Source, options: Options) -> Decoded | Failure:
        try:
            return self.decode(source, options)
        except InputError as error:
            return Failure(source, error)

    @property
    def _fast_graph(self) -> Any:
        """All threads on one run: the shortest wait for one input."""
        return self._graphs_with(self.threads)

    @property
    def _narrow_graph(self) -> Any:
        """One thread per run, runs side by side: the most inputs per second."""
        return self._graphs_with(1)

    def _graphs_with(self, threads: int) -> Any:
        """Give graphs whose threads are of this process: a fork does not take threads along."""
        key = (os.getpid(), threads)
        with self._loading:
            if key not in self._graphs:
                self._graphs[key] = self.load_graphs(threads)
        return self._graphs[key]

    def load_graphs(self, threads: int) -> Any:
        """Load what `infer` runs; a task with several graphs loads them together."""
        return self.load_graph(self.graph_file, threads)

    def load_graph(self, file: str, threads: int, inner: Sequence[str] = ()) -> Graph:
        """Load one graph of the bundle.

        Args:
            file: its name.
            threads: that one run of it takes.
            inner: tensors inside it that it gives, too, behind its outputs.
        """
        origin = str(self.bundle.path / file)
        content = self.bundle.read(file)
        if inner:
            from pipelines.bundle.graph_wiring import with_outputs

            content = with_outputs(content, inner)
        return Graph(content, origin=origin, device=self.device, threads=threads)


def _batches(sources: Iterable[Source], size: int) -> Iterator[list[Source]]:
    iterator = iter(sources)
    while batch := list(islice(iterator, size)):
        yield batch
