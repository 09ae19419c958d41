"""The tasks: for each its configuration, network, loss, metrics and augmentation."""

from __future__ import annotations

import importlib

from dltasks.tasks.base import Task
from pipelines import catalogue


def get_task(name: str) -> Task:
    """Give the toolkit's side of a task.

    Raises:
        ConfigurationError: there is no such task.
    """
    catalogue.entry(name)
    module = importlib.import_module(f"dltasks.tasks.{catalogue.module_name(name)}")
    task: Task = module.TASK
    return task
