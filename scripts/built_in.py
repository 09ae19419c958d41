"""Train a bundle as its recipe says, and seal it as a built-in one.

A recipe is a recipe.toml in the folder of the bundle's script: a run as `dltasks train --config`
takes it, without `data` and `out`, and a table `card` with what the model card says: `licence`,
`training_data`, `data` (what the figures were measured on) and `notes`; `source`, where the last
training does not tell it; where examples are texts, `examples`, of which the first is sealed.

An interrupted training continues when the script is run again.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from dltasks.export.bundle_writer import CARD_FILE
from dltasks.export.weights import PLACES_FILE, WEIGHTS_FILE, load_weights
from dltasks.tasks import get_task
from dltasks.tasks.base import BuiltNetwork
from dltasks.tasks.evaluate import evaluate
from dltasks.tasks.request import RUN_FILE, make_request
from dltasks.tasks.seal import seal
from dltasks.tasks.train import train
from pipelines.base import Pipeline
from pipelines.bundle.folder import Bundle, open_bundle
from scripts.licences.texts import beside

ROOT = Path(__file__).resolve().parent.parent
BUILT_IN = ROOT / "saved_models"
WORK = Path("runs", "built-in")  # of data and trainings
RECIPE = "recipe.toml"
SEALED_ANEW = (".onnx", WEIGHTS_FILE, PLACES_FILE, CARD_FILE)  # and what is in example/


def make(
    script: str,
    data: Path | str,
    *,
    examples: Sequence[str] = (),
    measure: dict[str, str] | None = None,
    rounded_weights: bool = False,
    learn: Callable[[Bundle], dict[str, Any]] | None = None,
    **settings: Any,
) -> Bundle:
    """Train as the recipe beside a script says, and seal the built-in bundle.

    Args:
        script: the path of the script, `__file__`.
        data: as `dltasks train` takes it.
        examples: inputs to compare graph and Keras on; the first is sealed. By default the card's.
        measure: further data to measure on, by name.
        rounded_weights: see `seal`.
        learn: gives settings of the preprocessing that are learned from the trained bundle.
        settings: in place of the recipe's, or beside them.
    """
    folder = Path(script).parent
    recipe = tomllib.loads((folder / RECIPE).read_text(encoding="utf-8"))
    name = folder.name.replace("_", "-")
    trained = train_once(recipe, name, str(data), settings)
    learned = learn(trained) if learn else {}
    return _seal(
        trained,
        name,
        recipe["card"],
        examples,
        measure or {},
        rounded_weights=rounded_weights,
        learned=learned,
    )


def train_once(recipe: dict[str, Any], name: str, data: str, settings: dict[str, Any]) -> Bundle:
    """Train as a recipe says, unless that is done; `name` is of the folder of work."""
    out, run_folder = WORK / name / "bundle", WORK / name / "run"
    if out.exists():
        return open_bundle(out)
    chosen = {**recipe.get("config", {}), **recipe.get("training", {}), **settings}
    request = make_request(recipe["task"], chosen, data=data, out=out, run_folder=run_folder)
    request = replace(request, resume=(run_folder / RUN_FILE).exists())
    outcome = train(request, click.echo)
    assert outcome is not None  # one process alone is the chief
    return outcome[0]


def _seal(
    trained: Bundle,
    name: str,
    card: dict[str, Any],
    examples: Sequence[str],
    measure: dict[str, str],
    *,
    rounded_weights: bool,
    learned: dict[str, Any],
) -> Bundle:
    """Seal a trained bundle under its name, with the card's words."""
    task = get_task(trained.task)
    network = task.build_network(trained.config)
    load_weights(trained, network)
    kept = [file for file in trained.files if "/" not in file and not file.endswith(SEALED_ANEW)]
    built = BuiltNetwork(
        network=network,
        config=trained.config,
        preprocessing={**trained.preprocessing, **learned},
        assets={file: trained.read(file) for file in kept} | beside(name),
        source=card.get("source", trained.source),
        licence=card["licence"],
        training_data=card["training_data"],
    )
    known = [{**metric, "data": card["data"]} for metric in trained.metrics]

    def measure_all(pipeline: Pipeline[Any, Any, Any, Any]) -> list[dict[str, Any]]:
        found = list(known)
        for data_name, location in measure.items():
            report, split = evaluate(pipeline, location, None)
            found += [
                {"name": metric, "value": value, "data": data_name, "split": split}
                for metric, value in report.metrics.items()
            ]
        return found

    bundle = seal(
        task,
        built,
        BUILT_IN / name,
        list(examples) or card["examples"],
        overwrite=True,
        half_precision=task.half_precision,
        rounded_weights=rounded_weights,
        measure=measure_all,
        notes=card["notes"],
        held_out=trained.held_out,
    )
    click.echo(f"wrote {bundle.path}, {bundle.size_bytes / 1e6:.1f} MB; {bundle.agreement}")
    return bundle
