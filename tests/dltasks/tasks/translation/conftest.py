"""The catalogue has the task, whether or not its built-in bundle is there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pipelines.catalogue import TASKS
from tests.copying import ENTRY


@pytest.fixture(autouse=True, scope="package")
def listed() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(TASKS, "translation", ENTRY)
        yield
