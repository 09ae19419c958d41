"""Read and write messages of Protocol Buffers, in which ONNX graphs are serialised.

The encoding is that of https://protobuf.dev/programming-guides/encoding.
"""

from __future__ import annotations

from collections.abc import Iterator

VARINT, FIXED_64, BYTES, FIXED_32 = 0, 1, 2, 5  # wire types; groups are of no use to ONNX
FIXED_SIZES = {FIXED_64: 8, FIXED_32: 4}
LONGEST_VARINT = 10  # bytes
LARGEST_KEY = 2**32 - 1  # protobuf drops the bits above


def read_fields(message: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Give the fields of a message as they come: numbers, and bytes of messages and texts.

    Raises:
        IndexError: the message is cut off.
        ValueError: it is not encoded as it should be.
    """
    place, end = 0, len(message)
    while place < end:
        key, place = _read_varint(message, place)
        kind = key & 7
        if key > LARGEST_KEY:
            raise ValueError("no such field")
        if kind == VARINT:
            value, place = _read_varint(message, place)
            yield key >> 3, value
            continue
        if kind == BYTES:
            size, place = _read_varint(message, place)
        else:
            size = FIXED_SIZES.get(kind, -1)
        if size < 0 or place + size > end:
            raise ValueError("no such field")
        yield key >> 3, message[place : place + size]
        place += size


def as_message(value: int | memoryview) -> memoryview:
    """Give the bytes of a field that holds a message or a text.

    Raises:
        ValueError: it holds a number.
    """
    if isinstance(value, int):
        raise ValueError("a number in the place of a message")
    return value


def write_field(number: int, content: bytes) -> bytes:
    """Write a field that holds a message or a text."""
    return _write_varint(number << 3 | BYTES) + _write_varint(len(content)) + content


def _read_varint(message: memoryview, place: int) -> tuple[int, int]:
    """Give a number of variable length, and where it ends."""
    byte = message[place]
    if byte < 0x80:
        return byte, place + 1
    value = 0
    for index in range(LONGEST_VARINT):
        byte = message[place + index]
        value |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:
            return value, place + index + 1
    raise ValueError("a number of more than ten bytes")


def _write_varint(value: int) -> bytes:
    """Write a number, seven bits a byte, the lowest first."""
    written = bytearray()
    while value >= 0x80:
        written.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*written, value])
