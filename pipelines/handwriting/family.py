"""What the pipeline asks of a family of networks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar, Protocol

from pipelines.bundle.folder import Bundle
from pipelines.handwriting.pages import FoundLine
from pipelines.handwriting.results import TextLine
from pipelines.images import Page
from pipelines.options import ReadingOptions
from pipelines.session import Graph

LoadGraph = Callable[[str], Graph]  # by the name of its file in the bundle


class Family(Protocol):
    """A family of networks.

    Attributes:
        sees_colours: whether its pages have colours; otherwise they are grey.

    Raises:
        BundleError: the bundle lacks something, or its parts do not fit together.
    """

    sees_colours: ClassVar[bool]

    def __init__(self, bundle: Bundle) -> None: ...

    def check(self, options: ReadingOptions) -> None:
        """Refuse options that would have no effect.

        Raises:
            ConfigurationError: names the first.
        """

    def load(self, load_graph: LoadGraph) -> Any:
        """Load the graphs."""

    def cut(self, found: FoundLine, page: Page, name: str) -> Any:
        """Prepare a line for `read`.

        Args:
            found: the line.
            page: on which it was found.
            name: of the page, for errors.

        Raises:
            InputError: it is no line that can be read.
        """

    def read(
        self, graphs: Any, lines: Sequence[Any], options: ReadingOptions, *, at_once: int
    ) -> Iterable[TextLine]:
        """Read lines, in order.

        Args:
            graphs: of `load`.
            lines: of `cut`.
            options: of the user.
            at_once: lines that the network may read together.
        """
