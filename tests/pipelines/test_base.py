"""What every pipeline does the same way, shown on one that doubles numbers."""

from __future__ import annotations

import threading
import tracemalloc
from collections.abc import Iterator, Sequence
from itertools import count, islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipelines import load
from pipelines.base import Failure, Pipeline
from pipelines.bundle.folder import open_bundle
from pipelines.errors import BundleError, ConfigurationError, InputError
from pipelines.session import Graph


class Doubling(Pipeline[Any, int, None, int]):
    """Doubles whole numbers, and notes how many came at once."""

    def decode(self, source: Any, options: None) -> int:
        if not isinstance(source, int):
            raise InputError(f"{source!r} is not a whole number")
        return source

    def infer(self, graph: Graph, examples: Sequence[int], options: None) -> list[int]:
        self.sizes = [*getattr(self, "sizes", []), len(examples)]
        return [2 * example for example in examples]

    def many(self, sources: Any, batch_size: int | None = 2, on_error: Any = "return") -> Iterator:
        return self.predict_many(sources, None, batch_size, on_error)


@pytest.fixture
def doubling(tiny_bundle: Path) -> Doubling:
    return Doubling(open_bundle(tiny_bundle), device="cpu", threads=2)


@pytest.mark.parametrize("batch_size", [1, 2, 3, 7, 100, None])
def test_order_is_kept_at_every_batch_size(doubling: Doubling, batch_size: int | None) -> None:
    assert list(doubling.many(range(7), batch_size)) == [0, 2, 4, 6, 8, 10, 12]
    assert max(doubling.sizes) == min(batch_size or 1, 7)
    assert sum(doubling.sizes) == 7


def test_failures_stay_in_their_place(doubling: Doubling) -> None:
    results = list(doubling.many([1, "two", 3, None, "five", 6]))
    assert [result for result in results if isinstance(result, int)] == [2, 6, 12]
    failures = [results[index] for index in (1, 3, 4)]
    assert all(isinstance(failure, Failure) for failure in failures)
    assert [failure.source for failure in failures] == ["two", None, "five"]
    assert str(failures[0].error) == "'two' is not a whole number"


def test_a_batch_of_failures_does_not_reach_the_network(doubling: Doubling) -> None:
    assert all(isinstance(result, Failure) for result in doubling.many(["a", "b", "c"]))
    assert not hasattr(doubling, "sizes")


def test_on_error_raise_gives_what_comes_before_the_failure(doubling: Doubling) -> None:
    results = doubling.many([1, 2, 3, "four", 5], on_error="raise")
    assert list(islice(results, 3)) == [2, 4, 6]
    with pytest.raises(InputError, match="'four'"):
        next(results)


def test_one_bad_input_raises(doubling: Doubling) -> None:
    assert doubling.predict_one(4, None) == 8
    with pytest.raises(InputError, match="'four'"):
        doubling.predict_one("four", None)


def test_a_list_given_to_a_call_says_what_takes_it(tiny_bundle: Path) -> None:
    with pytest.raises(InputError, match="one input, not a list of 2; give the list to `stream`"):
        load(tiny_bundle)(["a.png", "b.png"])


def test_no_inputs_give_no_results(doubling: Doubling) -> None:
    assert list(doubling.many([])) == []


def test_an_endless_stream_is_read_lazily_and_ends_its_threads_when_closed(
    doubling: Doubling,
) -> None:
    before = threading.active_count()
    read = []

    def endless() -> Iterator[int]:
        for item in count():
            read.append(item)
            yield item

    results = doubling.many(endless())
    assert list(islice(results, 10)) == list(range(0, 20, 2))
    assert len(read) <= 10 + 2 * 2 * 2 + 2  # two batches of two a thread, and the one in hand
    results.close()
    assert threading.active_count() == before


def test_memory_stays_flat_however_long_the_stream_is(tiny_bundle: Path) -> None:
    class Summing(Doubling):
        def decode(self, source: Any, options: None) -> Any:
            return np.ones(100_000, np.uint8)

        def infer(self, graph: Graph, examples: Sequence[Any], options: None) -> list[int]:
            return [int(example.sum()) for example in examples]

    pipeline = Summing(open_bundle(tiny_bundle), device="cpu", threads=2)
    next(pipeline.many([0]))  # loads ONNX Runtime
    tracemalloc.start()
    try:
        total = sum(pipeline.many(range(500)))
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert total == 500 * 100_000
    assert peak_bytes < 3_000_000  # all of them at once would be 50 MB


def test_impossible_settings_are_refused(doubling: Doubling, tiny_bundle: Path) -> None:
    with pytest.raises(ConfigurationError, match="batch size 0 is not positive"):
        list(doubling.many([1], batch_size=0))
    with pytest.raises(ConfigurationError, match="on_error 'skip' is not 'raise' or 'return'"):
        list(doubling.many([1], on_error="skip"))
    with pytest.raises(ConfigurationError, match="threads 0 is not positive"):
        Doubling(open_bundle(tiny_bundle), threads=0)
    with pytest.raises(ConfigurationError, match="device 'tpu' is unknown"):
        Doubling(open_bundle(tiny_bundle), device="tpu")


def test_a_gpu_takes_larger_batches(doubling: Doubling, monkeypatch: pytest.MonkeyPatch) -> None:
    providers = ["CUDAExecutionProvider", "CPUExecutionProvider"]
    monkeypatch.setattr("onnxruntime.get_available_providers", lambda: providers)
    assert doubling.default_batch_size == doubling.cpu_batch_size
    doubling.device = "auto"
    assert doubling.default_batch_size == doubling.gpu_batch_size > doubling.cpu_batch_size


def test_the_graph_is_checked_before_it_runs(tiny_bundle: Path) -> None:
    (tiny_bundle / "model.onnx").write_bytes(b"swapped")
    pipeline = Doubling(open_bundle(tiny_bundle), device="cpu")
    for use in (lambda: pipeline.predict_one(1, None), lambda: next(pipeline.many([1]))):
        with pytest.raises(BundleError, match=r"model\.onnx: the checksum differs"):
            use()
