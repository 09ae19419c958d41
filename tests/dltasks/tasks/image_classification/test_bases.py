"""Fine-tuning works with every backbone, and its bundle runs without TensorFlow."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dltasks.networks.backbones import BACKBONES
from dltasks.tasks.image_classification.config import ImageClassificationConfig
from dltasks.tasks.request import RunRequest
from dltasks.tasks.train import train
from dltasks.training.config import TrainingConfig

CLASSIFY = """
import sys
for name in ("tensorflow", "keras", "dltasks"):
    sys.modules[name] = None
from pipelines import load
print(load(sys.argv[1])(sys.argv[2]).labels[0].name)
"""


def _make_data(folder: Path) -> None:
    random = np.random.default_rng(0)
    for name, level in (("dark", 60), ("light", 190)):
        (folder / name).mkdir(parents=True)
        for number in range(6):
            pixels = random.integers(level - 40, level + 40, (96, 96, 3)).astype(np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{number}.png")


@pytest.mark.slow
@pytest.mark.parametrize("base", BACKBONES)
def test_every_backbone_trains_and_its_bundle_classifies_alone(base: str, tmp_path: Path) -> None:
    _make_data(tmp_path / "data")
    request = RunRequest(
        task="image-classification",
        data=str(tmp_path / "data"),
        out=tmp_path / "bundle",
        run_folder=tmp_path / "run",
        config=ImageClassificationConfig(base=base, pretrained=False, image_size=96),
        training=TrainingConfig(epochs=1, batch_size=4),
    )
    bundle, report = train(request)
    assert bundle.config["backbone"] == base
    assert 0 <= report.metrics["top_1"] <= 1
    command = [sys.executable, "-c", CLASSIFY, str(bundle.path), str(tmp_path / "data/dark/0.png")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout.strip() in ("dark", "light"), done.stderr
