"""Whole pages: where their lines are, which way up, in which order, and whose the ink is."""

from pipelines.handwriting.pages.cutting import FoundLine, FoundPage, find_lines, turn_upright

__all__ = ["FoundLine", "FoundPage", "find_lines", "turn_upright"]
