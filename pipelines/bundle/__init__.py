"""The saved-model format: open a bundle, find one by name, verify it."""

from pipelines.bundle.folder import Bundle, find, installed, open_bundle

__all__ = ["Bundle", "find", "installed", "open_bundle"]
