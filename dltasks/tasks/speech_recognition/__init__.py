"""Speech recognition: transcribe recordings, and train on your own."""

from dltasks.tasks.speech_recognition.task import TASK

__all__ = ["TASK"]
