"""No package that we ask for may be of a version with a hole that is known."""

from __future__ import annotations

import configparser
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

SETUP = Path(__file__).parents[2] / "setup.cfg"
REQUIREMENT = re.compile(r"([\w.-]+)(?:\[[\w,]+\])?(?:>=([\d.]+))?(?:,<[\d.]+)?")
# The first sound version, and what it mends. Raise one here when an advisory comes out; the bound
# in setup.cfg then has to follow.
SOUND = {
    "filelock": ("3.20.3", "CVE-2025-68146 and CVE-2026-22701, links in the place of a lock"),
    "keras": ("3.15.1", "CVE-2026-1462 and CVE-2026-12481, code in archives"),
    "onnx": ("1.21.0", "CVE-2026-27489, -34446 and -34447, files outside the model's folder"),
    "onnxruntime": ("1.24.1", "external data at absolute paths"),
    "pillow": ("12.3.0", "writes outside of buffers, and small files of huge pictures"),
    "scikit-learn": ("1.5", "CVE-2024-5206, training data in a fitted vectoriser"),
    "sentencepiece": ("0.2.1", "CVE-2026-1260, memory of a crafted model"),
}


def requirements() -> Iterator[tuple[str, str | None]]:
    """Yield name and lowest version of every package of setup.cfg."""
    parser = configparser.ConfigParser()
    parser.read(SETUP, encoding="utf-8")
    lists = [parser["options"]["install_requires"], *parser["options.extras_require"].values()]
    for line in "\n".join(lists).splitlines():
        if line.strip() and not line.startswith("#"):
            found = REQUIREMENT.fullmatch(line.strip())
            assert found, line
            yield found[1], found[2]


BOUNDS = {name: bound for name, bound in requirements() if name != "dltasks"}


def numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


@pytest.mark.parametrize("name", BOUNDS)
def test_every_package_has_a_lowest_version(name: str) -> None:
    assert BOUNDS[name]


@pytest.mark.parametrize("name", SOUND)
def test_the_lowest_version_is_sound(name: str) -> None:
    bound = BOUNDS[name]
    assert bound
    assert numbers(bound) >= numbers(SOUND[name][0]), SOUND[name][1]
