"""Transcribe recordings."""

from pipelines.options import CueOptions, TranscriptionOptions
from pipelines.speech_recognition.cues import Cue
from pipelines.speech_recognition.pipeline import SpeechRecognition
from pipelines.speech_recognition.transcription import Segment, SpokenWord, Transcription

__all__ = [
    "Cue",
    "CueOptions",
    "Segment",
    "SpeechRecognition",
    "SpokenWord",
    "Transcription",
    "TranscriptionOptions",
]
