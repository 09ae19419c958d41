"""Alphabets and language models for handwriting and speech."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from dltasks.data.encodings import read_text_file
from dltasks.data.examples import Example, Splits
from pipelines.bundle.folder import Bundle
from pipelines.ctc.alphabet import Alphabet, alphabet_of, parse_alphabet, read_alphabet
from pipelines.ctc.language_model import LANGUAGE_MODEL_FILE

UNKNOWN_SHOWN = 12  # characters


def read_alphabet_file(file: str | None) -> Alphabet | None:
    """Read the user's alphabet, one symbol per line; None if there is none.

    Raises:
        ConfigurationError: names the line that is no symbol.
    """
    if file is None:
        return None
    lines = read_text_file(Path(file)).removesuffix("\n").split("\n")
    return parse_alphabet(lines, file)


def choose_alphabet(file: str | None, base: Bundle | None, texts: Iterable[str]) -> Alphabet:
    """Take the alphabet of the user, or that of the base and of the training texts together."""
    chosen = read_alphabet_file(file)
    if chosen:
        return chosen
    found = alphabet_of(texts)
    if base is None:
        return found
    known = read_alphabet(base)
    added = tuple(symbol for symbol in found.symbols if symbol not in known.index_of)
    return Alphabet(known.symbols + added)


def learn_language(
    file: str | None, examples: Sequence[Example], normalise: Callable[[str], str]
) -> dict[str, bytes]:
    """Learn the bundle's language model.

    Args:
        file: UTF-8, one text per line; without it, the texts of the examples are used.
        examples: the training split, its texts normalised.
        normalise: writes a text as the network does.
    """
    from dltasks.tasks.ctc.language_model import learn_language_model

    texts: Iterable[str] = (example.target for example in examples)
    if file is not None:
        texts = map(normalise, read_text_file(Path(file)).split("\n"))
    return {LANGUAGE_MODEL_FILE: learn_language_model(text for text in texts if text)}


def leave_unknown_out(
    splits: Splits, alphabet: Alphabet, say: Callable[[str], None], things: str
) -> Splits:
    """Report the characters that are not in the alphabet, and leave the examples with them out.

    Args:
        splits: whose texts are normalised already.
        alphabet: of the network.
        say: shows a line to the user.
        things: what examples are called.
    """
    unknown = alphabet.count_unknown(example.target for example in splits.all())
    if not unknown:
        return splits
    shown = ", ".join(f"{symbol!r} {count}" for symbol, count in unknown.most_common(UNKNOWN_SHOWN))
    kept = {name: _known(getattr(splits, name), alphabet) for name in ("train", "valid")}
    left = len(splits.train) + len(splits.valid) - len(kept["train"]) - len(kept["valid"])
    say(
        f"characters not in the alphabet: {shown}; {left} {things} with them are left out of "
        "training"
    )
    return replace(splits, **kept)


def _known(examples: Sequence[Example], alphabet: Alphabet) -> tuple[Example, ...]:
    return tuple(item for item in examples if not alphabet.count_unknown([item.target]))
