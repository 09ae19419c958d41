"""Make a bundle of the weights that `train_translation.py` wrote.

python -m scripts.on_jax.unpack_translation my_models/en-es weights.npz my_models/en-es-2
"""

from __future__ import annotations

from pathlib import Path

import click
import numpy as np

from dltasks.tasks import get_task
from dltasks.tasks.base import BuiltNetwork
from dltasks.tasks.seal import seal
from pipelines.bundle.folder import open_bundle

SEALED_ANEW = (".onnx", ".npz", "README.md", "weights.json")
EXAMPLES = ["Where is the station?", "I would like to know what time the last train leaves."]


@click.command()
@click.argument("base", type=click.Path(exists=True, path_type=Path))
@click.argument("weights", type=click.Path(exists=True, path_type=Path))
@click.argument("out", type=click.Path(path_type=Path))
def main(base: Path, weights: Path, out: Path) -> None:
    """Seal the network of BASE with WEIGHTS as OUT."""
    old = open_bundle(base)
    task = get_task(old.task)
    network = task.build_network(old.config)
    network.set_weights([array.astype(np.float32) for array in np.load(weights).values()])
    kept = [name for name in old.files if "/" not in name and not name.endswith(SEALED_ANEW)]
    built = BuiltNetwork(
        network=network,
        config=old.config,
        preprocessing=old.preprocessing,
        assets={name: old.read(name) for name in kept},
        source=f"trained further from {old.name}",
        licence=old.licence,
        training_data=old.training_data,
    )
    bundle = seal(task, built, out, EXAMPLES, overwrite=False, half_precision=task.half_precision)
    click.echo(f"wrote {bundle.path}; {bundle.agreement}")


if __name__ == "__main__":
    main()
