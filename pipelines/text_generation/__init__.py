"""Generate text that continues a prompt, and score texts."""

from pipelines.options import GenerationOptions
from pipelines.text_generation.pipeline import TextGeneration
from pipelines.text_generation.prompts import NumberedPrompt
from pipelines.text_generation.results import Generated, Sample, Scored

__all__ = ["Generated", "GenerationOptions", "NumberedPrompt", "Sample", "Scored", "TextGeneration"]
