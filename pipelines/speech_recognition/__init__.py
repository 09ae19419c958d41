"""Transcribe recordings."""

from pipelines.options import TranscriptionOptions
from pipelines.speech_recognition.pipeline import SpeechRecognition
from pipelines.speech_recognition.transcription import Segment, SpokenWord, Transcription

__all__ = ["Segment", "SpeechRecognition", "SpokenWord", "Transcription", "TranscriptionOptions"]
