"""Handwriting recognition: read lines of text, and learn from one's own."""

from dltasks.tasks.handwriting.task import TASK

__all__ = ["TASK"]
