"""Make the built-in bundle `text-shakespeare` from tinyshakespeare.txt.

    pip install ".[train]"
    python -m scripts.text_shakespeare.make tinyshakespeare.txt

tinyshakespeare.txt holds 1,115,394 characters of Shakespeare's plays, public domain, as Andrej
Karpathy's char-rnn has them.
"""

from __future__ import annotations

from pathlib import Path

import click

from scripts.built_in import make


@click.command()
@click.argument("text", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def main(text: Path) -> None:
    """Train on TEXT and seal the bundle."""
    make(__file__, text)


if __name__ == "__main__":
    main()
