"""The families of networks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from dltasks.data.examples import Splits
from dltasks.data.feeding.sharding import Shard
from dltasks.tasks.base import Say, TrainingPlan
from dltasks.tasks.handwriting.config import HandwritingConfig
from dltasks.tasks.handwriting.ctc_family import CtcTraining
from dltasks.tasks.handwriting.trocr_family import TrocrTraining
from dltasks.training.config import TrainingConfig
from pipelines.bundle.folder import Bundle, find
from pipelines.errors import BundleError

if TYPE_CHECKING:
    import keras

    from dltasks.export.graphs import GraphExport


class Family(Protocol):
    """What a family of networks provides; see `Task`, whose members have the same names."""

    training_defaults: ClassVar[TrainingConfig]

    def prepare(self, config: HandwritingConfig, base: Bundle | None) -> None: ...

    def plan(
        self,
        splits: Splits,
        config: HandwritingConfig,
        training: TrainingConfig,
        shard: Shard,
        say: Say,
        base: Bundle | None,
    ) -> TrainingPlan: ...

    def build_network(self, config: dict[str, Any]) -> keras.Model: ...

    def graphs(
        self, network: keras.Model, sources: Sequence[str], bundle: Bundle
    ) -> list[GraphExport]: ...


OWN_FAMILY = "ctc"  # of a network that says nothing of its family
PULLED_FAMILY = "trocr"  # of all readers that can be pulled
FAMILIES: dict[str, Family] = {OWN_FAMILY: CtcTraining(), PULLED_FAMILY: TrocrTraining()}


def family_of(config: dict[str, Any]) -> Family:
    """Give the family of a network by its config."""
    name = config.get("family")
    return FAMILIES[name if isinstance(name, str) and name in FAMILIES else OWN_FAMILY]


def family_named(base: str | None) -> Family:
    """Give the family of a base, which may still have to be pulled."""
    if base is None:
        return FAMILIES[OWN_FAMILY]
    try:
        return family_of(find(base).config)
    except BundleError:
        return FAMILIES[PULLED_FAMILY]
