"""TensorFlow Datasets: written out once as files, then read like any other data set.

Training reads by index, in an order made from seed and position, and the record files of tfds can
only be read from their beginning.
"""

from __future__ import annotations

import importlib
import io
import logging
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dltasks.data.examples import SPLITS, split_name
from dltasks.data.exported import write_once
from dltasks.download import is_offline
from dltasks.extras import require
from pipelines.bundle.folder import home
from pipelines.errors import ConfigurationError

PART_MARK = "@"
MOST_RETRIES = 2  # of a download; they take a second. What is there already is kept.
RETRY_LOGGER = logging.getLogger("urllib3.connectionpool")


@dataclass(frozen=True)
class TfdsSource:
    """A data set of TensorFlow Datasets, or a part of it.

    Attributes:
        tfds: the package.
        builder: of the data set.
        name: as tfds knows it.
        part: in the words of tfds, such as "train[:80%]"; "" for all splits.
    """

    tfds: Any
    builder: Any
    name: str
    part: str

    @property
    def features(self) -> dict[str, Any]:
        """What a record holds: name -> kind."""
        return dict(self.builder.info.features or {})

    def splits(self) -> list[tuple[str, str]]:
        """Pair what tfds calls a split, such as "train_clean100", with what we do.

        Raises:
            ConfigurationError: there is no split to use, or no such part.
        """
        if self.part:
            return [(self._checked_part(), SPLITS[0])]
        known = list(self.builder.info.splits)
        pairs = [
            (split, split_name(split) or split_name(split.partition("_")[0])) for split in known
        ]
        if not any(ours for _, ours in pairs):
            raise self.error(
                f"has none of the splits {', '.join(SPLITS)} (it has: {', '.join(known)}); choose "
                "another data set"
            )
        return [(split, ours) for split, ours in pairs if ours]

    def records(self, split: str, **options: Any) -> Iterator[dict[str, Any]]:
        """Read the records of a split, or of a part, as numpy values."""
        return iter(self.tfds.as_numpy(self.builder.as_dataset(split=split, **options)))

    def write_once(self, kind: str, write: Callable[[Path], None]) -> Path:
        """Give the folder in the cache that `write` fills; it appears when it is complete.

        Args:
            kind: of the files, since a data set may be written in several ways.
            write: fills an empty folder.
        """
        name = self.builder.info.full_name
        if self.part:
            name += PART_MARK + as_file_name(self.part)
        return write_once(home() / kind / name, write)

    def error(self, message: str) -> ConfigurationError:
        """Make an error that names the data set."""
        return ConfigurationError(f"tfds:{self.name} {message}")

    def _checked_part(self) -> str:
        splits = self.builder.info.splits
        try:
            empty = splits[self.part].num_examples == 0
        except (KeyError, ValueError, AssertionError) as error:
            raise self.error(
                f"has no part {self.part!r} ({_reason(error)}); give one such as 'train[:80%]', "
                f"of a split that it has: {', '.join(splits)}"
            ) from None
        if empty:
            raise self.error(f"has no examples in part {self.part!r}; give a larger one")
        return self.part


def open_source(name: str) -> TfdsSource:
    """Open a data set, and download it where it is not there.

    Args:
        name: as tfds knows it, with config and version if wanted ("beans", "cifar10:3.0.2"); with
            a part of it if wanted ("beans@train[:80%]").

    Raises:
        ConfigurationError: it is unknown, or is not there and cannot be downloaded.
        MissingExtraError: tensorflow-datasets is not installed.
    """
    tfds = require("tensorflow_datasets", "reading a tfds: data set")
    name, _, part = name.partition(PART_MARK)
    return TfdsSource(tfds, _prepare(tfds, name), name, part)


def as_file_name(part: str) -> str:
    """Write brackets, colons and percent signs as numbers, so that no two parts share a name."""
    return re.sub(r"\W", lambda match: f"-{ord(match[0]):x}-", part)


def _prepare(tfds: Any, name: str) -> Any:
    try:
        builder = tfds.builder(name)
    except Exception as error:  # tfds raises many kinds for an unknown name
        raise ConfigurationError(f"tfds:{name} cannot be opened: {_reason(error)}") from None
    if Path(builder.data_dir).is_dir():
        return builder
    if is_offline():
        raise ConfigurationError(
            f"tfds:{name} is not in {builder.data_dir} and the network is switched off (--offline)"
        )
    try:
        with redirect_stdout(io.StringIO()), _impatient():  # standard output is for results
            builder.download_and_prepare()
    except Exception as error:
        raise ConfigurationError(
            f"tfds:{name} cannot be downloaded: {_reason(error)}; prepare it on a machine with a "
            f"network and copy it to {builder.data_dir}"
        ) from None
    return builder


@contextmanager
def _impatient() -> Iterator[None]:
    """Give up after seconds where there is no network; tfds tries for minutes, in many lines."""
    downloader: Any = importlib.import_module("tensorflow_datasets.core.download.downloader")
    bars: Any = importlib.import_module("tensorflow_datasets.core.utils.tqdm_utils")
    tries, level = downloader.MAX_RETRIES, RETRY_LOGGER.level
    downloader.MAX_RETRIES = MOST_RETRIES
    RETRY_LOGGER.setLevel(logging.ERROR)
    if not sys.stderr.isatty():
        bars.disable_progress_bar()
    try:
        yield
    finally:
        downloader.MAX_RETRIES = tries
        RETRY_LOGGER.setLevel(level)
        bars.enable_progress_bar()


def _reason(error: Exception) -> str:
    address = getattr(getattr(error, "request", None), "url", None)
    if address:  # of requests, whose message is that of each layer below it
        return f"{address.partition('://')[2].partition('/')[0]} does not answer"
    return str(error).strip().partition("\n")[0] or type(error).__name__
