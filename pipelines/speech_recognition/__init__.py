"""Transcribe recordings."""

from pipelines.speech_recognition.pipeline import SpeechRecognition
from pipelines.speech_recognition.transcription import (
    Segment,
    Transcription,
    TranscriptionOptions,
    Word,
)

__all__ = ["Segment", "SpeechRecognition", "Transcription", "TranscriptionOptions", "Word"]
