"""Handwriting recognition: data, training, export and evaluation."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from textwrap import shorten
from typing import TYPE_CHECKING, Any

from PIL import Image

from dltasks.data.examples import Example, Splits, take_groups
from dltasks.data.feeding.sharding import Shard
from dltasks.data.folders import OTHER_KINDS, list_folder, name_files
from dltasks.data.page_xml import find_page_files, is_cut, problem_of, read_pages
from dltasks.data.remote import data_path, readable
from dltasks.data.tables import TFDS_PREFIX
from dltasks.data.tfds.images import export_lines
from dltasks.data.transcripts import MANIFEST_NAMES, read_transcripts
from dltasks.evaluation.transcripts import Transcript, TranscriptReport, measure_transcripts
from dltasks.tasks.base import BuiltNetwork, Say, Task, TrainingPlan
from dltasks.tasks.bases import find_base
from dltasks.tasks.evaluate import answer
from dltasks.tasks.families import Families, Family
from dltasks.tasks.handwriting.config import LINE_HEIGHT, HandwritingConfig
from dltasks.tasks.handwriting.ctc_family import CtcTraining
from dltasks.tasks.handwriting.pictures import draw_lines
from dltasks.tasks.handwriting.trocr_family import TrocrTraining
from dltasks.training.config import TrainingConfig
from pipelines.bundle.folder import Bundle
from pipelines.ctc.decoding import frames_needed
from pipelines.errors import InputError
from pipelines.handwriting.lines import WIDTH_STEP, LinePreprocessing, read_line
from pipelines.handwriting.pipeline import HandwritingRecognition
from pipelines.images import SUFFIXES

if TYPE_CHECKING:
    import keras

    from dltasks.export.graphs import GraphExport
    from dltasks.hub.trocr import PublishedReader


TEXT_SHOWN = 60  # characters of a text in a message


FAMILIES: Families[Family[HandwritingConfig]] = Families(
    {"ctc": CtcTraining(), "trocr": TrocrTraining()}, own="ctc", pulled="trocr"
)


class HandwritingTask(Task):
    """Read handwriting."""

    name = "handwriting"
    config_class = HandwritingConfig
    training_defaults = FAMILIES.of_base(None).training_defaults
    suffixes = SUFFIXES
    tables = MANIFEST_NAMES
    half_precision = True
    take_validation = staticmethod(take_groups)

    def defaults_for(self, config: HandwritingConfig) -> TrainingConfig:
        return FAMILIES.of_base(config.base).training_defaults

    def read_examples(self, location: str) -> list[Example]:
        if location.startswith(TFDS_PREFIX):
            location = str(export_lines(location.removeprefix(TFDS_PREFIX)))
        place = data_path(location)
        pages = find_page_files(place) if isinstance(place, Path) else []
        return read_pages(pages) if pages else read_transcripts(location, self.suffixes)

    def passed_over(self, location: str, examples: Sequence[Example]) -> list[str]:
        place = data_path(location)
        if not isinstance(place, Path) or not find_page_files(place):
            return super().passed_over(location, examples)
        # XML files name the pictures that they are about, and lines are cut out of those.
        if not place.is_dir():
            return []
        listing = list_folder(place, self.suffixes | {".xml"})
        line = name_files(listing.others, place, OTHER_KINDS)
        return [*([f"{place}: {line}"] if line else []), *listing.say_left_out(place)]

    def categories(self, example: Example) -> Sequence[str]:
        return (example.group,)

    def place(self, example: Example) -> str:
        return example.origin if is_cut(example.source) else example.source

    def check_example(self, example: Example) -> None:
        place = self.place(example)
        if problem := problem_of(example.source):
            raise InputError(f"{place}: {problem}")
        line = read_line(readable(example.source), LinePreprocessing(LINE_HEIGHT))
        if not example.target:
            raise InputError(f"{place}: no text in {example.origin}")
        frames = line.shape[1] // WIDTH_STEP
        needed = frames_needed(example.target)
        if frames < needed:
            shown = shorten(example.target, TEXT_SHOWN, placeholder=" ...")
            raise InputError(
                f"{place}: {frames} frames are too few for the {len(example.target)} characters of "
                f"{shown!r}; the line was cut too narrow"
            )

    def prepare(self, config: HandwritingConfig) -> None:
        base = find_base(config.base, self.name)
        FAMILIES.of(base.config if base else {}).prepare(config, base)

    def plan(
        self,
        splits: Splits,
        config: HandwritingConfig,
        training: TrainingConfig,
        shard: Shard,
        say: Say,
    ) -> TrainingPlan:
        base = find_base(config.base, self.name)
        family = FAMILIES.of(base.config if base else {})
        return family.plan(splits, config, training, shard, say, base)

    def build_network(self, config: dict[str, Any]) -> keras.Model:
        return FAMILIES.of(config).build_network(config)

    def convert_published(self, published: PublishedReader, weights: Path) -> BuiltNetwork:
        from dltasks.tasks.handwriting.trocr_published import convert

        return convert(published, weights)

    def example_input(self, source: str) -> tuple[str, bytes]:
        file = io.BytesIO()
        line = read_line(readable(source), LinePreprocessing(LINE_HEIGHT))
        Image.fromarray(255 - line).save(file, "PNG")
        return ".png", file.getvalue()

    def graphs(
        self, network: keras.Model, sources: Sequence[str], bundle: Bundle
    ) -> list[GraphExport]:
        return FAMILIES.of(bundle.config).graphs(network, sources, bundle)

    def evaluate(
        self, pipeline: HandwritingRecognition, examples: Sequence[Example], batch_size: int | None
    ) -> TranscriptReport:
        answers = answer(pipeline, examples, batch_size, layout="line")
        transcripts = [
            Transcript(
                example.source, example.target, result.text, example.group, self.place(example)
            )
            for example, result in answers.pairs
        ]
        return measure_transcripts(
            transcripts, seconds=answers.seconds, skipped=answers.skipped, draw=draw_lines
        )


TASK = HandwritingTask()
