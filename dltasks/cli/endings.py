"""The format of a file of results, by its ending."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from pipelines.errors import ConfigurationError

# Endings of files, and the format that each promises.
ENDINGS = {
    ".json": "json",
    ".jsonl": "jsonl",
    ".csv": "csv",
    ".srt": "srt",
    ".vtt": "vtt",
    ".po": "po",
    ".tsv": "tsv",
    ".html": "html",
    ".docx": "docx",
    ".odt": "odt",
    ".pdf": "pdf",
}


def choose_format(
    given: str | None,
    output: Path | None,
    formats: Sequence[str],
    default: str,
    endings: Mapping[str, Sequence[str]] | None = None,
) -> str:
    """Choose the format: what is given, what the ending of the output promises, or the default.

    Args:
        given: the value of --format, or None.
        output: the file of -o, or None.
        formats: of the command.
        default: one of them.
        endings: of the command itself, and the formats that each may be.

    Raises:
        ConfigurationError: the ending promises another format, or one that the command lacks, or
            may be of several.
    """
    ending = output.suffix.lower() if output else ""
    usual = (ENDINGS[ending],) if ending in ENDINGS else ()
    promised = (endings or {}).get(ending, usual)
    named = " or ".join(promised)
    if promised and given and given not in promised:
        raise ConfigurationError(
            f"-o {str(output)!r} has the ending of {named}, but --format is {given}; change one"
        )
    if promised and not set(promised) & set(formats):
        raise ConfigurationError(
            f"-o {str(output)!r}: {named} is not a format of this command; use {', '.join(formats)}"
        )
    if len(promised) > 1 and not given:
        raise ConfigurationError(f"-o {str(output)!r} may be {named}; say which with --format")
    return given or next(iter(promised), default)
