"""The trainer: runs the stages that a task plans, keeps the best weights, and resumes."""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from dltasks.data.feeding import steps
from dltasks.data.feeding.failures import let_go_when_interrupted, told_as_raised
from dltasks.training import checkpoint
from dltasks.training.checkpoint import CHECKPOINT_FILE, VALIDATION_LOSS, Checkpoint, Progress
from dltasks.training.config import TrainingConfig
from dltasks.training.multi_worker import lost_worker_told, spans_workers
from pipelines.errors import ConfigurationError, DltasksError

if TYPE_CHECKING:
    import keras
    import numpy as np
    import tensorflow as tf

    from dltasks.training.callbacks import StopRequest


@dataclass(frozen=True)
class Stage:
    """A stage of training: the model, its data and its loss.

    Attributes:
        model: the whole network or a part of it, which shares its weights.
        train: endless batches of (input, target).
        valid: the validation batches, once.
        steps_per_epoch: batches of `train` that make an epoch.
        loss: Keras loss.
        metrics: Keras metrics.
        class_weights: class index -> weight of its loss, or None.
        measure: called after each validation, while the network holds the averaged weights; gives
            figures for the history, such as {"val_cer": 0.1}. Each worker calls it and has to get
            the same figures, so over all validation examples and without drawing numbers.
        monitor: name of the figure that chooses the best weights and stops early.
        monitor_best: whether its lowest or its highest value is the best.
        carried: variables beside the network's that one step hands to the next, such as the state
            of a recurrent network; they are saved and restored with it.
    """

    model: keras.Model
    train: tf.data.Dataset
    valid: tf.data.Dataset
    steps_per_epoch: int
    loss: keras.losses.Loss
    metrics: list[Any]
    class_weights: dict[int, float] | None = None
    measure: Callable[[], dict[str, float]] | None = None
    monitor: str = VALIDATION_LOSS
    monitor_best: Literal["lowest", "highest"] = "lowest"
    carried: Sequence[keras.Variable] = ()


@dataclass(frozen=True)
class StagePlan:
    """A stage that is only built when its turn comes.

    All stages of a task share their loss, monitor and validation examples, so that one is compared
    with the next.

    Attributes:
        name: shown, and written in the history.
        epochs: at the most; 0 leaves the stage out.
        learning_rate: the highest; it rises to it and falls along a cosine.
        build: makes the stage; its arguments are how many of its epochs, and how many steps of
            the next one, are done already.
    """

    name: str
    epochs: int
    learning_rate: float
    build: Callable[[int, int], Stage]


class Trainer:
    """Fits a network stage by stage.

    Args:
        network: the whole network; its best weights are kept and its state is checkpointed.
        strategy: in whose scope the network was built.
        writes: whether this process writes the run folder; of several, only the chief does.
        config: the common training settings.
        folder: the run folder, for history.csv and the checkpoint.
        say: shows a line to the user.
        best_epoch: after `fit`, the row of the history, from 1, whose weights were kept.
    """

    def __init__(
        self,
        network: keras.Model,
        strategy: tf.distribute.Strategy,
        config: TrainingConfig,
        folder: Path,
        say: Callable[[str], None],
        *,
        writes: bool = True,
    ) -> None:
        self.network = network
        self.strategy = strategy
        self.config = config
        self.folder = folder
        self.say = say
        self.writes = writes
        self.best_epoch = 0

    def fit(self, plans: Sequence[StagePlan], *, resume: bool = True) -> list[dict[str, Any]]:
        """Run the stages.

        Args:
            plans: the stages, in order.
            resume: from the checkpoint in the run folder, if there is one.

        Returns:
            The history: one row per epoch.

        Raises:
            ConfigurationError: the checkpoint is of another network.
            DltasksError: memory runs out on a single example, or the loss never was a number.
        """
        from dltasks.training.callbacks import StopRequest

        plans = [plan for plan in plans if plan.epochs]
        if self.writes and not resume:
            checkpoint.remove(self.folder / CHECKPOINT_FILE)
        begin = checkpoint.values(self.network.variables)
        saved = (self._load() if resume else None) or self._begin(begin)
        with (
            StopRequest() as stop,
            lost_worker_told(self.strategy),
            told_as_raised(),
            let_go_when_interrupted(),
        ):
            for index, plan in enumerate(plans):
                if index >= saved.progress.stage:
                    progress = self._fit_within_memory(plan, saved, stop, begin)
                    saved = self._save_between_stages(index + 1, progress)
        self.best_epoch = saved.progress.best_epoch
        return saved.progress.history

    def _load(self) -> Checkpoint | None:
        """Give the network the state of the newest checkpoint, if there is one."""
        saved = checkpoint.load_newest(self.folder / CHECKPOINT_FILE, self.say)
        if saved:
            self._check_shapes(saved)
            checkpoint.assign(self.network.variables, saved.network)
            self.say(f"resumed after {_describe(saved.progress)}")
        return saved

    def _begin(self, network: list[np.ndarray]) -> Checkpoint:
        checkpoint.assign(self.network.variables, network)
        return Checkpoint(Progress(batch_parts=self.config.batch_parts), network)

    def _check_shapes(self, saved: Checkpoint) -> None:
        shapes = [tuple(variable.shape) for variable in self.network.variables]
        if [array.shape for array in saved.network] != shapes:
            raise ConfigurationError(
                f"{self.folder / CHECKPOINT_FILE}: belongs to another network, for example "
                "because the classes have changed; start again with --overwrite"
            )

    def _fit_within_memory(
        self, plan: StagePlan, saved: Checkpoint, stop: StopRequest, begin: list[np.ndarray]
    ) -> Progress:
        """Run a stage; where memory runs out, again from the newest checkpoint in more parts."""
        import tensorflow as tf

        while True:
            try:
                self._fit_stage(plan, saved, stop)
            except tf.errors.ResourceExhaustedError:
                parts = saved.progress.batch_parts
            else:
                return saved.progress
            more_parts = self._choose_more_parts(parts)
            saved = self._load() or self._begin(begin)
            saved.progress.batch_parts = more_parts

    def _choose_more_parts(self, parts: int) -> int:
        """Halve what is in memory at a time; the gradients are added up over twice the parts."""
        at_a_time = -(-self.config.batch_size // self.strategy.num_replicas_in_sync // parts)
        if spans_workers(self.strategy):
            raise DltasksError(
                f"out of memory; start all workers again with --batch-parts {2 * parts}, which "
                "needs less memory and changes nothing else"
            )
        if at_a_time <= 1:
            raise DltasksError(
                "out of memory with a single example at a time; make the examples or the network "
                "smaller, or use --device cpu"
            )
        self.say(
            f"out of memory with {at_a_time} examples at a time; from now on each batch is "
            f"computed in {2 * parts} parts, with the same batch size and learning rate"
        )
        return 2 * parts

    def _fit_stage(self, plan: StagePlan, saved: Checkpoint, stop: StopRequest) -> None:
        from dltasks.training.accumulation import compute_in_parts
        from dltasks.training.callbacks import FinishEpoch, KeepBest, Measure, SaveProgress

        progress = saved.progress
        started = time.monotonic()
        with self.strategy.scope():
            stage = plan.build(progress.epoch, progress.step)
            self._compile(stage, plan)
            if progress.batch_parts > 1:
                compute_in_parts(stage.model, progress.batch_parts)
            if saved.optimizer:
                stage.model.optimizer.build(stage.model.trainable_variables)
                checkpoint.assign(stage.model.optimizer.variables, saved.optimizer)
            if saved.carried:
                checkpoint.assign(stage.carried, saved.carried)
        keep_best = KeepBest(
            self.network,
            progress,
            saved.best,
            self.config.patience,
            monitor=stage.monitor,
            highest=stage.monitor_best == "highest",
            say=self.say,
        )
        save = SaveProgress(
            self.folder,
            plan.name,
            self.network,
            keep_best,
            carried=stage.carried,
            started=started,
            every_seconds=60 * self.config.checkpoint_minutes,
            stop=stop,
            writes=self.writes,
            several_workers=spans_workers(self.strategy),
        )
        finish = FinishEpoch(stage.steps_per_epoch - progress.step, saved.metrics)
        measure = [Measure(stage.measure)] if stage.measure else []
        if not self._is_over(plan, progress):
            stage.model.fit(
                steps.as_it_is(stage.train),
                validation_data=steps.as_it_is(stage.valid),
                initial_epoch=progress.epoch,
                epochs=plan.epochs,
                steps_per_epoch=stage.steps_per_epoch,
                class_weight=stage.class_weights,
                callbacks=[
                    finish,
                    *measure,
                    keep_best,
                    *self._watchers(plan, stage, progress),
                    save,
                ],
                shuffle=False,  # the data set does it, by seed and step
                verbose=0,
            )
        keep_best.restore()

    def _is_over(self, plan: StagePlan, progress: Progress) -> bool:
        """Tell whether a killed run had ended this stage already."""
        stopped = 0 < self.config.patience <= progress.epochs_without_gain
        return stopped or progress.diverged or progress.epoch >= plan.epochs

    def _watchers(self, plan: StagePlan, stage: Stage, progress: Progress) -> list[Any]:
        """Make the callbacks that change nothing of what is saved."""
        import keras

        from dltasks.training.callbacks import ProgressLine

        callbacks: list[Any] = []
        if self.config.average:
            callbacks.append(keras.callbacks.SwapEMAWeights())
        callbacks.append(
            ProgressLine(plan.name, stage.steps_per_epoch, plan.epochs, self.say, progress)
        )
        if self.writes and importlib.util.find_spec("tensorboard"):
            log_folder = self.folder / "tensorboard" / plan.name
            callbacks.append(keras.callbacks.TensorBoard(log_folder, write_graph=False))
        return callbacks

    def _compile(self, stage: Stage, plan: StagePlan) -> None:
        from dltasks.training.optimizer import make_optimizer

        steps = plan.epochs * stage.steps_per_epoch  # at least 1
        optimizer = make_optimizer(self.config, plan.learning_rate, steps)
        stage.model.compile(optimizer, loss=stage.loss, metrics=stage.metrics, jit_compile=False)

    def _save_between_stages(self, stage: int, progress: Progress) -> Checkpoint:
        """The next stage has to beat this one's best weights, or they stay."""
        progress = Progress(
            stage,
            best=progress.best,
            best_epoch=progress.best_epoch,
            history=progress.history,
            batch_parts=progress.batch_parts,
        )
        network = checkpoint.values(self.network.variables)
        best = checkpoint.values(self.network.weights)
        saved = Checkpoint(progress, network, best=best)
        if self.writes:
            checkpoint.save(self.folder / CHECKPOINT_FILE, saved)
        return saved


def _describe(progress: Progress) -> str:
    steps = f" and {progress.step} steps" if progress.step else ""
    return f"{len(progress.history)} epochs{steps}"
