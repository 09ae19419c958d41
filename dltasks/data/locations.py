"""Options of a location of data come after a question mark: `book.txt?encoding=cp1252`."""

from __future__ import annotations

import codecs
from collections.abc import Collection
from pathlib import Path

from dltasks.data.remote import is_remote
from pipelines.errors import ConfigurationError
from pipelines.settings import check_names


def take_options(location: str, known: Collection[str]) -> tuple[str, dict[str, str]]:
    """Take a location and its options apart; a file may have a question mark in its name.

    Args:
        location: such as "reviews.csv?column=review&encoding=cp1252".
        known: names of the options that there are.

    Raises:
        ConfigurationError: an option is unknown, or the encoding that it names.
    """
    name, mark, query = location.rpartition("?")
    if not mark or (not is_remote(location) and Path(location).exists()):
        return location, {}
    pairs = (part.partition("=") for part in query.split("&"))
    options = {key: value for key, _, value in pairs}
    check_names(options, known, required=(), where=f"data {location!r}")
    if options.get("encoding"):
        try:
            codecs.lookup(options["encoding"])
        except LookupError:
            raise ConfigurationError(
                f"data {location!r}: encoding {options['encoding']!r} is unknown; name one such as "
                "utf-8, cp1252 or latin-1"
            ) from None
    return name, options
