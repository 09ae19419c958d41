"""OpenAI's Whisper files to our network (Radford et al. 2022)."""

from __future__ import annotations

from pathlib import Path

from dltasks import zoo
from dltasks.networks.loading import LayerLoader
from dltasks.tasks.base import BuiltNetwork
from dltasks.tasks.speech_recognition.config import WhisperConfig
from dltasks.tasks.speech_recognition.whisper_network import build_whisper
from dltasks.tasks.speech_recognition.whisper_vocabulary import make_tokenizer
from dltasks.torch_checkpoint import read_checkpoint
from dltasks.zoo import PublishedModel
from pipelines import catalogue
from pipelines.bundle.folder import find
from pipelines.errors import BundleError, ConfigurationError
from pipelines.speech_recognition.whisper_tokens import TOKENIZER_FILE

# Our name of a size -> OpenAI's, in the checkpoint.
DIMENSIONS = {
    "mel_bands": "n_mels",
    "audio_positions": "n_audio_ctx",
    "text_positions": "n_text_ctx",
    "vocabulary": "n_vocab",
    "width": "n_audio_state",
    "heads": "n_audio_head",
    "audio_layers": "n_audio_layer",
    "text_layers": "n_text_layer",
}
# Whose attention follows the speech, each [layer, head], as OpenAI publishes them with the code.
ALIGNMENT_HEADS: dict[str, list[list[int]]] = {
    "whisper-tiny.en": [[1, 0], [2, 0], [2, 5], [3, 0], [3, 1], [3, 2], [3, 3], [3, 4]],
    "whisper-tiny": [[2, 2], [3, 0], [3, 2], [3, 3], [3, 4], [3, 5]],
    "whisper-base.en": [[3, 3], [4, 7], [5, 1], [5, 5], [5, 7]],
    "whisper-base": [[3, 1], [4, 2], [4, 3], [4, 7], [5, 1], [5, 2], [5, 4], [5, 6]],
    "whisper-small.en": [
        *([6, 6], [7, 0], [7, 3], [7, 8], [8, 2], [8, 5], [8, 7], [9, 0], [9, 4], [9, 8]),
        *([9, 10], [10, 0], [10, 1], [10, 2], [10, 3], [10, 6], [10, 11], [11, 2], [11, 4]),
    ],
    "whisper-small": [
        *([5, 3], [5, 9], [8, 0], [8, 4], [8, 7], [8, 8], [9, 0], [9, 7], [9, 9], [10, 5]),
    ],
}


def convert(published: PublishedModel, weights: Path) -> BuiltNetwork:
    """Make a network of a published checkpoint.

    Raises:
        BundleError: the file, or the vocabulary that goes with it, is damaged or missing.
    """
    checkpoint = read_checkpoint(weights)
    try:
        sizes, arrays = checkpoint["dims"], checkpoint["model_state_dict"]
        known = {ours: int(sizes[name]) for ours, name in DIMENSIONS.items()}
        config = WhisperConfig.from_dict(known, str(weights))
    except (KeyError, TypeError, ValueError, ConfigurationError) as error:
        raise BundleError(f"{weights}: not one of OpenAI's Whisper models ({error})") from None
    network = build_whisper(config).whole
    CheckpointLoader(network, arrays, str(weights)).load(config)
    multilingual = published.companion is not None
    return BuiltNetwork(
        network=network,
        config=config.to_dict(),
        preprocessing={
            "multilingual": multilingual,
            "alignment_heads": ALIGNMENT_HEADS[published.name],
        },
        assets={TOKENIZER_FILE: _read_tokenizer(published, weights)},
        source=f"{published.url} ({published.paper})",
        licence=published.licence,
        training_data=published.training_data,
    )


def _read_tokenizer(published: PublishedModel, weights: Path) -> bytes:
    """Make the multilingual tokenizer, or take the English one, which the built-in model has."""
    if published.companion:
        file = zoo.get_companion(published, beside=weights)
        return make_tokenizer(file.read_bytes(), str(file))
    return find(catalogue.entry(published.task).default_bundle).read(TOKENIZER_FILE)


class CheckpointLoader(LayerLoader):
    """Gives the layers of our network the arrays of a checkpoint, by OpenAI's names."""

    def load(self, config: WhisperConfig) -> None:
        """Fill all layers.

        Raises:
            BundleError: an array is missing, or of another shape.
        """
        for number in (1, 2):
            key = f"encoder.conv{number}"
            kernel = self.get(f"{key}.weight").transpose(2, 1, 0)  # [out, in, time] in the file
            self.set(f"audio_conv_{number}", kernel, self.get(f"{key}.bias"))
        for side, part, norm in (("audio", "encoder", "ln_post"), ("text", "decoder", "ln")):
            self.set(f"{side}_positions", self.get(f"{part}.positional_embedding"))
            self.norm(f"{side}_norm", f"{part}.{norm}")
        self.set("text_tokens", self.get("decoder.token_embedding.weight"))
        for index in range(config.audio_layers):
            self._block(f"audio_{index}", f"encoder.blocks.{index}")
        for index in range(config.text_layers):
            self._block(f"text_{index}", f"decoder.blocks.{index}")
            key = f"decoder.blocks.{index}.cross_attn"
            self._attention(f"text_{index}_cross", key)

    def _block(self, name: str, key: str) -> None:
        self._attention(name, f"{key}.attn")
        self.norm(f"{name}_feed_forward_norm", f"{key}.mlp_ln")
        self.dense(f"{name}_feed_forward_inner", f"{key}.mlp.0")
        self.dense(f"{name}_feed_forward_outer", f"{key}.mlp.2")

    def _attention(self, name: str, key: str) -> None:
        self.norm(f"{name}_norm", f"{key}_ln")
        for projection in ("query", "key", "value"):
            self.dense(f"{name}_{projection}", f"{key}.{projection}")
        self.dense(f"{name}_output", f"{key}.out")
