"""Generate text that continues a prompt, and score texts."""

from pipelines.text_generation.pipeline import (
    Generated,
    Options,
    Scored,
    TextGeneration,
    Written,
)

__all__ = ["Generated", "Options", "Scored", "TextGeneration", "Written"]
