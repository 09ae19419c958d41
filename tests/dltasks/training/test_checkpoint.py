from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dltasks.training import checkpoint
from dltasks.training.checkpoint import CHECKPOINT_FILE, Checkpoint, Progress
from pipelines.errors import DltasksError


def _make(value: float = 1.0) -> Checkpoint:
    return Checkpoint(
        Progress(1, 3, 5, 0.25, 2, [{"stage": "head", "epoch": 1, "loss": float("nan")}]),
        network=[np.full((2, 3), value, np.float32), np.arange(2, dtype=np.uint32), np.array(7)],
        optimizer=[np.full(number, number, np.float32) for number in range(12)],
        metrics=[np.array(0.5, np.float32)],
        best=[],
    )


def _assert_equal(found: Checkpoint | None, wanted: Checkpoint) -> None:
    assert found is not None
    np.testing.assert_equal(found.progress.__dict__, wanted.progress.__dict__)
    for group in checkpoint.GROUPS:
        pairs = zip(getattr(found, group), getattr(wanted, group), strict=True)
        for array, expected in pairs:
            np.testing.assert_array_equal(array, expected, strict=True)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    folder = tmp_path / "run"
    folder.mkdir()
    return folder / CHECKPOINT_FILE


def test_everything_comes_back_as_it_was_saved(path: Path) -> None:
    checkpoint.save(path, _make())
    _assert_equal(checkpoint.load(path), _make())


def test_infinity_of_a_stage_without_an_epoch_comes_back(path: Path) -> None:
    checkpoint.save(path, Checkpoint(Progress(), []))
    _assert_equal(checkpoint.load(path), Checkpoint(Progress(), []))


def test_no_file_is_no_checkpoint(path: Path) -> None:
    assert checkpoint.load(path) is None


def test_saving_leaves_only_the_newest_and_the_one_before(path: Path) -> None:
    for value in (1.0, 2.0, 3.0):
        checkpoint.save(path, _make(value))
    assert sorted(path.parent.iterdir()) == sorted([path, checkpoint.previous(path)])
    _assert_equal(checkpoint.load(path), _make(3.0))
    _assert_equal(checkpoint.load(checkpoint.previous(path)), _make(2.0))


def test_a_damaged_newest_one_is_passed_over_with_a_warning(path: Path) -> None:
    checkpoint.save(path, _make(1.0))
    checkpoint.save(path, _make(2.0))
    path.write_bytes(path.read_bytes()[:-20])
    said: list[str] = []
    _assert_equal(checkpoint.load_newest(path, said.append), _make(1.0))
    assert said == [f"{path}: damaged, skipped"]


def test_one_changed_byte_is_damage(path: Path) -> None:
    checkpoint.save(path, _make())
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 0xFF
    path.write_bytes(bytes(content))
    assert checkpoint.load(path) is None


def test_a_kill_between_the_two_renames_loses_nothing(path: Path) -> None:
    checkpoint.save(path, _make())
    path.replace(checkpoint.previous(path))
    _assert_equal(checkpoint.load_newest(path, lambda line: None), _make())


def test_without_any_checkpoint_there_is_nothing_to_say(path: Path) -> None:
    said: list[str] = []
    assert checkpoint.load_newest(path, said.append) is None
    assert said == []


@pytest.mark.parametrize(
    ("error", "raised"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), DltasksError),
        (KeyboardInterrupt(), KeyboardInterrupt),
    ],
)
def test_the_previous_one_stands_when_saving_fails(
    error: BaseException,
    raised: type[BaseException],
    path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    checkpoint.save(path, _make())

    def fail(file: Any, **arrays: Any) -> None:
        file.write(b"PK half of it")
        raise error

    monkeypatch.setattr(np, "savez", fail)
    with pytest.raises(raised):
        checkpoint.save(path, _make(2.0))
    assert list(path.parent.iterdir()) == [path]
    _assert_equal(checkpoint.load(path), _make())


@pytest.mark.parametrize("kept", [0, 10, 200, -30])
def test_a_truncated_file_is_no_checkpoint(kept: int, path: Path) -> None:
    checkpoint.save(path, _make())
    path.write_bytes(path.read_bytes()[:kept])
    assert checkpoint.load(path) is None


def test_a_checkpoint_of_another_layout_is_none(path: Path) -> None:
    np.savez(path, other=np.zeros(3))
    assert checkpoint.load(path) is None


def test_pickled_objects_are_never_loaded(path: Path) -> None:
    class Bomb:
        def __reduce__(self) -> Any:
            return (path.with_name("exploded").touch, ())

    np.savez(path, **{checkpoint.STATE: np.array([Bomb()], dtype=object)})
    assert checkpoint.load(path) is None
    assert not path.with_name("exploded").exists()


def test_values_are_copies_and_assign_brings_them_back() -> None:
    import keras

    variables = [keras.Variable(np.ones((2, 2))), keras.Variable(np.zeros(3))]
    kept = checkpoint.values(variables)
    for variable in variables:
        variable.assign(variable + 5.0)
    np.testing.assert_array_equal(kept[0], np.ones((2, 2)))
    checkpoint.assign(variables, kept)
    np.testing.assert_array_equal(variables[0].numpy(), np.ones((2, 2)))
    np.testing.assert_array_equal(variables[1].numpy(), np.zeros(3))


def test_assign_refuses_another_number_of_arrays() -> None:
    import keras

    with pytest.raises(ValueError, match="zip"):
        checkpoint.assign([keras.Variable(1.0)], [])
