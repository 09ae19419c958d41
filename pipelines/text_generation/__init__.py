"""Generate text that continues a prompt, and score texts."""

from pipelines.options import GenerationOptions
from pipelines.text_generation.pipeline import Generated, Sample, Scored, TextGeneration

__all__ = ["Generated", "GenerationOptions", "Sample", "Scored", "TextGeneration"]
