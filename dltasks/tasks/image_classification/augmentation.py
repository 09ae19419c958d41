"""Augmentation of photographs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from dltasks.data.feeding.steps import draw_each

if TYPE_CHECKING:
    import tensorflow as tf

# At strength 1, each drawn evenly between plus and minus.
ZOOM = 0.125
STRETCH = 0.1
TURN_RADIANS = 0.1
SHIFT = 0.06  # of the image's size
BRIGHTNESS = 0.2
CONTRAST = 0.2
DRAWS = 8


def make_augmentation(strength: float, flip: bool) -> Callable[[tf.Tensor, tf.Tensor], tf.Tensor]:
    """Make a function for batches of square photographs.

    Returns:
        (uint8 [batch, size, size, 3], int32 seeds [batch, 2]) -> uint8 [batch, size, size, 3].
        Equal seeds give equal results, whatever else is in the batch.
    """
    import tensorflow as tf

    @tf.function(jit_compile=True)  # one loop over the pixels in place of twenty: 5 times faster
    def change(images: Any, draws: Any) -> Any:
        x = _warp(images, _affine(images.shape[1], draws, strength, flip))
        x = _change_light(x, strength * draws[:, 6], strength * draws[:, 7])
        return tf.cast(tf.clip_by_value(tf.round(x), 0.0, 255.0), tf.uint8)

    return lambda images, seeds: change(images, draw_each(seeds, DRAWS))


def _affine(size: int, draws: Any, strength: float, flip: bool) -> Any:
    """Give the transforms from output to input pixels, about the centre: [batch, 6] row-major."""
    import tensorflow as tf

    mirror = tf.where(draws[:, 0] < 0.0, -1.0, 1.0) if flip else 1.0
    zoom = 1.0 + ZOOM * strength * draws[:, 1]
    stretch = 1.0 + STRETCH * strength * draws[:, 2]
    cosine = tf.cos(TURN_RADIANS * strength * draws[:, 3])
    sine = tf.sin(TURN_RADIANS * strength * draws[:, 3])
    xx, xy = mirror * zoom * cosine, -zoom * stretch * sine
    yx, yy = mirror * zoom * sine, zoom * stretch * cosine
    centre = (size - 1) / 2
    shift_x, shift_y = SHIFT * strength * size * draws[:, 4], SHIFT * strength * size * draws[:, 5]
    x0 = centre - centre * (xx + xy) + shift_x
    y0 = centre - centre * (yx + yy) + shift_y
    return tf.stack([xx, xy, x0, yx, yy, y0], axis=1)


def _warp(images: Any, transforms: Any) -> Any:
    """Sample uint8 images between their pixels, mirrored beyond their edges: float32."""
    import tensorflow as tf

    size = images.shape[1]
    xx, xy, x0, yx, yy, y0 = tf.unstack(transforms[:, :, None, None], axis=1)  # [batch, 1, 1]
    column = tf.range(size, dtype=tf.float32)[None, None, :]
    row = tf.range(size, dtype=tf.float32)[None, :, None]
    x = _reflect(xx * column + xy * row + x0, size)  # [batch, size, size]
    y = _reflect(yx * column + yy * row + y0, size)
    left, top = tf.floor(x), tf.floor(y)
    right, bottom = tf.minimum(left + 1.0, size - 1.0), tf.minimum(top + 1.0, size - 1.0)
    pixels = tf.reshape(images, [-1, 3])
    first = tf.range(tf.shape(images)[0])[:, None, None] * size**2  # pixel of each image

    def at(y: Any, x: Any) -> Any:
        return tf.cast(tf.gather(pixels, first + tf.cast(y * size + x, tf.int32)), tf.float32)

    to_right, to_bottom = (x - left)[..., None], (y - top)[..., None]
    above = at(top, left) * (1.0 - to_right) + at(top, right) * to_right
    below = at(bottom, left) * (1.0 - to_right) + at(bottom, right) * to_right
    return above * (1.0 - to_bottom) + below * to_bottom


def _reflect(place: Any, size: int) -> Any:
    """Mirror what lies outside at the outer edge of the first and the last pixel."""
    import tensorflow as tf

    place = tf.abs(place + 0.5) - 0.5
    place = tf.where(place > size - 1.0, 2.0 * size - 1.0 - place, place)
    return tf.clip_by_value(place, 0.0, size - 1.0)


def _change_light(images: Any, brightness: Any, contrast: Any) -> Any:
    import tensorflow as tf

    mean = tf.reduce_mean(images, axis=[1, 2, 3], keepdims=True)
    brighter = 1.0 + BRIGHTNESS * brightness[:, None, None, None]
    sharper = 1.0 + CONTRAST * contrast[:, None, None, None]
    return (images - mean) * sharper + mean * brighter
