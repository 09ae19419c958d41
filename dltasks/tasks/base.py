"""The contract: what a task provides for training, evaluation and export."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from dltasks.data.checks import UnsuitableError
from dltasks.data.examples import Example, Languages, Splits, Take, stratify
from dltasks.data.feeding.sharding import Shard
from dltasks.data.folders import name_unused
from dltasks.data.look_alikes import Look
from dltasks.data.remarks import Remark
from dltasks.data.remote import data_path
from dltasks.data.sources import find_folder, read_examples
from dltasks.evaluation.report import Report
from dltasks.training.config import TrainingConfig
from dltasks.training.trainer import StagePlan
from pipelines.bundle.folder import Bundle
from pipelines.bundle.reading import read_regular
from pipelines.settings import Settings, is_unicode

if TYPE_CHECKING:
    import keras

    from dltasks.export.graphs import GraphExport

Say = Callable[[str], None]


@dataclass(frozen=True)
class BuiltNetwork:
    """A network and all that a bundle of it has to hold.

    Attributes:
        network: the Keras model.
        config: rebuilds it, through the task's `build_network`.
        preprocessing: how an input becomes an array.
        assets: further files of the bundle, name -> content.
        source: where the weights come from.
        licence: of the weights.
        training_data: what they were trained on.
    """

    network: keras.Model
    config: dict[str, Any]
    preprocessing: dict[str, Any]
    assets: dict[str, bytes]
    source: str
    licence: str
    training_data: str


@dataclass(frozen=True)
class TrainingPlan:
    """A network, built in the scope of the strategy, and the stages of its training."""

    built: BuiltNetwork
    stages: Sequence[StagePlan]


@dataclass(frozen=True)
class Calibrated:
    """What a task learns of a finished model from data.

    Attributes:
        files: further files of the bundle, name -> content.
        notes: for the card, what they say.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    notes: str = ""


class Task(ABC):
    """A task's side in the toolkit; its run-time side is a `pipelines.base.Pipeline`.

    Attributes:
        name: in the catalogue.
        config_class: the task's own settings; each field is an option of `dltasks train`.
        training_defaults: the common settings, as they suit the task.
        suffixes: of the files that a folder of data is searched for.
        tables: names of the files in such a folder that say what its examples are.
        unused: what files of no example are called.
        half_precision: whether trained weights are rounded to float16, which halves a bundle.
        has_page: whether the reports of `evaluate` have `sections`, and so can be a page.
        take_validation: how to choose the examples to validate with, where the data does not say.
    """

    name: ClassVar[str]
    config_class: ClassVar[type[Settings]]
    training_defaults: ClassVar[TrainingConfig]
    suffixes: ClassVar[frozenset[str]]
    tables: ClassVar[Collection[str]] = ()
    unused: ClassVar[str] = "without a text"
    half_precision: ClassVar[bool] = False
    has_page: ClassVar[bool] = False
    take_validation: ClassVar[Take] = staticmethod(stratify)

    def defaults_for(self, config: Any) -> TrainingConfig:
        """Give the common settings as they suit what these settings train."""
        return self.training_defaults

    def read_examples(self, location: str) -> list[Example]:
        """List the examples of a data set; by default, files and their classes.

        Raises:
            ConfigurationError: nothing is there, or it is of another layout.
        """
        return read_examples(location, self.suffixes)

    def passed_over(self, location: str, examples: Sequence[Example]) -> list[str]:
        """Say which files of a folder of data are of no example, a line for each reason.

        Args:
            location: of the data.
            examples: what `read_examples` gave for it.
        """
        folder = find_folder(location)
        if folder is None:
            return []
        used = [str(folder / name) for name in self.tables]
        used += [file for item in examples for file in (item.source, item.origin)]
        return list(name_unused(folder, self.suffixes, used, self.unused))

    def content(self, example: Example) -> bytes:
        """Give the bytes by which two examples are the same; by default, those of the file."""
        if not is_unicode(example.source):
            raise UnsuitableError("the name is not UTF-8; rename the file or its folder")
        path = data_path(example.source)
        return read_regular(path) if isinstance(path, Path) else path.read_bytes()

    def categories(self, example: Example) -> Sequence[str]:
        """Name what a data set's examples are counted by; by default, the class."""
        return (example.target,)

    def place(self, example: Example) -> str:
        """Say where an example is; by default, its file."""
        return example.source

    def languages(self, config: Any) -> Languages | None:
        """Give the languages of source and target that the settings name, if they do."""
        source, target = (getattr(config, side, None) for side in ("source", "target"))
        return (source, target) if source and target else None

    def review(
        self,
        location: str,
        examples: Sequence[Example],
        used: Sequence[Example],
        languages: Languages | None,
    ) -> Sequence[Remark]:
        """Say what is wrong with a data set as a whole.

        Args:
            location: of the data; "" where only the examples are known.
            examples: all of them; at least one.
            used: those that training can use.
            languages: of source and target, if there are such sides and the user names them.
        """
        return examples[0].review(examples, used, languages)

    @abstractmethod
    def check_example(self, example: Example) -> Look | None:
        """Read an example completely.

        Returns:
            How it looks, if it is a picture of which there may be copies; see `look_alikes`.

        Raises:
            InputError: it cannot be used.
        """

    def prepare(self, config: Any) -> None:  # noqa: B027  a task may need nothing
        """Fetch what `plan` will need, before the data is read and the devices are set up.

        Raises:
            BundleError: it cannot be had.
            ConfigurationError: the settings do not fit together.
        """

    @abstractmethod
    def plan(
        self, splits: Splits, config: Any, training: TrainingConfig, shard: Shard, say: Say
    ) -> TrainingPlan:
        """Build the network and plan its training; `say` shows a line to the user.

        Raises:
            ConfigurationError: data and settings do not fit together.
        """

    @abstractmethod
    def build_network(self, config: dict[str, Any]) -> keras.Model:
        """Rebuild a network, with random weights, from the config that a bundle holds."""

    def convert_published(self, published: Any, weights: Path) -> BuiltNetwork:
        """Make a network of what somebody else published.

        Args:
            published: of `zoo.get_published`.
            weights: of `zoo.get_weights`.

        Raises:
            BundleError: the file is damaged or of another network.
        """
        raise NotImplementedError(f"{self.name} has no published models in the zoo")

    @abstractmethod
    def example_input(self, source: str) -> tuple[str, bytes]:
        """Make the example of a bundle from an input: file suffix and content, small."""

    @abstractmethod
    def graphs(
        self, network: keras.Model, sources: Sequence[str], bundle: Bundle
    ) -> list[GraphExport]:
        """Name the graphs to export, each with real inputs to compare it on.

        Args:
            network: in float32.
            sources: inputs of the validation split.
            bundle: as sealed so far, for its preprocessing.
        """

    def calibrate(self, pipeline: Any, splits: Splits, seed: int, say: Say) -> Calibrated:
        """Learn from data how far the answers of a finished model can be trusted.

        Args:
            pipeline: of the bundle, which is complete but for this.
            splits: of the training.
            seed: of samples.
            say: shows a line to the user.
        """
        return Calibrated()

    @abstractmethod
    def evaluate(
        self, pipeline: Any, examples: Sequence[Example], batch_size: int | None
    ) -> Report:
        """Measure a loaded bundle on examples.

        Raises:
            ConfigurationError: the examples do not fit the bundle.
        """
