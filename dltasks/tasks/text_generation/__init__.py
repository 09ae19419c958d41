"""Text generation: stacked LSTMs that predict the next symbol of a text."""

from dltasks.tasks.text_generation.task import TASK

__all__ = ["TASK"]
