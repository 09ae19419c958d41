"""Speech recognition as a task: alphabets, bases, scoring, and a Whisper that learns on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from dltasks.data.examples import Example, Splits
from dltasks.data.feeding.sharding import EVERYTHING
from dltasks.export.weights import load_weights
from dltasks.networks.losses import PADDING
from dltasks.tasks.base import BuiltNetwork
from dltasks.tasks.request import RunRequest, make_request
from dltasks.tasks.seal import seal
from dltasks.tasks.speech_recognition.config import SpeechRecognitionConfig, WhisperConfig
from dltasks.tasks.speech_recognition.ctc_family import is_long_enough
from dltasks.tasks.speech_recognition.task import TASK
from dltasks.tasks.speech_recognition.whisper_network import build_whisper
from dltasks.tasks.speech_recognition.whisper_recipe import WhisperRecipe
from dltasks.tasks.train import train
from dltasks.training.config import TrainingConfig
from pipelines import load
from pipelines.bundle.folder import Bundle, open_bundle
from pipelines.errors import ConfigurationError
from tests import tone_hearer
from tests.whisper_stand_in import POSITIONS, TOKENIZER, TOKENS, at

CONFIG = SpeechRecognitionConfig(size="tiny")
TRAINING = TrainingConfig(epochs=1, batch_size=2)
TEXTS = ("Abba!", "bab", "a BAB")
WHISPER = WhisperConfig(
    mel_bands=8,
    audio_positions=POSITIONS,
    text_positions=24,
    vocabulary=TOKENS.first_timestamp + POSITIONS + 1,
    width=16,
    heads=2,
    audio_layers=1,
    text_layers=1,
)


@pytest.fixture
def recordings(tmp_path: Path) -> list[Example]:
    examples = []
    for number, (text, sound) in enumerate(zip(TEXTS, ("abba", "bab", "abab"), strict=True)):
        path = tmp_path / "data" / f"{number}.wav"
        path.parent.mkdir(exist_ok=True)
        soundfile.write(path, tone_hearer.sound(sound, silence=0.05), 16_000)
        path.with_suffix(".txt").write_text(text)
        examples.append(Example(str(path), text, "train", f"labels.tsv {number}"))
    return examples


def _plan(recordings: list[Example], said: list[str], config: SpeechRecognitionConfig = CONFIG):
    splits = Splits(tuple(recordings[:2]), tuple(recordings[2:]), ())
    return TASK.plan(splits, config, TRAINING, EVERYTHING, said.append)


def _seal(recordings: list[Example], folder: Path) -> Bundle:
    built = _plan(recordings, []).built
    return seal(TASK, built, folder, [item.source for item in recordings], overwrite=False)


def test_alphabet_is_that_of_the_normalised_texts(recordings: list[Example]) -> None:
    said: list[str] = []
    built = _plan(recordings, said).built
    assert built.assets["alphabet.txt"] == b"a\nb\n"
    assert "2 recordings to train on" in said[-1]
    assert "lower case, no punctuation" in said[-1]


def test_recordings_with_unknown_characters_or_too_much_text_are_left_out(
    recordings: list[Example],
) -> None:
    said: list[str] = []
    items = [*recordings[:2], replace(recordings[2], target="ab" * 80), recordings[2]]
    strange = replace(recordings[0], target="añña")
    splits = Splits(tuple(items), (recordings[2], strange), ())
    alphabet = Path(recordings[0].source).with_name("alphabet.txt")
    alphabet.write_text("a\nb\n<space>\n")
    config = replace(CONFIG, alphabet=str(alphabet))
    TASK.plan(splits, config, TRAINING, EVERYTHING, said.append)
    assert "characters not in the alphabet: 'ñ' 2; 1 recordings" in said[0]
    assert said[1].startswith("1 recordings have no text or are too short for it")
    assert not is_long_enough(replace(recordings[0], target=""))


def test_training_goes_on_from_a_bundle_and_hears_as_it_does(
    recordings: list[Example], tmp_path: Path
) -> None:
    config = replace(CONFIG, highest_hz=3600.0, language="de")
    built = _plan(recordings, [], config).built
    base = seal(TASK, built, tmp_path / "base", [recordings[0].source], overwrite=False)
    more = [*recordings[:1], replace(recordings[1], target="cab"), recordings[2]]
    plan = _plan(more, [], replace(CONFIG, base=str(base.path)))
    assert plan.built.assets["alphabet.txt"] == b"a\nb\nc\n"
    assert plan.built.preprocessing == base.preprocessing
    assert "fine-tuned from base" in plan.built.source
    found = TASK.evaluate(load(base.path), recordings, None)
    assert found.normaliser.startswith("lower case")
    assert (found.real_time_factor or 0) > 0
    assert {item.truth for _, item in found.worst} <= {"abba", "bab", "a bab"}


def test_unknown_families_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="family 'rnnt' cannot be trained or rebuilt"):
        TASK.build_network({"family": "rnnt"})


@pytest.fixture
def whisper(recordings: list[Example], tmp_path: Path) -> Bundle:
    built = BuiltNetwork(
        network=build_whisper(WHISPER).whole,
        config=WHISPER,
        preprocessing={"multilingual": False, "alignment_heads": [[0, 0]]},
        assets={"tokenizer.json": TOKENIZER},
        source="random weights",
        licence="MIT",
        training_data="nothing",
    )
    return seal(TASK, built, tmp_path / "base", [recordings[0].source], overwrite=False)


def test_a_whisper_learns_on_from_its_bundle(
    whisper: Bundle, recordings: list[Example], tmp_path: Path
) -> None:
    config = SpeechRecognitionConfig(base=str(whisper.path))
    request = RunRequest(
        task=TASK.name,
        data=str(tmp_path / "data"),
        out=tmp_path / "out",
        run_folder=tmp_path / "run",
        config=config,
        training=replace(TRAINING, average=0.0, epochs=6, learning_rate=0.01, batch_size=2),
        valid_fraction=0.3,
    )
    outcome = train(request)
    assert outcome is not None
    bundle = outcome[0]
    assert bundle.source == "fine-tuned from base"
    assert open_bundle(bundle.path).read("tokenizer.json") == TOKENIZER
    losses = [
        float(line.split(",")[index])
        for lines in [(tmp_path / "run" / "history.csv").read_text().splitlines()]
        for index in [lines[0].split(",").index("loss")]
        for line in lines[1:]
    ]
    assert losses[-1] < losses[0]
    network = TASK.build_network(bundle.config)
    load_weights(bundle, network)


def test_a_whisper_has_its_own_vocabulary_and_window(
    whisper: Bundle, recordings: list[Example]
) -> None:
    config = SpeechRecognitionConfig(base=str(whisper.path))
    with pytest.raises(ConfigurationError, match="alphabet 'x' has no effect on a Whisper"):
        TASK.prepare(replace(config, alphabet="x"))
    long = Path(recordings[0].source).with_name("long.wav")
    soundfile.write(long, np.full(16_000 * 40, 0.1, np.float32), 16_000)
    said: list[str] = []
    plan = _plan(
        [recordings[0], replace(recordings[1], source=str(long)), recordings[2]], said, config
    )
    assert said[0].startswith("1 recordings are longer than")
    recipe: WhisperRecipe = plan.stages[0].build.__self__  # type: ignore[attr-defined]
    row, opening = recipe.spell(recordings[0])
    assert row[opening] == at(0.0)
    assert TOKENS.decode(row[opening:]) == " Abba!"
    assert TOKENS.is_timestamp(row[-2])
    assert row[-1] == TOKENS.end
    table = recipe.token_table([recordings[0], recordings[1]])
    assert (table[:, 1, :opening] == PADDING).all()
    assert table[1, 0, -1] == TOKENS.end
    assert table[1, 1, -1] == PADDING


def test_the_family_of_the_base_brings_its_own_defaults(whisper: Bundle) -> None:
    data = {"data": "somewhere", "out": "out"}
    new = make_request(TASK.name, {}, **data).training
    further = make_request(TASK.name, {"base": str(whisper.path)}, **data).training
    pulled = make_request(TASK.name, {"base": "whisper-small"}, **data).training
    assert (new.epochs, new.batch_size) == (60, 32)
    assert (further.epochs, further.batch_size, further.learning_rate) == (4, 8, 1e-5)
    assert pulled == further
    chosen = make_request(TASK.name, {"base": str(whisper.path), "epochs": 9}, **data)
    assert (chosen.training.epochs, chosen.training.batch_size) == (9, 8)


@pytest.mark.parametrize("name", ["size", "bands", "highest_hz", "augment", "language_weight"])
def test_a_setting_that_whisper_does_not_use_is_refused(whisper: Bundle, name: str) -> None:
    other = {"size": "tiny", "bands": 40, "highest_hz": 3600.0, "augment": 0.5}.get(name, 0.1)
    config = SpeechRecognitionConfig(**{"base": str(whisper.path), name: other})
    with pytest.raises(ConfigurationError, match=f"^{name} .* has no effect on a Whisper"):
        TASK.prepare(config)
