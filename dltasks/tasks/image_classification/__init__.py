"""Image classification: fine-tune a pretrained backbone on your own photographs."""

from dltasks.tasks.image_classification.task import TASK

__all__ = ["TASK"]
