"""Speech recognition: say what was said in recordings, and learn from one's own."""

from dltasks.tasks.speech_recognition.task import TASK

__all__ = ["TASK"]
