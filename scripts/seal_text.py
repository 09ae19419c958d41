"""Make a built-in writer of a bundle that was trained on a text of the public domain.

    dltasks train --config scripts/text_shakespeare.toml --set data=tinyshakespeare.txt \\
        --out my_models/shakespeare
    python scripts/seal_text.py my_models/shakespeare text-shakespeare

The weights and figures stay as they are; what the card says of data and licence is added, and the
example. tinyshakespeare.txt holds 1,115,394 characters of Shakespeare's plays, as the project
char-rnn gives them; text_reina_valera.py writes the other text.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import click

from dltasks.export import load_weights
from dltasks.extras import require_tensorflow
from dltasks.tasks import get_task
from dltasks.tasks.base import BuiltNetwork
from dltasks.tasks.seal import seal
from dltasks.tasks.text_generation.config import NetworkConfig
from pipelines.bundle import find
from pipelines.vocabularies import SYMBOLS_FILE

ROOT = Path(__file__).resolve().parent.parent


class Card(NamedTuple):
    """What a built-in model says of itself, and texts that it is compared on."""

    training_data: str
    notes: str
    examples: list[str]


CARDS = {
    "text-shakespeare": Card(
        training_data="the first 90 % of tinyshakespeare.txt: 40,000 lines of Shakespeare's plays, "
        "public domain, as Andrej Karpathy's char-rnn gives them",
        notes="It writes scenes in the manner of Shakespeare, letter by letter: names, verse and "
        "words are mostly right, the sense is not. It knows the 65 characters of its text and has "
        "no idea of the world after 1616.",
        examples=[
            "ROMEO:\nWhat light through yonder window breaks?\n",
            "First Citizen:\nBefore we proceed any further, hear me speak.\n\nAll:\nSpeak.\n",
            "KING RICHARD III:\nA horse! a horse! my kingdom for a horse!\n",
        ],
    ),
    "text-reina-valera": Card(
        training_data="the first 90 % of the Reina-Valera of 1909, the Bible in Spanish, public "
        "domain, as Debian's package sword-text-sparv 2.60 has it; a verse a line",
        notes="It writes verses in the Spanish of an old Bible, letter by letter, with the "
        "spelling of its time (fué, á): mostly words, seldom sense, and never scripture.",
        examples=[
            "En el principio crió Dios los cielos y la tierra.\n",
            "Y dijo Dios: Sea la luz: y fué la luz.\n",
            "Bienaventurados los pobres en espíritu:",
        ],
    ),
}


@click.command()
@click.argument("trained")
@click.argument("name", type=click.Choice(list(CARDS)))
@click.option("--out", type=click.Path(path_type=Path), help="[default: saved_models/NAME]")
def main(trained: str, name: str, out: Path | None) -> None:
    """Seal the bundle TRAINED as the built-in one of this NAME."""
    require_tensorflow("sealing")
    card, source = CARDS[name], find(trained)
    task = get_task(source.task)
    network = task.build_network(source.config)
    load_weights(source, network)
    built = BuiltNetwork(
        network=network,
        config=NetworkConfig.from_dict(source.config),
        preprocessing=source.preprocessing,
        assets={SYMBOLS_FILE: source.read(SYMBOLS_FILE)},
        source="trained from random weights by dltasks",
        licence="Apache-2.0, as the project; the text is in the public domain",
        training_data=card.training_data,
    )
    bundle = seal(
        task,
        built,
        out or ROOT / "saved_models" / name,
        card.examples,
        overwrite=True,
        half_precision=task.half_precision,
        measure=lambda pipeline: source.metrics,
        notes=card.notes,
    )
    click.echo(f"wrote {bundle.path}, {bundle.size_bytes / 1e6:.1f} MB; {bundle.agreement}")


if __name__ == "__main__":
    main()
