"""The errors, and the exit code of each on the command line.

Every message is one line that names the thing, its value and the remedy.
"""

from __future__ import annotations


class DltasksError(Exception):
    """A failure with a message meant for the user, in place of a traceback."""

    exit_code = 1


class ConfigurationError(DltasksError):
    """A setting, an option or a file layout cannot be used as given."""

    exit_code = 2


class InputError(DltasksError):
    """One input cannot be read; others may be fine."""

    exit_code = 3


class MissingExtraError(DltasksError):
    """The command needs packages that the light installation leaves out."""

    exit_code = 4


class MissingDecoderError(InputError, MissingExtraError):
    """One input needs a package that is not installed; the others may be fine."""

    exit_code = 4


class BundleError(DltasksError):
    """A model is not available, damaged, foreign or too new."""

    exit_code = 5
