"""The recipe for lines; the rest is in `dltasks.tasks.ctc.recipe`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from dltasks.data.examples import Example
from dltasks.data.feeding.lengths import decoded_lengths
from dltasks.data.remote import readable
from dltasks.tasks.ctc.recipe import CtcRecipe
from dltasks.tasks.handwriting.augmentation import augment_line
from dltasks.tasks.handwriting.config import HandwritingConfig
from pipelines.handwriting.lines import WIDTH_STEP, LinePreprocessing, read_line

if TYPE_CHECKING:
    import tensorflow as tf


@dataclass(frozen=True)
class LineRecipe(CtcRecipe):
    """Lines are uint8 [height, width], 0 paper and 255 ink."""

    preprocessing: LinePreprocessing
    config: HandwritingConfig

    inputs: ClassVar = ("image", "width")
    lengths_together: ClassVar = 32

    @property
    def spec(self) -> tf.TensorSpec:
        import tensorflow as tf

        return tf.TensorSpec([self.preprocessing.height, None], tf.uint8)

    def decode(self, example: Example) -> np.ndarray:
        return read_line(readable(example.source), self.preprocessing)

    def train_lengths(self) -> np.ndarray:
        return decoded_lengths(self.caches.train, len(self.splits.train), axis=1)

    def augment(
        self, decoded: np.ndarray, example: Example, seed: np.ndarray, batch_seed: np.ndarray
    ) -> np.ndarray:
        return augment_line(decoded, seed, self.config.augment, batch_seed)

    def finish(self, decoded: np.ndarray) -> np.ndarray:
        return decoded

    def output_frames(self, lengths: Any) -> Any:
        return lengths // WIDTH_STEP
