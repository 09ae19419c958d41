"""Pictures of examples for a report: the photograph, and where the network saw a class."""

from __future__ import annotations

import io
from collections.abc import Sequence

from PIL import Image, ImageOps

from dltasks.data.remote import readable
from dltasks.evaluation.shown import Pictures, ShownExample
from pipelines.errors import BundleError, ConfigurationError, InputError
from pipelines.image_classification import ImageClassification
from pipelines.image_classification.inspection import ImageInspection
from pipelines.image_classification.overlay import frame, lay_over
from pipelines.images import find_crop, read_photograph

PIXELS = 192  # the longer side; about 5 kB
QUALITY = 80


def look(pipeline: ImageClassification, examples: Sequence[ShownExample]) -> list[Pictures]:
    """Make pictures of examples; see `evaluation.shown.Look`."""
    inspection = _find_inspection(pipeline)
    return [_look_at(pipeline, inspection, example) for example in examples]


def _find_inspection(pipeline: ImageClassification) -> ImageInspection | None:
    """Give what explains, or None if the network has no class activation map.

    Training measures its bundle before it moves it to its place. The report of that run finds no
    bundle any more, and so has no maps either.
    """
    try:
        return pipeline.inspection(explains=True)
    except (BundleError, ConfigurationError):
        return None


def _look_at(
    pipeline: ImageClassification, inspection: ImageInspection | None, example: ShownExample
) -> Pictures:
    source = readable(example.source)
    try:
        if inspection is None:
            photograph = read_photograph(source, pipeline.preprocessing)
            crop = find_crop(photograph.size, pipeline.preprocessing)
            return Pictures(_as_jpeg(frame(photograph, crop)[0]), None)
        explanation = inspection(source, label=example.label).explanation
    except InputError:
        return Pictures(None, None)
    assert explanation is not None
    photograph, _ = frame(explanation.photograph, explanation.crop)
    return Pictures(_as_jpeg(photograph), _as_jpeg(lay_over(explanation)))


def _as_jpeg(picture: Image.Image) -> bytes:
    """Make it small, without notes such as where it was taken."""
    small = ImageOps.contain(picture, (PIXELS, PIXELS))
    small.info.clear()
    file = io.BytesIO()
    small.save(file, "JPEG", quality=QUALITY)
    return file.getvalue()
