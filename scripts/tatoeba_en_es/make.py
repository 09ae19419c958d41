"""Make the built-in bundle `tatoeba-en-es` from pairs of sentences of Tatoeba.

    pip install ".[train]"
    python -m scripts.tatoeba_en_es.make tatoeba-en-es

The folder holds train.tsv, valid.tsv and test.tsv: an English sentence, a tab, a Spanish one; split
by English sentence. The pairs are from tatoeba.org, CC BY 2.0 FR, by way of manythings.org/anki.
"""

from __future__ import annotations

from pathlib import Path

import click

from scripts.built_in import make


@click.command()
@click.argument("pairs", type=click.Path(exists=True, file_okay=False, path_type=Path))
def main(pairs: Path) -> None:
    """Train on PAIRS and seal the bundle."""
    make(__file__, pairs)


if __name__ == "__main__":
    main()
