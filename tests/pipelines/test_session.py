"""ONNX Runtime: devices are as asked for, and threads do not outlive their work."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from itertools import count, islice

import numpy as np
import pytest

from pipelines.errors import BundleError, ConfigurationError, DltasksError
from pipelines.session import CPU, Graph, available_cores, choose_providers, map_in_order

GPU_THERE = ["CUDAExecutionProvider", CPU]


def test_a_missing_gpu_is_an_error_not_a_silent_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("onnxruntime.get_available_providers", lambda: [CPU])
    with pytest.raises(ConfigurationError, match=r"'gpu' is not available.*onnxruntime-gpu"):
        choose_providers("gpu")
    assert choose_providers("auto") == choose_providers("cpu") == [CPU]


def test_a_gpu_is_taken_where_it_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("onnxruntime.get_available_providers", lambda: GPU_THERE)
    assert choose_providers("auto") == choose_providers("gpu") == GPU_THERE
    assert choose_providers("cpu") == [CPU]


def test_a_gpu_that_fails_to_start_is_an_error(
    tiny_graph: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CUDA is in the build but not on the machine: ONNX Runtime goes on without it."""
    from onnxruntime import InferenceSession

    monkeypatch.setattr("onnxruntime.get_available_providers", lambda: GPU_THERE)
    monkeypatch.setattr(
        "onnxruntime.InferenceSession",
        lambda content, options, **_: InferenceSession(content, options, providers=[CPU]),
    )
    with pytest.raises(ConfigurationError, match="CUDA failed to start"):
        Graph(tiny_graph, origin="tiny", device="gpu", threads=1)


def test_an_unknown_device_is_named() -> None:
    with pytest.raises(ConfigurationError, match="'tpu' is unknown; use auto, cpu or gpu"):
        choose_providers("tpu")


def test_a_graph_runs_batches_of_any_size(tiny_graph: bytes) -> None:
    graph = Graph(tiny_graph, origin="tiny", device="cpu", threads=1)
    for size in (1, 3):
        image = np.zeros((size, 8, 8, 3), np.uint8)
        (scores,) = graph.run(image=image)
        np.testing.assert_allclose(scores, np.full((size, 3), 1 / 3), rtol=1e-6)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not an ONNX graph"),
        (b"not a graph", "not an ONNX graph"),
        (b"\x3a\x02\x0a\x00", "ONNX Runtime cannot load it"),
    ],
)
def test_what_is_no_graph_is_a_bundle_error(content: bytes, message: str) -> None:
    with pytest.raises(BundleError, match=rf"model\.onnx: {message}") as caught:
        Graph(content, origin="model.onnx", device="cpu", threads=1)
    assert "\n" not in str(caught.value)


def test_inputs_that_do_not_fit_the_graph_are_one_line(tiny_graph: bytes) -> None:
    graph = Graph(tiny_graph, origin="model.onnx", device="cpu", threads=1)
    for inputs in ({"image": np.zeros((1, 9, 9, 3), np.uint8)}, {"sound": np.zeros(1)}):
        with pytest.raises(DltasksError, match=r"model\.onnx: ONNX Runtime cannot run") as caught:
            graph.run(**inputs)
        assert "\n" not in str(caught.value)


def test_at_least_one_core_is_available() -> None:
    assert available_cores() >= 1


def test_results_keep_the_order_of_the_items() -> None:
    def slowest_first(item: int) -> int:
        time.sleep(0.02 if item == 0 else 0)
        return item

    assert list(map_in_order(slowest_first, range(20), workers=4)) == list(range(20))


def test_an_endless_stream_is_read_as_results_are_taken() -> None:
    read = []

    def endless() -> Iterator[int]:
        for item in count():
            read.append(item)
            yield item

    results = map_in_order(lambda item: item, endless(), workers=2)
    assert read == []
    for taken in range(1, 50):
        next(results)
        assert len(read) <= taken + 2 * 2
    results.close()


def test_closing_a_stream_early_ends_its_threads() -> None:
    before = threading.active_count()
    started = []

    def work(item: int) -> int:
        started.append(item)
        return item

    results = map_in_order(work, count(), workers=4)
    assert list(islice(results, 3)) == [0, 1, 2]
    assert threading.active_count() > before
    results.close()
    assert threading.active_count() == before
    assert len(started) <= 3 + 2 * 4


def test_an_error_on_a_thread_arrives_in_its_place_and_ends_the_threads() -> None:
    before = threading.active_count()
    results = map_in_order(lambda item: 1 / (3 - item), range(100), workers=2)
    assert [next(results) for _ in range(3)] == [1 / 3, 1 / 2, 1]
    with pytest.raises(ZeroDivisionError):
        next(results)
    assert threading.active_count() == before


def test_an_error_of_the_source_ends_the_threads() -> None:
    def broken() -> Iterator[int]:
        yield from range(10)
        raise OSError("disk gone")

    before = threading.active_count()
    with pytest.raises(OSError, match="disk gone"):
        list(map_in_order(lambda item: item, broken(), workers=2))
    assert threading.active_count() == before
