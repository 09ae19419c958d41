"""A bundle of the family "trocr" and graphs that write given texts, in place of a network."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from pipelines.handwriting.trocr_decoding import TrocrGraphs
from tests.bundles import write_bundle_files
from tests.trocr_stand_in import SIDE, learn_sentencepiece

SURE, UNSURE = 0.9, 0.4
BEGIN = END = 2
CONFIG = {
    "family": "trocr",
    "vocabulary": 64,
    "width": 2,
    "positions": 64,
    "decoder_layers": 1,
    "decoder_heads": 1,
    "padding": 1,
    "begin": BEGIN,
    "end": END,
}


class ShowingEncoder:
    """Gives the mean of each picture."""

    def __init__(self) -> None:
        self.images: list[np.ndarray] = []

    def run(self, *, image: np.ndarray) -> list[np.ndarray]:
        self.images.append(image)
        mean = image.mean(axis=(1, 2, 3), dtype=np.float32)
        keys = np.repeat(mean[:, None, None, None], 2 * 3, axis=3).reshape(-1, 1, 2, 3)
        return [keys, keys.transpose(0, 1, 3, 2)]


class WritingStep:
    """Writes a text piece by piece.

    Args:
        vocabulary: of the network.
        texts: pieces, the first for dark pictures, the second, where there is one, for bright ones.
        unsure: pieces that it writes with a lower probability.
        instead: piece -> what it takes for the second likeliest.
    """

    def __init__(
        self,
        vocabulary: int,
        texts: Sequence[Sequence[int]],
        unsure: Sequence[int] = (),
        instead: Mapping[int, int] | None = None,
    ) -> None:
        self.vocabulary, self.texts, self.unsure = vocabulary, texts, set(unsure)
        self.instead = instead or {}
        self.rows: list[int] = []

    def run(self, **inputs: np.ndarray) -> list[np.ndarray]:
        keys, state = inputs["cross_keys_0"], inputs["state"]
        self.rows.append(len(keys))
        place = state.shape[2]
        scores = np.full((len(keys), self.vocabulary), 1e-6, np.float32)
        for row, mean in zip(scores, keys[:, 0, 0, 0], strict=True):
            text = [*self.texts[-1 if mean > 128 else 0], END]
            piece = text[min(place, len(text) - 1)]
            row[piece] = UNSURE if piece in self.unsure else SURE
            row[self.instead.get(piece, piece)] = max(row[self.instead.get(piece, piece)], 0.09)
        attention = np.full((len(keys), 3), 1 / 3, np.float32)
        new = np.zeros((*state.shape[:2], 1, state.shape[3]), np.float32)
        return [np.log(scores), np.concatenate([state, new], axis=2), attention]


def writing(texts: Sequence[Sequence[int]], **settings: object) -> TrocrGraphs:
    """Give graphs that write texts."""
    step = WritingStep(CONFIG["vocabulary"], texts, **settings)  # type: ignore[arg-type]
    return TrocrGraphs(ShowingEncoder(), step)


def write_bundle(folder: Path, **changes: bytes | None) -> Path:
    """Write a bundle whose graphs stand in.

    Args:
        folder: where it goes.
        changes: other contents of files by their names; None leaves a file out.
    """
    files = {
        "sentencepiece.bpe.model": learn_sentencepiece(),
        "encoder.onnx": b"stands in",
        "step.onnx": b"stands in",
        **changes,
    }
    return write_bundle_files(
        folder,
        "handwriting",
        {name: content for name, content in files.items() if content is not None},
        config=CONFIG,
        preprocessing={"side": SIDE, "interpolation": "bilinear", "longest": 40},
    )


def change_manifest(bundle: Path, part: str, **changes: object) -> None:
    """Change a part of a bundle's manifest."""
    file = bundle / "bundle.json"
    content = json.loads(file.read_text())
    content[part] |= changes
    file.write_text(json.dumps(content))
