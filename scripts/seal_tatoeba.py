"""Make the built-in English–Spanish translator of a bundle that was trained on Tatoeba's sentences.

    dltasks train translation tatoeba-en-es --out my_models/tatoeba --size base --epochs 40 \\
        --batch-size 256 --learning-rate 2e-3 --segmentations 4 --patience 0
    python scripts/seal_tatoeba.py my_models/tatoeba

With MALLOC_ARENA_MAX=1 MALLOC_MMAP_MAX_=0 MALLOC_TRIM_THRESHOLD_=100000000000 the memory of a step
is used again by the next one, which spares Linux the time to clear it.

`tatoeba-en-es` holds train.tsv, valid.tsv and test.tsv: English, tab, Spanish, split by English
sentence, from the pairs of tatoeba.org as manythings.org/anki gives them. The weights and figures
stay as they are; what the card says of data and licence is added, and the example.
"""

from __future__ import annotations

from pathlib import Path

import click

from dltasks.export import load_weights
from dltasks.extras import require_tensorflow
from dltasks.tasks import get_task
from dltasks.tasks.base import BuiltNetwork
from dltasks.tasks.seal import seal
from dltasks.tasks.translation.config import NetworkConfig
from pipelines.bundle import find
from pipelines.translation import PIECES_FILE

ROOT = Path(__file__).resolve().parent.parent
NAME = "tatoeba-en-es"
EXAMPLES = [
    "Where is the station?",
    "I would like to know what time the last train to Madrid leaves.",
    "Tom didn't tell Mary why he was late.",
]
NOTES = (
    "It translates between English and Spanish, in both directions. It was trained on short "
    "sentences of everyday language, about seven words long, and it is at its best there: texts of "
    "law, medicine or technology, long sentences and rare words are beyond it. Names such as Tom "
    "and Mary are more frequent in its data than anywhere else."
)


@click.command()
@click.argument("trained")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=ROOT / "saved_models" / NAME,
    show_default=True,
)
def main(trained: str, out: Path) -> None:
    """Seal the bundle TRAINED as the built-in one."""
    require_tensorflow("sealing")
    source = find(trained)
    task = get_task(source.task)
    network = task.build_network(source.config)
    load_weights(source, network)
    built = BuiltNetwork(
        network=network,
        config=NetworkConfig.from_dict(source.config),
        preprocessing=source.preprocessing,
        assets={PIECES_FILE: source.read(PIECES_FILE)},
        source="trained from random weights by dltasks",
        licence="CC BY 2.0 FR, as the sentences it was trained on",
        training_data=f"{source.training_data}: English and Spanish of tatoeba.org, by its "
        "contributors, through manythings.org/anki (2018-05-13)",
    )
    metrics = [{**metric, "data": NAME} for metric in source.metrics]
    bundle = seal(
        task,
        built,
        out,
        EXAMPLES,
        overwrite=True,
        half_precision=task.half_precision,
        measure=lambda pipeline: metrics,
        notes=NOTES,
    )
    click.echo(f"wrote {bundle.path}, {bundle.size_bytes / 1e6:.1f} MB; {bundle.agreement}")


if __name__ == "__main__":
    main()
