"""Find where lines are with a network that looks at the whole page.

It tells for each second pixel whether it is in the core of a line: the band between the baseline
and the top of an "x", from the line's first letter to its last. The cores of two lines never touch,
so each connected core is a line. Lines may be turned by quarters; all of a page the same way.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from PIL import Image

from pipelines.bundle.folder import Bundle, find
from pipelines.catalogue import entry
from pipelines.handwriting.pages.tilting import STEEP, find_tilt
from pipelines.session import Graph, expect

TASK = "handwriting"
GRAPH_FILE = "lines.onnx"
CLASSES = 5  # no core; a core of a line that is turned to the left by 0, 1, 2, 3 quarters
STEP = 32  # pixels; both sides of the network's input are multiples
USUAL_SIDE = 1152  # pixels of the longer side, as the network sees a page
LARGEST_SIDE = 2304  # of pages of very small writing
SLENDER = 0.7  # the shorter over the longer side of a page; strips are more slender
SMALLEST_CORE = 3.0  # pixels of the network's output; lower cores are looked at larger
LARGEST_CORE = 14.0  # higher cores, which grow together, are looked at smaller
GOOD_CORE = 9.0
SMALLER = 0.5  # of the side, in one look: cores that grew together look higher than they are
FEW = 0.1  # of what is likely a core: where no more is sure, the writing may be too large
MOST = 0.8  # likewise; where less is sure of what was unsure before, it is no writing
MOST_LOOKS = 3
LIKELY = 0.5  # probability of a core
SURE = 0.75  # mean probability of a whole core; of texture it is lower
TURNS = (2.0, 1.0, 1.0, 1.0)  # pages stand upright more often than in each other way
DOUBTFUL = 0.02  # part of the cores that are the other way up
SHORTEST = 0.8  # of a core, in heights of the page's cores; shorter ones are specks
LOWEST = 0.3  # likewise
HIGHEST = 8.0  # likewise; higher ones are drawings, or notes that run up the margin
ALONG = 2.5  # heights: cores so near to each other, at one level, are of one line
ACROSS = 0.6


def load_finder(bundle: Bundle, *, device: str = "auto", threads: int = 1) -> Graph:
    """Load the network: that of a bundle, or of the built-in one where it brings none.

    Args:
        bundle: of the task handwriting.
        device: "auto", "cpu" or "gpu".
        threads: of one run.
    """
    holder = bundle if GRAPH_FILE in bundle.files else find(entry(TASK).default_bundle)
    origin = str(holder.path / GRAPH_FILE)
    return Graph(holder.read(GRAPH_FILE), origin=origin, device=device, threads=threads)


class Cores(NamedTuple):
    """The cores of a page.

    Attributes:
        numbers: int32 [height, width], 0 or the number of the line, from 1; upright.
        quarters: by which the page is turned to the left.
        is_sure: whether it cannot be the other way up.
        tilt: radians by which the lines fall to the right.
    """

    numbers: np.ndarray
    quarters: int
    is_sure: bool = True
    tilt: float = 0.0

    def turned_over(self) -> Cores:
        """Give the cores as they are if the page is the other way up."""
        over = np.ascontiguousarray(np.rot90(self.numbers, 2))
        return self._replace(numbers=over, quarters=(self.quarters + 2) % 4)


@dataclass
class _Core:
    """A connected core: its columns, and the middle and the height of its two ends."""

    label: int
    left: int
    right: int
    height: float
    first: float
    last: float


def find_cores(graph: Graph, grey: Image.Image) -> Cores:
    """Find the cores of the lines of a page.

    The network is used to writing of some sizes; larger or smaller writing is looked at again,
    but where lines are steep: there they have to be levelled first.

    Args:
        graph: the network.
        grey: mode "L".
    """
    side = min(fit_side(USUAL_SIDE, *grey.size), 2 * max(grey.size))
    was_few = False
    for _ in range(MOST_LOOKS):
        likely = _tell(graph, grey, side)
        cores, part = _find_sure(likely)
        better = _better_side(cores.numbers, part, side, grey.size)
        if better == side or (part >= FEW and abs(cores.tilt) > STEEP):
            break
        side, was_few = better, was_few or part < FEW
    if was_few and part < MOST:
        return Cores(np.zeros_like(cores.numbers), 0)
    return cores


def fit_side(usual: int, width: int, height: int) -> int:
    """Give the longer side of a picture that is `usual` for a page; a strip has as many pixels.

    A strip is not enlarged for that.
    """
    longer, shorter = max(width, height), min(width, height)
    slender = round(usual * math.sqrt(SLENDER * longer / shorter))
    return max(usual, min(slender, longer))


def _better_side(numbers: np.ndarray, part: float, side: int, size: tuple[int, int]) -> int:
    """Give the side at which the writing has the size that the network knows best."""
    if part < FEW:  # specks do not tell how large the writing is
        return round(side * SMALLER)
    usual = _usual_height(_measure(numbers))
    if 0 < usual < SMALLEST_CORE:
        return max(min(LARGEST_SIDE, max(size)), side)
    return round(side * max(GOOD_CORE / usual, SMALLER)) if usual > LARGEST_CORE else side


def _find_sure(likely: np.ndarray) -> tuple[Cores, float]:
    """Give the cores that are sure, and the part of what is likely that they are."""
    turned = likely[..., 1:].sum(axis=(0, 1)) * TURNS
    quarters = int(turned.argmax())
    upright = np.rot90(1 - likely[..., 0], -quarters)
    over = turned[(quarters + 2) % 4] / max(turned.sum(), 1e-9)
    sure = _label_sure(upright)
    count = int((upright > LIKELY).sum())
    part = np.count_nonzero(sure) / count if count else 1.0
    tilt = find_tilt(sure > 0)
    return Cores(_join(sure), quarters, bool(over < DOUBTFUL), tilt), part


def _tell(graph: Graph, grey: Image.Image, side: int) -> np.ndarray:
    """Give the probability of each class: float32 [height / 2, width / 2, CLASSES]."""
    scale = side / max(grey.size)
    size = (max(round(grey.width * scale), 2), max(round(grey.height * scale), 2))
    picture = np.asarray(grey.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0))
    missing = [(0, -length % STEP) for length in picture.shape]
    padded = np.pad(picture, missing, mode="edge")
    shape = (1, padded.shape[0] // 2, padded.shape[1] // 2, CLASSES)
    (logits,) = expect(graph.run(page=padded[None]), shape)
    logits = logits[0, : -(-size[1] // 2), : -(-size[0] // 2)]
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


def _label_sure(likely: np.ndarray) -> np.ndarray:
    """Number the connected cores that are sure, by the probability of each pixel."""
    from scipy import ndimage

    labels, count = ndimage.label(likely > LIKELY, structure=np.ones((3, 3)))
    means = ndimage.mean(likely, labels, np.arange(1, count + 1))
    return np.asarray(labels * np.concatenate([[False], means > SURE])[labels])


def _measure(labels: np.ndarray) -> list[_Core]:
    """Measure each connected core, from the left to the right."""
    from scipy import ndimage

    found = []
    for label, place in enumerate(ndimage.find_objects(labels), start=1):
        if place is None:
            continue
        is_core = labels[place] == label
        counts = is_core.sum(axis=0)
        rows = np.arange(is_core.shape[0])[:, None] + place[0].start
        middles = (is_core * rows).sum(axis=0) / np.maximum(counts, 1)
        height = float(np.median(counts[counts > 0]))
        end = max(min(round(2 * height), len(counts)), 1)
        columns = (place[1].start, place[1].stop)
        ends = (float(middles[:end].mean()), float(middles[-end:].mean()))
        found.append(_Core(label, *columns, height, *ends))
    return sorted(found, key=lambda core: core.left)


def _join(labels: np.ndarray) -> np.ndarray:
    """Leave specks out, and give the parts of a line one number."""
    cores = _measure(labels)
    usual = _usual_height(cores)
    kept = [core for core in cores if _is_line(core, usual)]
    numbers = np.zeros(int(labels.max(initial=0)) + 1, np.int32)
    lines: list[_Core] = []  # each as far as it is known, with the end of its last part
    for core in kept:
        before = [line for line in lines if _goes_on(line, core)]
        if before:
            line = min(before, key=lambda item: abs(item.last - core.first))
            numbers[core.label] = numbers[line.label]
            line.right, line.last = core.right, core.last
        else:
            lines.append(core)
            numbers[core.label] = len(lines)
    return np.asarray(numbers[labels])


def _usual_height(cores: list[_Core]) -> float:
    """Give the height that most of the cores' length has, or 0 where there are none."""
    ordered = sorted(cores, key=lambda core: core.height)
    lengths = np.cumsum([core.right - core.left for core in ordered])
    return ordered[int(np.searchsorted(lengths, lengths[-1] / 2))].height if ordered else 0.0


def _is_line(core: _Core, usual: float) -> bool:
    is_long = core.right - core.left >= SHORTEST * usual
    return is_long and LOWEST * usual <= core.height <= HIGHEST * usual


def _goes_on(line: _Core, core: _Core) -> bool:
    """Tell whether a core goes on where a line ends."""
    height = max(line.height, core.height)
    gap = core.left - line.right
    return -height < gap < ALONG * height and abs(core.first - line.last) < ACROSS * height
