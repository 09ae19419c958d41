"""Augmentation: each time a photograph is seen, a slightly different one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import tensorflow as tf

# At strength 1, each drawn evenly between plus and minus.
ZOOM = 0.125
STRETCH = 0.1
TURN_RADIANS = 0.1
SHIFT = 0.06  # of the image's size
BRIGHTNESS = 0.2
CONTRAST = 0.2


def make_augmentation(strength: float, flip: bool) -> Callable[[tf.Tensor, tf.Tensor], tf.Tensor]:
    """Make a function (uint8 [height, width, 3], int32 seed [2]) -> uint8 [height, width, 3].

    Equal seeds give equal results.
    """
    import tensorflow as tf

    def augment(image, seed):
        draws = tf.random.stateless_uniform([8], seed, -1.0, 1.0)
        x = tf.cast(image, tf.float32)
        x = _transform(x, _affine(image.shape[0], draws, strength, flip))
        x = _change_light(x, draws[6] * strength, draws[7] * strength)
        return tf.cast(tf.clip_by_value(tf.round(x), 0.0, 255.0), tf.uint8)

    return augment


def _affine(size: int, draws, strength: float, flip: bool):
    """Give the transform from output to input pixels, about the centre: [8] row-major."""
    import tensorflow as tf

    mirror = tf.where(draws[0] < 0.0, -1.0, 1.0) if flip else 1.0
    zoom = 1.0 + ZOOM * strength * draws[1]
    stretch = 1.0 + STRETCH * strength * draws[2]
    cosine = tf.cos(TURN_RADIANS * strength * draws[3])
    sine = tf.sin(TURN_RADIANS * strength * draws[3])
    xx, xy = mirror * zoom * cosine, -zoom * stretch * sine
    yx, yy = mirror * zoom * sine, zoom * stretch * cosine
    centre = (size - 1) / 2
    shift_x, shift_y = SHIFT * strength * size * draws[4], SHIFT * strength * size * draws[5]
    x0 = centre - centre * (xx + xy) + shift_x
    y0 = centre - centre * (yx + yy) + shift_y
    return tf.stack([xx, xy, x0, yx, yy, y0, 0.0, 0.0])


def _transform(image, transform):
    import tensorflow as tf

    return tf.raw_ops.ImageProjectiveTransformV3(
        images=image[None],
        transforms=transform[None],
        output_shape=image.shape[:2],
        fill_value=0.0,
        interpolation="BILINEAR",
        fill_mode="REFLECT",
    )[0]


def _change_light(image, brightness, contrast):
    import tensorflow as tf

    mean = tf.reduce_mean(image)
    return (image - mean) * (1.0 + CONTRAST * contrast) + mean * (1.0 + BRIGHTNESS * brightness)
