"""The tokenizer of multilingual Whispers, made from the list of tokens that OpenAI publishes.

A line of the list is a token's bytes in base64 and its rank. The rank is the token's number, and
says which pair of neighbours is joined first (byte pair encoding, Sennrich et al. 2016).
"""

from __future__ import annotations

import base64
import binascii

from pipelines.errors import BundleError

# In the order of their tokens: by how much of each there was in the training data.
LANGUAGE_CODES = (
    "en zh de es ru ko fr ja pt tr pl ca nl ar sv it id hi fi vi he uk el ms cs ro da hu ta no th "
    "ur hr bg lt la mi ml cy sk te fa lv bn sr az sl kn et mk br eu is hy ne mn bs kk sq sw gl mr "
    "pa si km sn yo so af oc ka be tg sd gu am yi lo uz fo ht ps tk nn mt sa lb my bo tl mg as tt "
    "haw ln ha ba jw su"
)
LANGUAGES = LANGUAGE_CODES.split()
BYTES = 256  # each is a token
EMPTY = b"="  # the last token of the list: it has a number, and never comes
SPECIAL = (
    *("endoftext", "startoftranscript", *LANGUAGES, "translate", "transcribe"),
    *("startoflm", "startofprev", "nospeech", "notimestamps"),
)


def make_tokenizer(content: bytes, origin: str) -> bytes:
    """Make a tokenizer of the library `tokenizers`, as JSON.

    Args:
        content: of the published list.
        origin: named in errors.

    Raises:
        BundleError: it is not such a list.
    """
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    ranks = _read_ranks(content, origin)
    vocabulary = {_spell(token): rank for token, rank in ranks.items()}
    merges = [
        (_spell(first), _spell(second))
        for token in sorted(ranks, key=ranks.__getitem__)
        if len(token) > 1
        for first, second in [_split(token, ranks)]
    ]
    tokenizer = Tokenizer(models.BPE(vocabulary, merges))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([f"<|{name}|>" for name in SPECIAL])
    return tokenizer.to_str().encode()


def _read_ranks(content: bytes, origin: str) -> dict[bytes, int]:
    ranks: dict[bytes, int] = {}
    for number, line in enumerate(content.splitlines(), start=1):
        try:
            token, rank = line.split()
            content_of = b"" if token == EMPTY else base64.b64decode(token, validate=True)
            ranks[content_of] = int(rank)
        except (ValueError, binascii.Error):
            raise BundleError(f"{origin} line {number}: not a token and its rank") from None
    if sorted(ranks.values()) != list(range(len(ranks))) or len(ranks) < BYTES:
        raise BundleError(f"{origin}: the ranks do not count up from 0; get the file again")
    return ranks


def _split(token: bytes, ranks: dict[bytes, int]) -> tuple[bytes, bytes]:
    """Give the two tokens that are joined last to make a token."""
    parts = [token[place : place + 1] for place in range(len(token))]
    while len(parts) > 2:
        joined = [parts[place] + parts[place + 1] for place in range(len(parts) - 1)]
        known = [place for place, pair in enumerate(joined) if pair in ranks]
        first = min(known, key=lambda place: ranks[joined[place]])
        parts[first : first + 2] = [joined[first]]
    return parts[0], parts[1]


def _make_letters() -> dict[int, str]:
    """Give each byte a visible character, in the way of the library's byte level.

    Bytes that are printable in Latin-1 stand for themselves; the others come after, from U+0100.
    """
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(BYTES) if byte not in printable]
    letters = {byte: chr(byte) for byte in printable}
    return letters | {byte: chr(0x100 + place) for place, byte in enumerate(others)}


LETTERS = _make_letters()


def _spell(token: bytes) -> str:
    return "".join(LETTERS[byte] for byte in token)
