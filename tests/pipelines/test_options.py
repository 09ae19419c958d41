"""Run-time options: the same in the call, the stream and the command, checked in one place."""

from __future__ import annotations

import importlib
import inspect
import math
from collections.abc import Iterator
from dataclasses import Field, fields
from typing import Any, get_args, get_type_hints

import numpy as np
import pytest

from dltasks.cli import cli
from pipelines import catalogue
from pipelines.catalogue import TASKS
from pipelines.errors import ConfigurationError
from pipelines.options import ReadingOptions, TranscriptionOptions, TranslationOptions
from pipelines.settings import Settings, is_tuple

WITH_A_FILE = {"glossary", "layout"}  # which the command line takes a file for


def pipeline_class(task: str) -> Any:
    module = importlib.import_module(f"pipelines.{catalogue.module_name(task)}")
    return getattr(module, TASKS[task].pipeline_class)


def options_of(task: str) -> type[Settings]:
    return pipeline_class(task).options_class


def numbers(task: str) -> Iterator[tuple[Field, bool]]:
    for item in fields(options_of(task)):
        if item.metadata["minimum"] is not None or item.metadata["maximum"] is not None:
            yield item, is_tuple(get_type_hints(options_of(task))[item.name])


ALL_NUMBERS = [(task, *found) for task in TASKS for found in numbers(task)]


@pytest.mark.parametrize("task", list(TASKS))
def test_call_and_stream_take_the_declared_keywords_with_their_defaults(task: str) -> None:
    declared = options_of(task)
    for method in (pipeline_class(task).__call__, pipeline_class(task).stream):
        found = inspect.signature(method).parameters
        for item in fields(declared):
            assert found[item.name].default == item.default
            assert item.metadata["help"] in method.__doc__


@pytest.mark.parametrize("task", list(TASKS))
def test_the_command_has_an_option_for_each_with_the_same_default(task: str) -> None:
    command = cli.commands[TASKS[task].command]
    of_command = {param.name: param for param in command.params}
    for item in fields(options_of(task)):
        param: Any = of_command[item.name]
        if item.name not in WITH_A_FILE:
            assert param.help == item.metadata["help"]
        if item.name != "glossary":
            assert param.default in (item.default, None, ())
            assert param.default == item.default or param.multiple


@pytest.mark.parametrize(("task", "item", "several"), ALL_NUMBERS)
def test_what_is_out_of_range_is_refused_by_name(task: str, item: Field, several: bool) -> None:
    wrong: list[Any] = [math.nan, math.inf, -math.inf, "much", True]
    if item.metadata["minimum"] is not None:
        wrong.append(item.metadata["minimum"] - 1)
    if item.metadata["maximum"] is not None:
        wrong.append(item.metadata["maximum"] + 1)
    for value in wrong:
        with pytest.raises(ConfigurationError, match=f"^{item.name} "):
            options_of(task)(**{item.name: [value] if several else value})


@pytest.mark.parametrize("kind", [ReadingOptions, TranslationOptions])
def test_no_more_texts_are_returned_than_searched_among(kind: Any) -> None:
    assert kind(n_best=3).beams is None
    with pytest.raises(ConfigurationError, match="n_best 3 is greater than beams 2"):
        kind(beams=2, n_best=3)


def test_a_list_or_a_single_text_will_do_for_several() -> None:
    assert TranscriptionOptions(temperatures=[0, 1]).temperatures == (0, 1)  # type: ignore[arg-type]
    assert type(ReadingOptions(n_best=np.int64(2)).n_best) is int  # type: ignore[arg-type]
    assert TranscriptionOptions(temperatures=1).temperatures == (1,)  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match="give one or more"):
        TranscriptionOptions(temperatures=())
    with pytest.raises(ConfigurationError, match="temperatures None is not a list of a number"):
        TranscriptionOptions(temperatures=None)  # type: ignore[arg-type]


def test_every_choice_is_listed() -> None:
    (layout,) = (item for item in fields(ReadingOptions) if item.name == "layout")
    for choice in get_args(get_type_hints(ReadingOptions)["layout"]):
        assert f"{choice}:" in layout.metadata["help"]
    with pytest.raises(ConfigurationError, match="layout 'both' is not one of auto, line, page"):
        ReadingOptions(layout="both")  # type: ignore[arg-type]
