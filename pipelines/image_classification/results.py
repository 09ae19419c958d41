"""What image classification gives."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.base import TaskResult

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image

    from pipelines.images import Crop

NOTHING_KNOWN = "nothing that it was trained on"
NO_LABEL = "no label passes its threshold"


@dataclass(frozen=True)
class Label:
    """A class and its probability.

    Attributes:
        name: the class in words.
        score: probability, 0 to 1; over all classes the scores add up to 1, unless an image can
            have several labels.
        identifier: the class's id in its data set ("n07920052" in WordNet), or "".
    """

    name: str
    score: float
    identifier: str = ""


@dataclass(frozen=True, repr=False)
class Classification(TaskResult):
    """The most probable classes of one image.

    Attributes:
        labels: best first; none where the image is unlike the training images, unless they are
            asked for with `reject=False`. Of a model that gives several labels an image, those that
            pass their thresholds, or none.
        unlike_training: whether the image is unlike the training images; None where the model
            cannot tell.
    """

    labels: tuple[Label, ...]
    unlike_training: bool | None = None

    def __str__(self) -> str:
        if not self.labels:
            return NOTHING_KNOWN if self.unlike_training else NO_LABEL
        return "\n".join(f"{label.score:6.1%}  {label.name}" for label in self.labels)


@dataclass(frozen=True, repr=False, eq=False)
class Explanation(TaskResult):
    """Where a network saw a class: a class activation map (Zhou et al. 2016, equation 2).

    Attributes:
        label: the class, with its probability.
        map: float32 [rows, columns]; how much each place of `crop` speaks for the class, or
            against it where it is below 0. The mean of all places and the class's bias add up to
            its logit.
        photograph: the whole photograph, upright, in RGB.
        crop: the part of it that the network saw, in pixels.
    """

    label: Label
    map: np.ndarray
    photograph: Image.Image
    crop: Crop

    def draw(self) -> Image.Image:
        """Lay the map over the photograph: a new RGB picture.

        Dark blue is little, yellow is much; what the network did not see is dimmed.
        """
        from pipelines.image_classification.overlay import draw_explanation

        return draw_explanation(self)

    def __str__(self) -> str:
        return f"{self.label.name} {self.label.score:.1%}"

    def _repr_html_(self) -> str:
        file = io.BytesIO()
        self.draw().save(file, "PNG")
        content = base64.b64encode(file.getvalue()).decode()
        return f'<img src="data:image/png;base64,{content}" alt="class activation map">'
