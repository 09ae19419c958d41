"""The toolkit: data, networks, training, evaluation, export and the command line."""

__version__ = "0.1.0"
