"""Translation: data, training, export and evaluation."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dltasks.data.examples import Example, Languages, Splits, take_groups
from dltasks.data.feeding.sharding import Shard
from dltasks.data.pairs import check_pair, read_pairs
from dltasks.evaluation.translation import (
    Direction,
    TranslationReport,
    group_references,
    measure,
)
from dltasks.tasks.base import BuiltNetwork, Say, Task, TrainingPlan
from dltasks.tasks.bases import find_base
from dltasks.tasks.families import Families
from dltasks.tasks.translation.config import TranslationConfig
from dltasks.tasks.translation.marian_family import MarianTraining
from dltasks.tasks.translation.translator_family import TranslatorTraining
from dltasks.training.config import TrainingConfig
from pipelines.base import Failure
from pipelines.bundle.folder import Bundle
from pipelines.translation.pipeline import Translation

if TYPE_CHECKING:
    import keras

    from dltasks.export.graphs import GraphExport
    from dltasks.hub.opus_mt import PublishedTranslator


FAMILIES: Families[TranslatorTraining | MarianTraining] = Families(
    {"translator": TranslatorTraining(), "marian": MarianTraining()},
    own="translator",
    pulled="marian",
)


class TranslationTask(Task):
    """Translate sentences."""

    name = "translation"
    config_class = TranslationConfig
    training_defaults = FAMILIES.of_base(None).training_defaults
    suffixes = frozenset()
    half_precision = True
    take_validation = staticmethod(take_groups)

    def defaults_for(self, config: TranslationConfig) -> TrainingConfig:
        return FAMILIES.of_base(config.base).training_defaults

    def passed_over(self, location: str, examples: Sequence[Example]) -> list[str]:
        return []  # of a folder, texts are read by their names, and other names are refused

    def read_examples(self, location: str) -> list[Example]:
        return read_pairs(location)

    def content(self, example: Example) -> bytes:
        return f"{example.source}\t{example.target}".encode(errors="surrogatepass")

    def categories(self, example: Example) -> Sequence[str]:
        return ("",)

    def place(self, example: Example) -> str:
        return example.origin

    def languages(self, config: TranslationConfig) -> Languages | None:
        base = find_base(config.base, self.name)
        return FAMILIES.of(base.config if base else {}).languages(config, base)

    def check_example(self, example: Example) -> None:
        check_pair(example)

    def prepare(self, config: TranslationConfig) -> None:
        base = find_base(config.base, self.name)
        FAMILIES.of(base.config if base else {}).prepare(config, base)

    def plan(
        self,
        splits: Splits,
        config: TranslationConfig,
        training: TrainingConfig,
        shard: Shard,
        say: Say,
    ) -> TrainingPlan:
        base = find_base(config.base, self.name)
        family = FAMILIES.of(base.config if base else {})
        return family.plan(splits, config, training, shard, say, base)

    def build_network(self, config: dict[str, Any]) -> keras.Model:
        return FAMILIES.of(config).build_network(config)

    def convert_published(self, published: PublishedTranslator, weights: Path) -> BuiltNetwork:
        from dltasks.tasks.translation.marian_published import convert

        return convert(published, weights)

    def example_input(self, source: str) -> tuple[str, bytes]:
        return ".txt", source.encode()

    def graphs(
        self, network: keras.Model, sources: Sequence[str], bundle: Bundle
    ) -> list[GraphExport]:
        return FAMILIES.of(bundle.config).graphs(network, sources, bundle)

    def evaluate(
        self, pipeline: Translation, examples: Sequence[Example], batch_size: int | None
    ) -> TranslationReport:
        first = (pipeline.source, pipeline.target)
        back = (pipeline.target, pipeline.source)
        directions = [
            self._measure(pipeline.between(*pair), examples, batch_size, turned=pair != first)
            for pair in (first, back)
            if pair in pipeline.directions
        ]
        return TranslationReport(tuple(directions))

    def _measure(
        self,
        pipeline: Translation,
        examples: Sequence[Example],
        batch_size: int | None,
        *,
        turned: bool,
    ) -> Direction:
        """Translate every source sentence once, and compare with all its translations."""
        references = group_references(examples, turned=turned)
        started = time.monotonic()
        results = pipeline.stream(list(references), batch_size=batch_size, on_error="return")
        said = [None if isinstance(item, Failure) else item.text for item in results]
        return measure(
            f"{pipeline.source}-{pipeline.target}",
            list(references),
            said,
            list(references.values()),
            seconds=time.monotonic() - started,
        )


TASK = TranslationTask()
