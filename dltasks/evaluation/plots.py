"""Pictures of training and evaluation, as PNG files."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from dltasks.extras import require

MOST_NAMED_CLASSES = 40  # beyond that the names would lie on each other
DOTS_PER_INCH = 120


def plot_history(
    history: Sequence[dict[str, Any]], path: Path, title: str = "", best_epoch: int = 0
) -> Path:
    """Draw each figure over the epochs, training and validation, stages one after another.

    Args:
        history: one row per epoch.
        path: of the picture.
        title: above all figures, such as how many examples they rest on.
        best_epoch: the row, from 1, whose weights were kept; it is marked. 0 marks none.
    """
    names = [column.removeprefix("val_") for column in history[0] if column.startswith("val_")]
    figure, axes = new_figure(1, len(names), size=(5 * len(names), 4))
    axes = np.atleast_1d(axes)
    epochs = range(1, len(history) + 1)
    for axis, name in zip(axes, names, strict=True):
        if name in history[0]:
            axis.plot(epochs, [row.get(name, np.nan) for row in history], label="training")
        validation = [row.get(f"val_{name}", np.nan) for row in history]
        axis.plot(epochs, validation, label="validation")
        axis.set(xlabel="epoch", ylabel=name, title=f"{name} by epoch")
        axis.grid(alpha=0.3)
        if best_epoch:
            label = f"weights kept: epoch {best_epoch}"
            axis.axvline(best_epoch, color="black", linewidth=1, linestyle="--")
            axis.plot(best_epoch, validation[best_epoch - 1], "k*", markersize=12, label=label)
        for number in _stage_starts(history):
            axis.axvline(number + 0.5, color="grey", linestyle=":")
    axes[0].legend()
    figure.suptitle(title)
    return save(figure, path)


def plot_confusion(confusion: np.ndarray, names: Sequence[str], path: Path) -> Path:
    """Draw a confusion matrix, each row as parts of its class."""
    named = len(names) <= MOST_NAMED_CLASSES
    side = max(5.0, 0.35 * len(names)) if named else 10.0
    figure, axis = new_figure(1, 1, size=(side + 1, side))
    totals = np.maximum(confusion.sum(axis=1, keepdims=True), 1)
    image = axis.imshow(confusion / totals, cmap="Blues", vmin=0.0, vmax=1.0)
    title = f"Confusion matrix, n = {int(confusion.sum()):,}"
    axis.set(xlabel="predicted", ylabel="truth", title=title)
    if named:
        # A class may be called "5 $"; matplotlib would look for a formula after the dollar.
        axis.set_xticks(range(len(names)), names, rotation=90, parse_math=False)
        axis.set_yticks(range(len(names)), names, parse_math=False)
    figure.colorbar(image, ax=axis, fraction=0.046, label="part of the class")
    return save(figure, path)


def plot_reliability(rows: Sequence[tuple[float, float, int]], path: Path) -> Path:
    """Draw accuracy over confidence; a calibrated model lies on the diagonal.

    Args:
        rows: (mean confidence, accuracy, examples) of each bin; the examples are written beside it.
        path: of the picture.
    """
    figure, axis = new_figure(1, 1, size=(5, 5))
    axis.plot([0, 1], [0, 1], color="grey", linestyle=":")
    axis.plot([row[0] for row in rows], [row[1] for row in rows], marker="o")
    for confidence, accuracy, count in rows:
        axis.annotate(
            str(count), (confidence, accuracy), (4, -10), textcoords="offset points", fontsize=7
        )
    title = f"Calibration, n = {sum(row[2] for row in rows):,}"
    axis.set(xlabel="confidence", ylabel="accuracy", xlim=(0, 1), ylim=(0, 1), title=title)
    axis.grid(alpha=0.3)
    return save(figure, path)


def plot_precision_recall(curve: Sequence[tuple[float, float]], path: Path, examples: int) -> Path:
    """Draw precision over recall, over all pairs of example and label."""
    figure, axis = new_figure(1, 1, size=(5, 5))
    axis.plot([recall for recall, _ in curve], [precision for _, precision in curve])
    title = f"Precision and recall of all labels, n = {examples:,}"
    axis.set(xlabel="recall", ylabel="precision", xlim=(0, 1), ylim=(0, 1.02), title=title)
    axis.grid(alpha=0.3)
    return save(figure, path)


def _stage_starts(history: Sequence[dict[str, Any]]) -> list[int]:
    stages = [row["stage"] for row in history]
    return [index for index in range(1, len(stages)) if stages[index] != stages[index - 1]]


def new_figure(rows: int, columns: int, *, size: tuple[float, float]) -> Any:
    figure_module = require("matplotlib.figure", "drawing plots")
    # Figure, not pyplot: no global state and no window system.
    figure = figure_module.Figure(figsize=size, layout="constrained")
    return figure, figure.subplots(rows, columns)


def save(figure: Any, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():
        # A class may be named in a script that the font lacks; its letters become boxes.
        warnings.filterwarnings("ignore", "Glyph .* missing from font", UserWarning)
        figure.savefig(path, dpi=DOTS_PER_INCH)
    return path
