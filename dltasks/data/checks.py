"""Read every example once and report problems before training starts."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import Any, Literal, NamedTuple, Protocol, get_args

from dltasks.data.examples import Example, Languages
from dltasks.data.look_alikes import Look, find_copies
from dltasks.data.remarks import Remark
from pipelines.doubts import keep_doubts
from pipelines.errors import InputError, MissingDecoderError, MissingExtraError
from pipelines.session import available_cores, map_in_order
from pipelines.settings import is_unicode

BadKind = Literal[
    "missing", "empty", "unreadable", "truncated", "damaged", "unsuitable", "not installed"
]
Kind = BadKind | Literal["duplicate", "leak", "alike", "large", "suspicious", "incomplete"]
BAD_KINDS = frozenset(get_args(BadKind))
LARGE_FILE_BYTES = 50 << 20  # a photograph of 50 MiB is more likely a mistake than a photograph


class Reader(Protocol):
    """What checking asks of a task."""

    def content(self, example: Example) -> bytes:
        """Give the bytes by which two examples are the same."""

    def check_example(self, example: Example) -> Look | None:
        """Read an example completely; raises InputError where it cannot be used.

        Returns:
            How it looks, if it is a picture of which there may be copies.
        """

    def categories(self, example: Example) -> Sequence[str]:
        """Name what examples are counted by."""

    def place(self, example: Example) -> str:
        """Say where an example is: its file, or its line in one."""

    def review(
        self,
        location: str,
        examples: Sequence[Example],
        used: Sequence[Example],
        languages: Languages | None,
    ) -> Sequence[Remark]:
        """Say what is wrong with a data set as a whole."""


NOT_UTF_8 = "its class or folder is not named in UTF-8; rename it"


class UnsuitableError(InputError):
    """An example that can be read, but that training is better without."""


class SuspiciousError(InputError):
    """An example that training uses, but that a person should look at."""


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with one example."""

    kind: Kind
    example: Example
    message: str
    place: str

    @property
    def is_bad(self) -> bool:
        """Whether training cannot use the example."""
        return self.kind in BAD_KINDS

    @property
    def is_used(self) -> bool:
        """Whether training sees the example.

        A duplicate is left out where splits are still to be drawn: its twin could come to lie in
        another one.
        """
        return not self.is_bad and not (self.kind == "duplicate" and not self.example.split)


@dataclass(frozen=True)
class CheckReport:
    """The contents and problems of a data set.

    Attributes:
        counts: split -> category (class, writer, ...) -> number of examples; the split is ""
            where none is named.
        findings: what is wrong with examples, in their order.
        remarks: what is wrong with the data set as a whole.
        sizes: split -> number of examples.
        fingerprint: digest of all contents, classes and splits, whatever their order and place.
    """

    counts: dict[str, dict[str, int]]
    findings: tuple[Finding, ...]
    fingerprint: str
    sizes: dict[str, int]
    remarks: tuple[Remark, ...] = ()

    @property
    def bad(self) -> tuple[Finding, ...]:
        """The findings that make an example unusable."""
        return tuple(finding for finding in self.findings if finding.is_bad)

    @property
    def is_bad(self) -> bool:
        """Whether an example cannot be used, or the data set as a whole cannot."""
        return bool(self.bad) or any(remark.is_fatal for remark in self.remarks)

    @property
    def exit_code(self) -> int:
        """The exit code of a command that reports it: 0, 3, or 4 where a package is missing."""
        if any(finding.kind == "not installed" for finding in self.bad):
            return MissingDecoderError.exit_code
        return InputError.exit_code if self.is_bad else 0

    def to_dict(self) -> dict[str, Any]:
        """Give the report as plain values."""
        return {
            "fingerprint": self.fingerprint,
            "counts": self.counts,
            "findings": [
                {"kind": item.kind, "file": item.place, "message": item.message}
                for item in self.findings
            ],
            "remarks": [{"fatal": item.is_fatal, "message": item.message} for item in self.remarks],
        }

    def to_text(self) -> str:
        """Give the report to read."""
        lines = []
        for split, categories in self.counts.items():
            lines.append(f"{split or 'all'}: {self.sizes[split]} examples")
            lines += [f"  {count:7d}  {name}" for name, count in categories.items() if name]
        kinds = Counter(finding.kind for finding in self.findings)
        lines += [f"{kind}: {count}" for kind, count in kinds.most_common()]
        lines += [f"  {item.place}: {item.kind}, {item.message}" for item in self.findings]
        for remark in self.remarks:
            lines.append(f"{'error' if remark.is_fatal else 'warning'}: {remark.message}")
        has_problems = self.findings or self.remarks
        return "\n".join(lines if has_problems else [*lines, "no problems found"])


def check(
    examples: Sequence[Example],
    reader: Reader,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
    languages: Languages | None = None,
    location: str = "",
) -> CheckReport:
    """Read and decode every example on all cores.

    Args:
        examples: of all splits.
        reader: the task they are for.
        on_progress: called with examples done and examples in all.
        languages: of source and target, if there are such sides and the user names them.
        location: of the data set, whose folders are looked at, too.
    """
    findings: dict[int, Finding] = {}
    looks: list[Look | None] = []
    first_with: dict[str, Example] = {}
    prints: list[str] = []

    def inspect(example: Example) -> _Inspected:
        return _inspect(example, reader)

    for index, (example, (finding, digest, look)) in enumerate(
        zip(examples, map_in_order(inspect, examples, workers=available_cores()), strict=True)
    ):
        prints.append(f"{digest} {example.target} {example.split}")
        twin = first_with.setdefault(digest, example) if digest else example
        looks.append(look if twin is example else None)
        if finding:
            findings[index] = finding
        elif twin is not example:
            findings[index] = _describe_twin(example, twin, reader)
        on_progress(index + 1, len(examples))
    for index, other in find_copies(looks, [example.split for example in examples]):
        findings.setdefault(index, _describe_copy(examples[index], examples[other], reader))
    fingerprint = hashlib.sha256(
        "\n".join(sorted(prints)).encode("utf-8", "surrogatepass")
    ).hexdigest()
    in_order = tuple(finding for _, finding in sorted(findings.items(), key=itemgetter(0)))
    sizes = dict(Counter(example.split for example in examples))
    report = CheckReport(_count(examples, reader), in_order, fingerprint, sizes)
    used = usable(examples, report)
    remarks = tuple(reader.review(location, examples, used, languages)) if examples else ()
    return replace(report, remarks=remarks)


def usable(examples: Iterable[Example], report: CheckReport) -> list[Example]:
    """Leave out the examples that training should not see, by what the report found."""
    left_out = {finding.example for finding in report.findings if not finding.is_used}
    return [example for example in examples if example not in left_out]


class _Inspected(NamedTuple):
    """What is wrong with an example, the digest of its content ("" is none), and its look."""

    finding: Finding | None
    digest: str = ""
    look: Look | None = None


def _inspect(example: Example, reader: Reader) -> _Inspected:
    place = reader.place(example)
    if not all(map(is_unicode, reader.categories(example))):
        return _Inspected(Finding("unsuitable", example, NOT_UTF_8, place))
    try:
        content = reader.content(example)
    except UnsuitableError as error:
        return _Inspected(Finding("unsuitable", example, str(error), place))
    except FileNotFoundError:
        return _Inspected(Finding("missing", example, "no such file", place))
    except OSError as error:
        return _Inspected(
            Finding("unreadable", example, f"cannot be read: {error.strerror}", place)
        )
    if not content:
        return _Inspected(Finding("empty", example, "0 bytes", place))
    try:
        with keep_doubts() as doubts:
            look = reader.check_example(example)
    except InputError as error:
        message = str(error).removeprefix(f"{place}: ")
        return _Inspected(Finding(_kind_of(error), example, message, place))
    digest = hashlib.sha256(content).hexdigest()
    if doubts:
        message = "; ".join(doubt.removeprefix(f"{place}: ") for doubt in doubts)
        return _Inspected(Finding("incomplete", example, message, place), digest, look)
    if len(content) > LARGE_FILE_BYTES:
        return _Inspected(Finding("large", example, f"{len(content) >> 20} MiB", place))
    return _Inspected(None, digest, look)


def _kind_of(error: InputError) -> Kind:
    if isinstance(error, MissingExtraError):
        return "not installed"
    if isinstance(error, UnsuitableError):
        return "unsuitable"
    if isinstance(error, SuspiciousError):
        return "suspicious"
    return "truncated" if "truncated" in str(error) else "damaged"


def _describe_twin(example: Example, twin: Example, reader: Reader) -> Finding:
    place, other = reader.place(example), reader.place(twin)
    if example.split != twin.split:
        where = twin.split or "no named split"
        message = f"also in {where}, as {other}: the measured accuracy will be too high"
        return Finding("leak", example, message, place)
    if example.target != twin.target:
        return Finding("duplicate", example, f"also {other}, under another class", place)
    return Finding("duplicate", example, f"also {other}", place)


def _describe_copy(example: Example, other: Example, reader: Reader) -> Finding:
    place, seen = reader.place(example), reader.place(other)
    if example.split != other.split:
        where = other.split or "no named split"
        message = (
            f"looks like {seen} in {where}: the measured accuracy will be too high; remove one"
        )
        return Finding("leak", example, message, place)
    message = f"looks like {seen}; remove one, as the other may come to be held out"
    return Finding("alike", example, message, place)


def _count(examples: Sequence[Example], reader: Reader) -> dict[str, dict[str, int]]:
    counts: dict[str, Counter[str]] = {}
    for example in examples:
        counts.setdefault(example.split, Counter()).update(reader.categories(example))
    return {name: dict(sorted(counter.items())) for name, counter in sorted(counts.items())}
