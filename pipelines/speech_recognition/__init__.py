"""Transcribe recordings."""

from pipelines.speech_recognition.pipeline import SpeechRecognition
from pipelines.speech_recognition.transcription import (
    Segment,
    SpokenWord,
    Transcription,
    TranscriptionOptions,
)

__all__ = ["Segment", "SpeechRecognition", "SpokenWord", "Transcription", "TranscriptionOptions"]
