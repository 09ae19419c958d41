"""The network: source pieces -> encoder -> memory; memory and target pieces -> decoder -> scores.

Three models share the weights: one to train (whole targets at once), and two to run: the encoder,
once per sentence, and one step of the decoder.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dltasks.tasks.translation.config import TranslatorConfig

if TYPE_CHECKING:
    import keras


def build_network(config: TranslatorConfig) -> keras.Model:
    """Build the network that is trained, with random weights.

    Returns:
        A model from int32 source [batch, source] and int32 target [batch, time], padded with 0 at
        the end, to unnormalised scores of the next piece, float32 [batch, time, vocabulary].
    """
    import keras

    from dltasks.tasks.translation.translator import Translator

    source = keras.Input((None,), dtype="int32", name="source")
    target = keras.Input((None,), dtype="int32", name="target")
    scores = Translator(config, name="translator")(source, target)
    return keras.Model([source, target], scores, name="translation")


def build_encoder(network: keras.Model) -> keras.Model:
    """Give the part that runs once: source pieces -> keys and values of each decoder layer.

    Returns:
        A model from int32 source [batch, source] to memory, float32
        [batch, 2 * decoder layers, source, width].
    """
    import keras

    from dltasks.tasks.translation.translator import EncodeOnce

    source = keras.Input((None,), dtype="int32", name="source")
    return keras.Model(source, EncodeOnce(_translator(network))(source), name="encoder")


def build_step(network: keras.Model) -> keras.Model:
    """Give the part that runs for each piece of the target.

    Returns:
        A model from int32 source [batch, source], memory as of `build_encoder`, int32 last piece
        [batch] and state [batch, 2 * decoder layers, width], to logarithms of probabilities
        [batch, vocabulary], the next state, and attention [batch, source].
    """
    import keras

    from dltasks.tasks.translation.translator import Step

    translator = _translator(network)
    config: TranslatorConfig = translator.config
    parts = 2 * config.decoder_layers
    inputs = [
        keras.Input((None,), dtype="int32", name="source"),
        keras.Input((parts, None, config.width), name="memory"),
        keras.Input((), dtype="int32", name="piece"),
        keras.Input((parts, config.width), name="state"),
    ]
    return keras.Model(inputs, Step(translator)(*inputs), name="step")


def _translator(network: keras.Model) -> Any:
    return network.get_layer("translator")
