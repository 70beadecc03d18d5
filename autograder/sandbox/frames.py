"""Frames: what is read from and written to a stream. Nothing in one is believed unchecked, and no pickle is in any.

A frame is `MAGIC, header length (u32), payload length (u64), header, payload`. The header is a JSON object in ASCII,
whose `"buffers"` lists the sizes of the raw buffers that make up the payload. What the rest of it means, see `wire`.
"""

from __future__ import annotations

import json
import struct
from typing import Any, NoReturn, Protocol

MAGIC = b"AGW1"
PREFIX = struct.Struct("!4sIQ")
MAX_HEADER = 16 * 2**20
MAX_BUFFERS = 500_000
MAX_BRACKETS = 1_200_000  # an empty list is two characters and some sixty bytes of memory
SMALL = 2**16
CHUNK = 2**20


class WireError(Exception):
    """A frame or a value breaks the format; the text says how."""


class Unsendable(WireError):
    """A value cannot be sent (too deep, too large): the text is meant for the student."""


class Stream(Protocol):
    """An unbuffered byte stream: a socket, a pipe, or one end of it."""

    def read(self, size: int, /) -> bytes | None:
        """At most `size` bytes; none at the end."""

    def write(self, data: memoryview, /) -> int | None:
        """The number of bytes written."""

    def close(self) -> None:
        """Close it."""


def pack(header: dict[str, Any], buffers: list[memoryview]) -> list[memoryview]:
    """The frame of a message, as pieces to write one after the other (no copy of the buffers).

    Raises Unsendable for a header that is too long, has too many parts, or is not JSON.
    """
    try:
        text = json.dumps({**header, "buffers": [b.nbytes for b in buffers]}, separators=(",", ":")).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise Unsendable(f"the value has no form that can be sent ({error})") from error
    if len(text) > MAX_HEADER or len(buffers) > MAX_BUFFERS or _brackets(text) > MAX_BRACKETS:
        raise Unsendable("the value has too many parts")
    total = sum(b.nbytes for b in buffers)
    return [memoryview(PREFIX.pack(MAGIC, len(text), total) + text), *(b for b in buffers if b.nbytes)]


def _brackets(text: bytes | bytearray) -> int:
    """How many lists and objects the text can hold at most; counted before any is made."""
    return text.count(b"[") + text.count(b"{")


def read_exactly(stream: Stream, size: int) -> bytearray:
    """`size` bytes of an unbuffered stream. Raises EOFError when it ends before."""
    data = bytearray()
    while len(data) < size:
        part = stream.read(min(size - len(data), CHUNK))  # memory grows with what really arrives
        if not part:
            raise EOFError("the other side closed the connection")
        data += part
    return data


def receive(stream: Stream, max_bytes: int) -> tuple[dict[str, Any], list[memoryview]]:
    """The next message. Raises EOFError at the end, WireError for a malformed or too large one."""
    magic, header_size, payload_size = PREFIX.unpack(read_exactly(stream, PREFIX.size))
    if magic != MAGIC:
        raise WireError("not a frame")
    if header_size > MAX_HEADER or payload_size > max_bytes:
        raise WireError(f"a frame of {header_size} + {payload_size} bytes is larger than the limit")
    header = _parse(read_exactly(stream, header_size))
    sizes = header.pop("buffers", None)
    if not isinstance(sizes, list) or len(sizes) > MAX_BUFFERS or not all(type(n) is int and n >= 0 for n in sizes):
        raise WireError("no list of buffer sizes")
    if sum(sizes) != payload_size:
        raise WireError("the buffers do not add up to the payload")
    payload = memoryview(read_exactly(stream, payload_size))
    buffers, start = [], 0
    for size in sizes:
        buffers.append(payload[start : start + size])
        start += size
    return header, buffers


def _parse(text: bytearray) -> dict[str, Any]:
    if _brackets(text) > MAX_BRACKETS:
        raise WireError("the header has too many parts")
    try:
        header = json.loads(text.decode("ascii"), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise WireError("the header is not JSON") from error
    if not isinstance(header, dict):
        raise WireError("the header is not an object")
    return header


def _no_constant(name: str) -> NoReturn:
    raise WireError(f"{name} is not JSON")


def send(stream: Stream, pieces: list[memoryview]) -> None:
    """Write all pieces to an unbuffered stream; a small frame in one go, so that the reader wakes up once."""
    if sum(piece.nbytes for piece in pieces) <= SMALL:
        pieces = [memoryview(b"".join(pieces))]
    for piece in pieces:
        view = piece.cast("B") if piece.format != "B" else piece
        while view.nbytes:
            written = stream.write(view)
            view = view[written or 0 :]
