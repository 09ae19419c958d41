"""Training a writer: what it learns, and that a killed run ends as if nobody had killed it."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dltasks.training.callbacks import SaveProgress
from pipelines import load
from tests.fitting import fit
from tests.writing import VERSE, make_request, write_verse


class Killed(BaseException):
    """Ends a run as a kill does: nothing is saved on the way out."""


def test_a_writer_learns_a_verse_and_what_the_figures_mean(writer: Path) -> None:
    score = load(writer).score
    assert score(VERSE * 3).bits_per_character < score(VERSE[::-1] * 3).bits_per_character / 2
    with (writer.parent / "run" / "history.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert float(rows[-1]["val_loss"]) < 0.8
    bits = float(rows[-1]["val_loss"]) / np.log(2)
    assert np.isclose(float(rows[-1]["val_bits_per_character"]), bits, rtol=1e-5)
    assert np.isclose(float(rows[-1]["val_perplexity"]), 2**bits, rtol=1e-5)


def test_a_run_killed_within_an_epoch_ends_bit_for_bit_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = str(write_verse(tmp_path / "verse.txt", times=8))
    settings: dict[str, Any] = {"checkpoint_minutes": 0.0, "patience": 0}
    undisturbed = fit(make_request(tmp_path / "whole", data, **settings))
    save = SaveProgress._save

    def save_and_die(self: SaveProgress, metrics: Any) -> None:
        save(self, metrics)
        if (self.progress.epoch, self.progress.step) == (1, 5):
            raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(SaveProgress, "_save", save_and_die)
        with pytest.raises(Killed):
            fit(make_request(tmp_path / "killed", data, **settings))
    lines: list[str] = []
    resumed = fit(make_request(tmp_path / "killed", data, **settings), say=lines.append)
    assert "resumed after 1 epochs and 5 steps" in lines
    for whole, killed in zip(undisturbed, resumed, strict=True):
        np.testing.assert_array_equal(whole, killed)


def test_a_batch_in_parts_trains_the_same(tmp_path: Path) -> None:
    data = str(write_verse(tmp_path / "verse.txt", times=4))
    settings: dict[str, Any] = {"epochs": 1, "dropout": 0.0, "weight_dropout": 0.0}
    whole, in_parts = (
        fit(
            make_request(
                tmp_path / str(parts), data, batch_parts=parts, symbol_dropout=0.0, **settings
            )
        )
        for parts in (1, 2)
    )
    for one, other in zip(whole, in_parts, strict=True):
        np.testing.assert_allclose(other, one, atol=2e-3)
