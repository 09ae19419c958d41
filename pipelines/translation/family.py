"""What the pipeline asks of a family of networks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Protocol

from pipelines.bundle.folder import Bundle
from pipelines.search.beam_search import BeamSearch, Hypothesis
from pipelines.session import Graph
from pipelines.translation.sentences import Job
from pipelines.translation.vocabulary import Vocabulary

LoadGraph = Callable[[str], Graph]  # by the name of its file in the bundle


class Family(Protocol):
    """A family of networks, loaded for one direction.

    Attributes:
        length_penalty: of the search, where the user gives none; see `BeamSearch`.
        coverage_penalty: likewise.
        length_offset: see `BeamSearch`.
        first_column: of a hypothesis' attention, the one of the first piece of its job.
        longest: pieces that it translates at once.
        confidence: see `pipelines.translation.confidence`; none where it is not calibrated.
    """

    length_penalty: ClassVar[float]
    coverage_penalty: ClassVar[float]
    length_offset: ClassVar[float]
    first_column: ClassVar[int]
    longest: int
    confidence: tuple[float, ...]

    def __init__(self, bundle: Bundle, target: str) -> None: ...

    @property
    def pieces(self) -> Vocabulary:
        """The vocabulary."""

    @staticmethod
    def directions(bundle: Bundle) -> tuple[tuple[str, str], ...]:
        """List what a bundle can do, each (source, target) as language codes.

        Raises:
            BundleError: the bundle does not say it, or not so that it can be used.
        """

    def load(self, load_graph: LoadGraph) -> Any:
        """Load the graphs."""

    def translate(
        self, graphs: Any, jobs: Sequence[Job], search: BeamSearch
    ) -> list[list[Hypothesis]]:
        """Translate sentences of similar length; for each its best hypotheses, best first.

        Args:
            graphs: of `load`.
            jobs: the sentences; the pieces of a hypothesis have each mark of its job once.
            search: how to search.
        """

    def show_source(self, pieces: Sequence[int]) -> tuple[str, ...]:
        """Give the pieces of a job as the network reads them, for an alignment."""

    def show_target(self, pieces: Sequence[int]) -> tuple[str, ...]:
        """Give the pieces of a hypothesis and the end, for an alignment."""
