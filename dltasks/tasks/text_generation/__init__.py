"""Text generation: stacked LSTMs that say what comes next in a text."""

from dltasks.tasks.text_generation.task import TASK

__all__ = ["TASK"]
