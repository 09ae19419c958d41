"""Train without sealing: for tests that ask what happens to the weights, not to the bundle."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from dltasks.data.examples import split
from dltasks.data.feeding.sharding import EVERYTHING
from dltasks.tasks import get_task
from dltasks.tasks.request import RunRequest
from dltasks.training import distribution
from dltasks.training.trainer import Trainer


def fit(
    request: RunRequest, *, resume: bool = True, say: Callable[[str], None] = print
) -> list[np.ndarray]:
    """Train as a request says, on its data unchecked, and give the network's weights."""
    task, training = get_task(request.task), request.training
    splits = split(
        task.read_examples(request.data),
        valid_fraction=request.valid_fraction,
        seed=training.seed,
        take=task.take_validation,
    )
    strategy = distribution.choose_strategy("cpu")
    distribution.make_repeatable(training.seed, strategy)
    request.run_folder.mkdir(parents=True, exist_ok=True)
    with strategy.scope():
        plan = task.plan(splits, request.config, training, EVERYTHING, say)
    network = plan.built.network
    trainer = Trainer(network, strategy, training, request.run_folder, say)
    trainer.fit(plan.stages, resume=resume)
    return network.get_weights()
