"""Make the built-in model speech-digits-en of a bundle that was trained on spoken digits.

    python scripts/speech_digits.py free-spoken-digit-dataset/recordings --out digits
    dltasks train --config scripts/speech_digits.toml --set data=digits/labels.tsv \\
        --set config.language_text=digits/rows.txt --out my_models/digits
    python scripts/seal_digits.py my_models/digits --valid digits/labels.tsv

The weights stay as they are. What the card says of data and licence is added, the example, and the
figures on the speaker that validated.
"""

from __future__ import annotations

from pathlib import Path

import click

from dltasks.data.examples import limit
from dltasks.export import load_weights
from dltasks.extras import require_tensorflow
from dltasks.tasks import get_task
from dltasks.tasks.base import BuiltNetwork
from dltasks.tasks.seal import Metrics, seal
from dltasks.tasks.speech_recognition.config import CtcConfig
from pipelines.alphabet import ALPHABET_FILE
from pipelines.base import Pipeline
from pipelines.bundle import find
from pipelines.language_model import LANGUAGE_MODEL_FILE

ROOT = Path(__file__).resolve().parent.parent
NAME = "speech-digits-en"
SEALED_ON = 8
NOTES = (
    "It hears the English digits from zero to nine, one or a few in a row, and writes them as "
    "words; whatever else is said, it takes for digits. It is an example of what a small set of "
    "recordings gives: four speakers, at 8 kHz. It hears nothing above 3.6 kHz."
)


@click.command()
@click.argument("trained")
@click.option("--valid", required=True, help="The manifest that it was trained with.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=ROOT / "saved_models" / NAME,
    show_default=True,
)
def main(trained: str, valid: str, out: Path) -> None:
    """Seal the bundle TRAINED as the built-in one."""
    require_tensorflow("sealing")
    source = find(trained)
    task = get_task(source.task)
    network = task.build_network(source.config)
    load_weights(source, network)
    held_out = [item for item in task.read_examples(valid) if item.split == "valid"]
    speakers = ", ".join(sorted({item.group for item in held_out}))
    built = BuiltNetwork(
        network=network,
        config=CtcConfig.from_dict(source.config),
        preprocessing=source.preprocessing,
        assets={name: source.read(name) for name in (ALPHABET_FILE, LANGUAGE_MODEL_FILE)},
        source="trained from random weights by dltasks",
        licence="CC BY-SA 4.0, as the recordings it was trained on",
        training_data=f"{source.training_data}: the Free Spoken Digit Dataset of Zohar Jackson and "
        f"contributors, without the speaker {speakers}, some recordings joined to rows",
    )

    def measure(pipeline: Pipeline) -> Metrics:
        metrics = task.evaluate(pipeline, held_out, None).metrics
        split = f"valid: the speaker {speakers}"
        return [
            {"name": name, "value": value, "data": "Free Spoken Digit Dataset", "split": split}
            for name, value in metrics.items()
        ]

    bundle = seal(
        task,
        built,
        out,
        [item.source for item in limit(held_out, SEALED_ON, seed=1)],
        overwrite=True,
        half_precision=task.half_precision,
        measure=measure,
        notes=NOTES,
    )
    click.echo(f"wrote {bundle.path}, {bundle.size_bytes / 1e6:.1f} MB; {bundle.agreement}")


if __name__ == "__main__":
    main()
