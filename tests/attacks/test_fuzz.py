"""20,000 damaged files, over every reader of every format: success, or one of our errors."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.attacks.fuzz import READERS

COUNT = -(-20_000 // len(READERS))
SEED = 1


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="memory is limited in another way")
@pytest.mark.parametrize("reader", READERS)
def test_damaged_files_give_no_other_error(reader: str) -> None:
    """In a process of its own, which a fault below Python would end."""
    command = [sys.executable, "-W", "ignore", "-m", "tests.attacks.fuzz", reader]
    done = subprocess.run(
        [*command, str(COUNT), str(SEED)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout[-500:]}\n{done.stderr[-2000:]}"
