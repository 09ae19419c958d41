"""Make the bundle `everyday-en-es` from sentences, documentation and interface words.

    pip install ".[train]" scipy num2words
    python -m scripts.everyday_en_es.make tatoeba-en-es docs-en-es.tsv packages

`tatoeba-en-es` holds train.tsv, valid.tsv and test.tsv: an English sentence, a tab, a Spanish one;
split by English sentence (tatoeba.org, CC BY 2.0 FR, by way of manythings.org/anki).
`docs-en-es.tsv` has the same columns, from the documentation of Python and LibreOffice. `packages`
holds the packages that `packages.py` names.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import click

from dltasks.evaluation.translation import group_references
from dltasks.tasks.translation.calibration import calibrate
from dltasks.tasks.translation.task import TASK
from pipelines import load
from pipelines.bundle.folder import Bundle
from scripts.built_in import RECIPE, WORK, make, train_once
from scripts.everyday_en_es.mix import write_mix


@click.command()
@click.argument("sentences", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("documentation", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("packages", type=click.Path(exists=True, file_okay=False, path_type=Path))
def main(sentences: Path, documentation: Path, packages: Path) -> None:
    """Mix the data, train on it and seal the bundle."""
    data = WORK / "everyday-en-es" / "data"
    if not data.exists():
        write_mix(sentences, documentation, packages, data)
    examples = TASK.read_examples(str(data / "valid.tsv"))

    def learn_confidence(bundle: Bundle) -> dict[str, Any]:
        forward = load(bundle.path, task="translation")
        pipelines = [forward, forward.between(forward.target, forward.source)]
        sides = [group_references(examples, turned=turned) for turned in (False, True)]
        pairs = [list(references.items()) for references in sides]
        return {"confidence": calibrate(zip(pipelines, pairs, strict=True))}

    recipe = tomllib.loads((Path(__file__).parent / RECIPE).read_text(encoding="utf-8"))
    first = {"task": recipe["task"], **recipe["first"]}
    base = train_once(first, "everyday-en-es-first", str(sentences), {})
    measure = {
        "tatoeba-en-es": str(sentences / "test.tsv"),
        "documentation held out": str(data / "test.tsv"),
    }
    make(
        __file__,
        data,
        measure=measure,
        rounded_weights=True,
        learn=learn_confidence,
        base=str(base.path),
    )


if __name__ == "__main__":
    main()
