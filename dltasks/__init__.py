"""The toolkit: data, networks, training, evaluation, export and the command line."""

from pipelines import __version__

__all__ = ["__version__"]
