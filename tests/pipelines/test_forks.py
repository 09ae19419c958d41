"""A pipeline that was used before a fork answers after it, and the child ends."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from pipelines.catalogue import TASKS

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the system cannot fork")

MOST_SECONDS = 60
SCRIPT = """
import os, sys, warnings
warnings.simplefilter("ignore")  # Python 3.12 warns of forks beside threads
from pipelines import load
from pipelines.bundle.folder import BUILT_IN

pipeline = load(sys.argv[1], device="cpu")
source = next((pipeline.bundle.path / "example").glob("input.*")).read_bytes()
options = {"length": 5} if sys.argv[1] == "text-generation" else {}
before = [pipeline(source, **options), *pipeline.stream([source] * 2, **options)]
child = os.fork()
after = [pipeline(source, **options), *pipeline.stream([source] * 2, **options)]
assert after == before
if child:
    assert os.waitpid(child, 0)[1] == 0
    print("both ended")
# both end as Python does: with atexit, threads that are joined, and objects that are destroyed
"""


@pytest.mark.parametrize(
    "model", ["speech-digits-en", *(name for name in TASKS if name != "speech-recognition")]
)
def test_a_used_pipeline_answers_in_a_child(model: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, model],
        capture_output=True,
        text=True,
        timeout=MOST_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("both ended\n")
