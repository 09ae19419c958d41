"""The CTC loss (Graves et al. 2006), by the fastest kernel for the device.

On a processor TensorFlow's sparse kernel takes a ninth of the time of the two that are written in
TensorFlow operations; it is the one that only runs there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops

PADDING = -1  # in the place of a label, after the last one

Kernel = Callable[[Any, Any, Any], Any]


@keras.saving.register_keras_serializable("dltasks")
class CtcLoss(keras.losses.Loss):
    """Nats a sequence, averaged over the batch.

    The targets are int32 [batch, 1 + labels], as `pack_targets` makes them: the number of frames,
    then the labels. The predictions are log-probabilities or logits [batch, frames, classes], the
    blank last; of a network with a shortcut (Retsinas et al. 2022, section 3.3) those of the
    shortcut follow on the last axis.

    Args:
        classes: symbols and the blank.
        shortcut_weight: of the shortcut's loss; 0 where there is none.
    """

    def __init__(self, classes: int, *, shortcut_weight: float = 0.0) -> None:
        super().__init__(name="ctc")
        self.classes = classes
        self.shortcut_weight = shortcut_weight
        self._kernel = choose_kernel()

    def call(self, targets: Any, predictions: Any) -> Any:
        """Give the loss of each sequence: float32 [batch]; 0 where frames are too few for it."""
        targets = ops.cast(targets, "int32")
        frames, labels = targets[:, 0], targets[:, 1:]
        predictions = ops.cast(predictions, "float32")
        loss = ctc(labels, predictions[..., : self.classes], frames, self._kernel)
        if self.shortcut_weight:
            shortcut = ctc(labels, predictions[..., self.classes :], frames, self._kernel)
            loss += self.shortcut_weight * shortcut
        return loss


def ctc(labels: Any, logits: Any, frames: Any, kernel: Kernel) -> Any:
    """Give minus the log-probability of each example's labels.

    Args:
        labels: int32 [batch, labels], padded with -1.
        logits: float32 [batch, frames, classes], the blank last.
        frames: int32 [batch].
        kernel: what computes it, where there are labels and frames enough for them.

    Returns:
        float32 [batch]; 0, without a gradient, where frames are too few.
    """
    lengths = ops.sum(ops.cast(labels != PADDING, "int32"), axis=1)
    is_possible = frames >= _frames_needed(labels, lengths)
    # The kernels fail on examples that cannot be: those get one label, and their loss is dropped.
    is_plain = ops.expand_dims(is_possible & (lengths > 0), 1)
    first = ops.cast(ops.arange(ops.shape(labels)[1]) == 0, "int32") - 1  # [0, -1, -1, ...]
    loss = kernel(ops.where(is_plain, labels, first), logits, frames)
    loss = ops.where(lengths > 0, loss, _silence(logits, frames))
    return ops.where(is_possible, loss, 0.0)


def _frames_needed(labels: Any, lengths: Any) -> Any:
    """A frame a label, and one more between two equal ones."""
    repeats = (labels[:, 1:] == labels[:, :-1]) & (labels[:, 1:] != PADDING)
    return lengths + ops.sum(ops.cast(repeats, "int32"), axis=1)


def _silence(logits: Any, frames: Any) -> Any:
    """Give the loss where there is no label: every frame has to be blank."""
    blanks = ops.log_softmax(logits)[..., -1]  # [batch, frames]
    inside = ops.arange(ops.shape(blanks)[1]) < ops.expand_dims(frames, 1)
    return -ops.sum(ops.where(inside, blanks, 0.0), axis=1)


def choose_kernel() -> Kernel:
    """Choose by the backend, and the devices that TensorFlow sees."""
    if keras.backend.backend() != "tensorflow":
        return portable_kernel
    import tensorflow as tf

    return portable_kernel if tf.config.list_physical_devices("GPU") else sparse_kernel


def sparse_kernel(labels: Any, logits: Any, frames: Any) -> Any:
    """TensorFlow's kernel for processors; see `ctc`."""
    import tensorflow as tf

    places = tf.where(labels != PADDING)
    shape = tf.shape(labels, out_type=tf.int64)
    sparse = tf.SparseTensor(places, tf.gather_nd(labels, places), shape)
    return tf.compat.v1.nn.ctc_loss(sparse, tf.transpose(logits, [1, 0, 2]), frames)


def portable_kernel(labels: Any, logits: Any, frames: Any) -> Any:
    """Keras' own, for every device and backend; see `ctc`."""
    lengths = ops.sum(ops.cast(labels != PADDING, "int32"), axis=1)
    blank = logits.shape[-1] - 1
    known = ops.where(labels == PADDING, blank, labels)
    return ops.ctc_loss(known, logits, lengths, frames, mask_index=blank)


def pack_targets(frames: Any, labels: Any) -> Any:
    """Put what CtcLoss takes into one tensor.

    Args:
        frames: int32 [batch].
        labels: int32 [batch, labels], padded with -1.

    Returns:
        int32 [batch, 1 + labels].
    """
    return ops.concatenate([ops.expand_dims(frames, 1), labels], axis=1)


def label_table(labels: list[list[int]]) -> np.ndarray:
    """Put the labels of all examples into one table: int32 [example, labels], padded with -1."""
    table = np.full((len(labels), max(map(len, labels), default=1)), PADDING, np.int32)
    for row, row_labels in zip(table, labels, strict=True):
        row[: len(row_labels)] = row_labels
    return table
