"""Which licence each built-in model has, and its text."""

from __future__ import annotations

from pathlib import Path

LICENCE_FILE = "LICENSE.txt"
LICENCES = {  # SPDX, as setup.cfg names them
    "everyday-en-es": "CC-BY-SA-4.0",
    "handwriting-latin": "CC-BY-4.0",
    "imagenet-efficientnet-lite0": "Apache-2.0",
    "speech-digits-en": "CC-BY-SA-4.0",
    "speech-en-whisper-tiny": "MIT",
    "text-reina-valera": "Apache-2.0",
    "text-shakespeare": "Apache-2.0",
}
HERE = Path(__file__).parent
TEXTS = {
    "Apache-2.0": HERE.parent.parent / "LICENSE",
    "CC-BY-4.0": HERE / "CC-BY-4.0.txt",
    "CC-BY-SA-4.0": HERE / "CC-BY-SA-4.0.txt",
    "MIT": HERE / "MIT-OpenAI.txt",
}


def beside(bundle: str) -> dict[str, bytes]:
    """Give the file that goes into a bundle; none for a model that is not built in."""
    return {LICENCE_FILE: licence_of(bundle)} if bundle in LICENCES else {}


def licence_of(bundle: str) -> bytes:
    """Give the text of the licence of a built-in model."""
    return TEXTS[LICENCES[bundle]].read_bytes()
