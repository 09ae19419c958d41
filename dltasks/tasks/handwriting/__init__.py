"""Handwriting recognition: read lines of text, and train on your own."""

from dltasks.tasks.handwriting.task import TASK

__all__ = ["TASK"]
