"""The features of images in a file, with the names of the images beside it."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from dltasks.cli.output import WRITERS, Record, ResultLayout, ResultWriter, check_output
from dltasks.durable import write_file
from pipelines.errors import ConfigurationError

if TYPE_CHECKING:
    import numpy as np

SUFFIX, NAMES_SUFFIX = ".npy", ".json"
FLAG = "--embeddings"


def check_embeddings(path: Path, output: Path | None, read: Iterable[Any]) -> None:
    """Refuse places where the two files cannot be written.

    Args:
        path: of the .npy file.
        output: where the results go, or None.
        read: the inputs and the files that name them, and what else is written.

    Raises:
        ConfigurationError: names the first such place.
    """
    if path.suffix.lower() != SUFFIX:
        raise ConfigurationError(f"{FLAG} {str(path)!r} must end in {SUFFIX}")
    read = list(read)
    for file in (path, path.with_suffix(NAMES_SUFFIX)):
        if output and file.absolute() == output.absolute():
            raise ConfigurationError(f"{FLAG} and -o are both {str(file)!r}")
        check_output(file, read, FLAG)


class EmbeddingsWriter(ResultWriter):
    """Writes results as another writer does, and the features of their images to two files.

    Args:
        path: of the .npy file.
        output_format: of the results; one of `output.WRITERS`.
        say: shows a line to the user.
        file: that the results go to.
        layout: of the results.
    """

    def __init__(
        self,
        path: Path,
        output_format: str,
        say: Callable[[str], None],
        file: IO[str],
        layout: ResultLayout,
    ) -> None:
        super().__init__(file, layout)
        self.path = path
        self._say = say
        self._results = WRITERS[output_format](file, layout)
        self._model = ""
        self._rows: list[np.ndarray] = []
        self._names: list[str] = []

    def begin(self) -> None:
        self._results.begin()

    def write(self, record: Record) -> None:
        self._results.write(record)
        if record.answer is not None:
            self._model = record.model
            self._rows.append(record.answer.features)
            self._names.append(record.name)

    def end(self) -> None:
        """Write both files, unless there is not one row.

        Raises:
            ConfigurationError: a file cannot be written.
        """
        import numpy as np

        self._results.end()
        if not self._rows:
            self._say(f"{self.path} is not written: no image could be read")
            return
        table, file = np.stack(self._rows), io.BytesIO()
        np.save(file, table)
        names = json.dumps(
            {"model": self._model, "inputs": self._names}, ensure_ascii=False, indent=2
        )
        names_path = self.path.with_suffix(NAMES_SUFFIX)
        try:
            write_file(self.path, file.getvalue())
            write_file(names_path, names + "\n")
        except OSError as error:
            raise ConfigurationError(
                f"{FLAG} {str(self.path)!r} cannot be written: {error.strerror or error}; choose "
                "another file"
            ) from None
        rows, columns = table.shape
        self._say(f"{self.path}: {rows} x {columns} numbers; {names_path}: what each row is of")
