"""Translation: an encoder, and a decoder of LSTMs with attention, for a pair of languages."""

from dltasks.tasks.translation.task import TASK

__all__ = ["TASK"]
