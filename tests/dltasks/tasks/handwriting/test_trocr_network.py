"""TrOCR's network: nothing sees the future, steps are the whole, parts are there where they
should."""

from __future__ import annotations

from dataclasses import replace

import keras
import numpy as np
import pytest

from dltasks.export.graphs import KerasGraph
from dltasks.tasks.handwriting.trocr_config import TrocrConfig
from dltasks.tasks.handwriting.trocr_network import Trocr, build_trocr
from pipelines.errors import ConfigurationError
from pipelines.handwriting.trocr_decoding import name_seen

BASE = TrocrConfig(
    side=8,
    patch=4,
    encoder_width=6,
    encoder_layers=1,
    encoder_heads=3,
    encoder_inner=10,
    vocabulary=15,
    width=8,
    positions=16,
    decoder_layers=2,
    decoder_heads=2,
    decoder_inner=12,
)
CONFIGS = {
    "as the base models": BASE,
    "as the small models": replace(
        BASE,
        extra_tokens=2,
        encoder_bias=True,
        decoder_activation="relu",
        scale_embedding=True,
    ),
    "sines, tied": replace(
        BASE, learned_positions=False, normalise_embedding=False, tied_output=True
    ),
}
IMAGES = np.random.default_rng(0).integers(0, 256, (3, 8, 8, 3), dtype=np.uint8)
TARGETS = np.array([[2, 5, 6, 7], [2, 8, 9, 3], [2, 10, 11, 12]], np.int32)


@pytest.fixture(scope="module", params=CONFIGS)
def parts(request: pytest.FixtureRequest) -> Trocr:
    keras.utils.set_random_seed(1)
    parts = build_trocr(CONFIGS[request.param])
    for weight in parts.whole.weights:  # zeros of fresh biases would hide mistakes
        weight.assign(weight + keras.random.normal(weight.shape, stddev=0.3))
    return parts


def test_a_line_alone_gives_what_it_gives_in_a_batch(parts: Trocr) -> None:
    together = parts.whole([IMAGES, TARGETS]).numpy()
    for row in range(3):
        alone = parts.whole([IMAGES[row : row + 1], TARGETS[row : row + 1]]).numpy()[0]
        np.testing.assert_allclose(alone, together[row], atol=1e-5)


def test_no_piece_sees_those_after_it_and_all_see_the_picture(parts: Trocr) -> None:
    changed = TARGETS.copy()
    changed[:, 3] = 4
    one, other = (parts.whole([IMAGES, target]).numpy() for target in (TARGETS, changed))
    np.testing.assert_allclose(one[:, :3], other[:, :3], atol=1e-6)
    assert np.abs(one[:, 3] - other[:, 3]).max() > 1e-3
    darker = parts.whole([IMAGES // 2, TARGETS]).numpy()
    assert (np.abs(one - darker).max(axis=2) > 1e-4).all()


def test_steps_give_what_the_whole_network_gives(parts: Trocr) -> None:
    whole = parts.whole([IMAGES, TARGETS]).numpy()
    seen = KerasGraph(parts.encoder).run(image=IMAGES)
    step = KerasGraph(parts.step)
    state = np.zeros((3, 4, 0, 8), np.float32)
    named = dict(zip(name_seen(2), seen, strict=True))
    for time in range(TARGETS.shape[1]):
        scores, state, attention = step.run(piece=TARGETS[:, time], state=state, **named)
        expected = whole[:, time] - np.log(np.exp(whole[:, time]).sum(axis=1, keepdims=True))
        np.testing.assert_allclose(scores, expected, atol=1e-5)
        np.testing.assert_allclose(attention.sum(axis=1), 1, atol=1e-5)
    assert state.shape == (3, 4, 4, 8)


def test_what_a_config_leaves_out_is_not_there() -> None:
    names = {
        name: {weight.path for weight in build_trocr(config).whole.weights}
        for name, config in CONFIGS.items()
    }
    assert "encoder_0_query/bias" not in names["as the base models"]
    assert "encoder_0_query/bias" in names["as the small models"]
    assert "encoder_0_output/bias" in names["as the base models"]
    tied = names["sines, tied"]
    assert not {"output/kernel", "positions/embeddings", "embedding_norm/gamma"} & tied


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"decoder_heads": 3}, "width 8 is not even and a multiple of decoder_heads 3"),
        ({"encoder_heads": 4}, "width 6 is not even and a multiple of encoder_heads 4"),
        ({"side": 9}, "side 9 is not a multiple of patch 4"),
        ({"begin": 15}, "begin 15 is not one of 15 pieces"),
        ({"mean": (0.5,)}, "is not 3 numbers"),
        ({"decoder_activation": "tanh"}, "'tanh' is not one of relu, gelu, swish"),
    ],
)
def test_sizes_that_do_not_fit_together_are_refused(changes: dict, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        replace(BASE, **changes)
