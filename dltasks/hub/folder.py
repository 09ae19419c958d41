"""Read the files of a published model from its folder."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from dltasks.hub.models import REVISION_FILE
from pipelines.bundle.reading import read_regular
from pipelines.errors import BundleError

CONFIG_FILE = "config.json"
CARD_FILE = "README.md"


def read_file(path: Path) -> bytes:
    """Read a file.

    Raises:
        BundleError: it cannot be read.
    """
    try:
        return read_regular(path)
    except OSError as error:
        raise BundleError(
            f"{path}: cannot be read ({error.strerror}); get the file again"
        ) from None


def read_json(path: Path) -> Any:
    """Read a JSON file.

    Raises:
        BundleError: it cannot be read, or is none.
    """
    try:
        return json.loads(read_file(path))
    except (ValueError, RecursionError) as error:
        reason = str(error).partition("\n")[0]
        raise BundleError(f"{path}: not JSON ({reason}); get the file again") from None


def read_revision(folder: Path) -> str:
    """Say which revision a download is of; nothing of files that the user brought."""
    file = folder / REVISION_FILE
    if not file.is_file():
        return ""
    return f", revision {read_file(file).decode(errors='replace').strip()[:40]}"


def read_card(folder: Path) -> str:
    """Give the model's card; "" where there is none."""
    card = folder / CARD_FILE
    return read_file(card).decode("utf-8", "replace") if card.is_file() else ""


def licence_of(card: str) -> str:
    """Give the licence that a card states; "" where it states none."""
    found = re.search(r"^license:\s*['\"]?([\w.+-]+)", card, re.MULTILINE)
    return found[1] if found else ""
