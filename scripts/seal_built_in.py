"""Make a built-in bundle of one that was trained here.

    python scripts/seal_built_in.py my_models/latin scripts/cards/handwriting-latin.toml \\
        --example line.png --measure "unseen fonts=fonts_test/labels.tsv"

Weights and figures stay as they are. What the card says of data and licence comes from the TOML
file, whose name is the bundle's: `source`, `licence`, `training_data`, `data` (the name of the data
that the figures are of) and `notes`; where examples are texts, `examples`. The file also says how
the model was trained.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import click

from dltasks.export.bundle_writer import CARD_FILE
from dltasks.export.weights import PLACES_FILE, WEIGHTS_FILE, load_weights
from dltasks.extras import require_tensorflow
from dltasks.tasks import get_task
from dltasks.tasks.base import BuiltNetwork
from dltasks.tasks.run import evaluate
from dltasks.tasks.seal import Metrics, seal
from pipelines.base import Pipeline
from pipelines.bundle.folder import Bundle, find

SEALED = Path(__file__).resolve().parent.parent / "saved_models"
MADE_ANEW = (".onnx", WEIGHTS_FILE, PLACES_FILE, CARD_FILE)  # and what is in example/


def take_apart(source: Bundle, card: dict[str, Any]) -> BuiltNetwork:
    """Rebuild a bundle's network, and take its assets."""
    network = get_task(source.task).build_network(source.config)
    load_weights(source, network)
    assets = [file for file in source.files if "/" not in file and not file.endswith(MADE_ANEW)]
    return BuiltNetwork(
        network=network,
        config=source.config,
        preprocessing=source.preprocessing,
        assets={file: source.read(file) for file in assets},
        source=card["source"],
        licence=card["licence"],
        training_data=card["training_data"],
    )


def measure_also(
    pipeline: Pipeline, data: dict[str, str], split_name: str | None = None
) -> Metrics:
    """Measure a bundle on a split of further data (name -> location)."""
    metrics: Metrics = []
    for name, location in data.items():
        report, split = evaluate(pipeline, location, split_name)
        metrics += [
            {"name": metric, "value": value, "data": name, "split": split}
            for metric, value in report.metrics.items()
        ]
    return metrics


@click.command()
@click.argument("trained")
@click.argument("card", type=click.Path(path_type=Path, exists=True))
@click.option("--example", "examples", multiple=True, help="An input; the first goes along.")
@click.option("--measure", "data", multiple=True, metavar="NAME=DATA", help="Further figures.")
def main(trained: str, card: Path, examples: tuple[str, ...], data: tuple[str, ...]) -> None:
    """Seal the bundle TRAINED as the built-in one that CARD describes."""
    require_tensorflow("sealing")
    said = tomllib.loads(card.read_text(encoding="utf-8"))
    source = find(trained)
    task = get_task(source.task)
    known = [{**metric, "data": said["data"]} for metric in source.metrics]
    also = dict(item.split("=", 1) for item in data)
    bundle = seal(
        task,
        take_apart(source, said),
        SEALED / card.stem,
        examples or said["examples"],
        overwrite=True,
        half_precision=task.half_precision,
        measure=lambda pipeline: known + measure_also(pipeline, also),
        notes=said["notes"],
    )
    click.echo(f"wrote {bundle.path}, {bundle.size_bytes / 1e6:.1f} MB; {bundle.agreement}")


if __name__ == "__main__":
    main()
