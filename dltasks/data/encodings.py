"""Tell the encoding of a text file, and why. Every reader of text data asks here.

In this order: a byte order mark; UTF-16 by its zeros; UTF-8 that is valid to the end; UTF-8 with a
few bad bytes, which is an error that names them; a code page of Europe, by its letters (CP1252
before its rarer sisters); what charset-normalizer detects.
"""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

from dltasks.data.letters import find_by_letters
from dltasks.data.remote import DataPath, RemotePath
from pipelines.errors import ConfigurationError

UTF_8 = "utf-8-sig"
CHUNK = 1 << 20  # bytes in memory at a time
DETECTED_ON = 1 << 16  # bytes; more makes the choice slow and no better
BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: UTF_8,
    codecs.BOM_UTF32_LE: "utf-32",  # before UTF-16, whose mark is its beginning
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
ZEROS_OF_UTF_16 = 0.4  # of the bytes on one side of the pairs, at least; English has nearly all
ZEROS_ELSEWHERE = 0.02  # on the other side, at most
SHOWN = 3  # bad bytes that are named
NOT_ASCII = re.compile(rb"[^\n]{0,99}[\x80-\xff][^\n]{0,99}")
ESCAPED = re.compile("[\udc80-\udcff]")  # how "surrogateescape" writes a bad byte
BEYOND_ASCII = re.compile("[^\0-\x7f\udc80-\udcff]")
# HP Roman 8 has a letter for every byte, so it always seems to fit; the others were ruled out.
NEVER = ("hp_roman8", "utf_7", "utf_8", "utf_16", "utf_16_le", "utf_16_be", "utf_32")


@dataclass(frozen=True)
class Encoding:
    """What a file is read as.

    Attributes:
        name: of Python's codec; "" where the file cannot be read.
        reason: why this one, or why none.
        is_guess: whether another encoding is possible.
        is_damaged: whether it is UTF-8 but for some bytes.
    """

    name: str
    reason: str
    is_guess: bool = False
    is_damaged: bool = False

    @property
    def label(self) -> str:
        """The name as people write it."""
        return self.name.removesuffix("-sig").upper() if "utf" in self.name else self.name


def find_encoding(path: DataPath) -> Encoding:
    """Tell the encoding in which a whole file can be read.

    Raises:
        OSError: the file cannot be read.
    """
    first = next(read_bytes(path), b"")
    known = _find_mark(first) or _find_utf_16(first)
    if known:
        return known
    counted = _count_as_utf_8(path)
    if not counted.bad:
        return Encoding(UTF_8, "valid UTF-8" if counted.beyond_ascii else "ASCII, which is UTF-8")
    if counted.beyond_ascii >= counted.bad:
        return Encoding("", f"UTF-8, but for {counted.describe()}", is_damaged=True)
    if b"\0" in first:
        return Encoding("", "has NUL characters in it; is it a binary file?")
    sample = _sample(path)
    found = _guess_by_letters(sample) or _guess(sample)
    return found if found and _is_of(path, found.name) else Encoding("", "no known encoding")


def read_text_file(path: DataPath) -> str:
    """Read a whole file of labels, transcripts or settings as text; line breaks become \\n.

    Raises:
        ConfigurationError: it cannot be read, or is of no encoding that is clear.
    """
    encoding = require_encoding(path)
    return io.IncrementalNewlineDecoder(None, translate=True).decode(
        b"".join(read_bytes(path)).decode(encoding), final=True
    )


def require_encoding(path: DataPath) -> str:
    """Give the encoding of a table, in which one wrong character is a wrong label.

    Raises:
        ConfigurationError: it cannot be read, or is of no encoding that is clear.
    """
    try:
        found = find_encoding(path)
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {error.strerror}") from None
    if is_clear(found):
        return found.name
    if found.is_damaged:
        raise ConfigurationError(f"{path}: {found.reason}; correct these bytes")
    like = f"; it may be {found.name}" if found.name else ""
    where = f"{path} line {_first_bad_line(path)}"
    raise ConfigurationError(f"{where}: not UTF-8{like}; save it as UTF-8")


def read_lines(
    path: DataPath, encoding: str | None = None, *, keep_empty: bool = False
) -> Iterator[tuple[int, str]]:
    """Give the lines of a file with their numbers; what cannot be read stays, to be refused.

    Args:
        path: of the file.
        encoding: None takes the one that is clear from the file, or else UTF-8, in which each bad
            byte becomes half a character.
        keep_empty: whether to give empty lines.
    """
    if not encoding:
        found = find_encoding(path)
        encoding = found.name if is_clear(found) else UTF_8
    with path.open(encoding=encoding, errors="surrogateescape", newline="\n") as file:
        for number, line in enumerate(file, start=1):
            text = line.removesuffix("\n").removesuffix("\r")
            if text or keep_empty:
                yield number, text


def is_clear(encoding: Encoding) -> bool:
    """Tell whether an encoding is known, or is a code page whose letters all make sense."""
    return bool(encoding.name) and encoding.reason != DETECTED


def read_bytes(path: DataPath) -> Iterator[bytes]:
    """Give the content of a file, some at a time."""
    if isinstance(path, RemotePath):
        content = path.read_bytes()
        yield from (content[first : first + CHUNK] for first in range(0, len(content), CHUNK))
        return
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


@dataclass
class _Counted:
    """What a file is like as UTF-8.

    Attributes:
        beyond_ascii: characters that several bytes make.
        bad: bytes that are no part of one.
        places: the first of the bad bytes, each with its line.
        lines: line breaks so far.
    """

    beyond_ascii: int = 0
    bad: int = 0
    lines: int = 0
    places: tuple[str, ...] = ()

    def add(self, text: str) -> None:
        self.beyond_ascii += len(BEYOND_ASCII.findall(text))
        for match in ESCAPED.finditer(text):
            self.bad += 1
            if len(self.places) < SHOWN:
                line = self.lines + text.count("\n", 0, match.start()) + 1
                self.places += (f"0x{ord(match[0]) - 0xDC00:02X} on line {line}",)
        self.lines += text.count("\n")

    def describe(self) -> str:
        shown = ", ".join(self.places) + (", ..." if self.bad > SHOWN else "")
        return f"{self.bad} bad byte{'s' if self.bad > 1 else ''} ({shown})"


DETECTED = "as charset-normalizer detects"


def _find_mark(first: bytes) -> Encoding | None:
    for mark, name in BYTE_ORDER_MARKS.items():
        if first.startswith(mark) and name != UTF_8:
            return Encoding(name, f"a byte order mark of {name.upper()}")
    return None


def _find_utf_16(first: bytes) -> Encoding | None:
    """Tell UTF-16 without a mark: in scripts of Europe, every other byte is mostly zero."""
    pairs = len(first) // 2
    if pairs < 2 or b"\0" not in first:
        return None
    high, low = (first[side : 2 * pairs : 2].count(0) / pairs for side in (1, 0))
    for name, zeros, others in (("utf-16-le", high, low), ("utf-16-be", low, high)):
        if zeros >= ZEROS_OF_UTF_16 and others <= ZEROS_ELSEWHERE:
            return Encoding(name, f"{zeros:.0%} of every other byte is zero")
    return None


def _count_as_utf_8(path: DataPath) -> _Counted:
    counted, decoder = _Counted(), codecs.getincrementaldecoder(UTF_8)("surrogateescape")
    for chunk in read_bytes(path):
        counted.add(decoder.decode(chunk))
    counted.add(decoder.decode(b"", final=True))
    return counted


def _sample(path: DataPath) -> bytes:
    """Collect what tells encodings apart: bytes that are no ASCII, with those around them."""
    parts: list[bytes] = []
    for chunk in read_bytes(path):
        parts += NOT_ASCII.findall(chunk)
        if sum(map(len, parts)) >= DETECTED_ON:
            break
    return b"\n".join(parts)[:DETECTED_ON]


def _guess_by_letters(sample: bytes) -> Encoding | None:
    found = find_by_letters(sample)
    if not found:
        return None
    reason = f"{found.share:.0%} of its {found.letters} letters beyond ASCII are {found.language}"
    if not found.language:
        reason = "its only characters beyond ASCII are quotes, dashes and the like"
    return Encoding(found.encoding, reason, is_guess=True)


def _guess(sample: bytes) -> Encoding | None:
    """Guess an encoding; of those that are as likely, CP1252."""
    from charset_normalizer import from_bytes

    matches = from_bytes(sample, cp_exclusion=list(NEVER))
    best = matches.best()
    if best is None:
        return None
    likely = [match.encoding for match in matches if match.chaos <= best.chaos]
    name = "cp1252" if "cp1252" in likely else best.encoding
    return Encoding(name, DETECTED, is_guess=True)


def _is_of(path: DataPath, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for chunk in read_bytes(path):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _first_bad_line(path: DataPath) -> int:
    """Give the first line that is not UTF-8."""
    content = b"".join(read_bytes(path))
    try:
        content.decode()
    except UnicodeDecodeError as error:
        return content.count(b"\n", 0, error.start) + 1
    return 1
