"""Families of networks of a task: each trains, rebuilds and exports its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Protocol, TypeVar

from dltasks.data.examples import Splits
from dltasks.data.feeding.sharding import Shard
from dltasks.tasks.base import Say, TrainingPlan
from dltasks.training.config import TrainingConfig
from pipelines.bundle.folder import Bundle, find
from pipelines.errors import BundleError

if TYPE_CHECKING:
    import keras

    from dltasks.export.graphs import GraphExport

Config = TypeVar("Config", contravariant=True)
Member = TypeVar("Member")


class Family(Protocol[Config]):
    """What a family of networks provides; see `Task`, whose members have the same names."""

    training_defaults: ClassVar[TrainingConfig]

    def prepare(self, config: Config, base: Bundle | None) -> None: ...

    def plan(
        self,
        splits: Splits,
        config: Config,
        training: TrainingConfig,
        shard: Shard,
        say: Say,
        base: Bundle | None,
    ) -> TrainingPlan: ...

    def build_network(self, config: dict[str, Any]) -> keras.Model: ...

    def graphs(
        self, network: keras.Model, sources: Sequence[str], bundle: Bundle
    ) -> list[GraphExport]: ...


@dataclass(frozen=True)
class Families(Generic[Member]):
    """The families of a task.

    Attributes:
        known: by name.
        own: the family of a network that names none.
        pulled: the family of all networks that can be pulled.
    """

    known: Mapping[str, Member]
    own: str
    pulled: str

    def of(self, config: Mapping[str, Any]) -> Member:
        """Give the family of a network by its config."""
        name = config.get("family")
        return self.known[name if isinstance(name, str) and name in self.known else self.own]

    def of_base(self, base: str | None) -> Member:
        """Give the family of a base, which may still have to be pulled."""
        if base is None:
            return self.known[self.own]
        try:
            return self.of(find(base).config)
        except BundleError:
            return self.known[self.pulled]
