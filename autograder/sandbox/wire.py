"""The wire: length-prefixed frames, a JSON header and raw buffers. No pickle; nothing is believed unchecked.

A frame is `MAGIC, header length (u32), payload length (u64), header, payload`. The header is a JSON object whose
`"buffers"` lists the sizes of the raw buffers that make up the payload. Values are JSON where JSON has them (None, bool,
int, float, str, list) and `{"t": kind, …}` nodes otherwise.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import numpy as np
import torch

MAGIC = b"AGW1"
PREFIX = struct.Struct("!4sIQ")
MAX_HEADER = 16 * 2**20
MAX_DEPTH = 40
MAX_NODES = 500_000
MAX_DIGITS = 1000
MAX_DIMENSIONS = 32
T = TypeVar("T")

COMMON_TYPES = ("bool", "int8", "int16", "int32", "int64", "uint8", "float16", "float32", "float64", "complex64")
NUMPY_TYPES = {name: np.dtype(name) for name in (*COMMON_TYPES, "complex128", "uint16", "uint32", "uint64")}
TORCH_TYPES: dict[str, torch.dtype] = {n: getattr(torch, n) for n in (*COMMON_TYPES, "complex128", "bfloat16")}
TORCH_NAMES = {dtype: name for name, dtype in TORCH_TYPES.items()}


class WireError(Exception):
    """A frame or a value breaks the format; the text says how."""


class Unsendable(WireError):
    """A value cannot be sent (too deep, too large): the text is meant for the student."""


@dataclass(frozen=True)
class Ref:
    """Something that lives in the worker: `kind` is handle, global, library, data or probe."""

    kind: str
    name: str | int
    type: str = ""


@dataclass(frozen=True)
class Placed:
    """A tensor that the worker puts on `device` on arrival."""

    tensor: torch.Tensor
    device: str


class ByReference(Protocol):
    """Trusted-side objects that stand for something in the worker."""

    @property
    def wire_ref(self) -> Ref:
        """The reference to send."""


class Stream(Protocol):
    """An unbuffered byte stream: a socket, a pipe, or one end of it."""

    def read(self, size: int, /) -> bytes | None:
        """At most `size` bytes; none at the end."""

    def write(self, data: memoryview, /) -> int | None:
        """The number of bytes written."""

    def close(self) -> None:
        """Close it."""


Keep = Callable[[Any], Ref | None]


class Encoder:
    """Turns values into header nodes and buffers; `keep` gives what has no value form a reference."""

    def __init__(self, keep: Keep, max_bytes: int) -> None:
        self.buffers: list[memoryview] = []
        self._keep = keep
        self._room = max_bytes
        self._nodes = 0

    def encode(self, value: Any, depth: int = 0) -> Any:
        """The node of `value`. Raises Unsendable when it is nested too deep, too long or too large."""
        self._nodes += 1
        if depth > MAX_DEPTH:
            raise Unsendable(f"the value is nested more than {MAX_DEPTH} levels deep")
        if self._nodes > MAX_NODES:
            raise Unsendable(f"the value has more than {MAX_NODES:,} elements in lists, tuples or dicts")
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, np.generic | np.ndarray):
            return self._array(value)
        if isinstance(value, torch.Tensor):
            return self._tensor(value)
        if isinstance(value, Placed):
            return {**self._tensor(value.tensor), "to": value.device}
        if isinstance(value, int | float | complex | str | bytes | bytearray):
            return self._scalar(value)
        if isinstance(value, list):
            return [self.encode(item, depth + 1) for item in value]
        if isinstance(value, tuple):
            return {"t": "tuple", "v": [self.encode(item, depth + 1) for item in value]}
        if isinstance(value, Mapping):
            return self._mapping(value, depth)
        if isinstance(value, torch.dtype) and value in TORCH_NAMES:
            return {"t": "dtype", "v": TORCH_NAMES[value]}
        if isinstance(value, slice):
            return {"t": "slice", "v": [self.encode(v, depth + 1) for v in (value.start, value.stop, value.step)]}
        if isinstance(value, torch.device):
            return str(value)
        return self._reference(value)

    def _reference(self, value: Any) -> Any:
        ref = value if isinstance(value, Ref) else getattr(type(value), "wire_ref", None) and value.wire_ref
        ref = ref or self._keep(value)
        if ref is None:
            raise Unsendable(f"a {type(value).__name__} cannot be sent")
        return {"t": "ref", "kind": ref.kind, "name": ref.name, "type": ref.type}

    def _add(self, data: memoryview) -> int:
        self._room -= data.nbytes
        if self._room < 0:
            raise Unsendable("the value is larger than the limit on bytes returned")
        self.buffers.append(data)
        return len(self.buffers) - 1

    def _scalar(self, value: Any) -> Any:
        if isinstance(value, int):
            if -(2**63) <= value < 2**63:
                return int(value)
            if value.bit_length() > 3 * MAX_DIGITS:
                raise Unsendable(f"an integer has more than {MAX_DIGITS} digits")
            return {"t": "int", "v": str(int(value))}
        if isinstance(value, float):
            return float(value) if math.isfinite(value) else {"t": "float", "v": str(float(value))}
        if isinstance(value, complex):
            return {"t": "complex", "v": [str(value.real), str(value.imag)]}
        if isinstance(value, str):
            self._room -= len(value)
            if self._room < 0:
                raise Unsendable("the value is larger than the limit on bytes returned")
            return str.__str__(value).encode("utf-8", "replace").decode()
        return {"t": "bytes", "b": self._add(memoryview(bytes(value)))}

    def _array(self, value: np.generic | np.ndarray[Any, Any]) -> Any:
        name = value.dtype.name
        if name not in NUMPY_TYPES:
            if isinstance(value, np.str_):
                return str(value)
            return self._reference(value)
        kind = "scalar" if isinstance(value, np.generic) else "array"
        array = np.asarray(value)
        if array.nbytes > self._room:  # before a broadcast view is made real
            raise Unsendable(f"an array of shape {array.shape} is larger than the limit on bytes returned")
        plain = np.ascontiguousarray(array, dtype=NUMPY_TYPES[name])
        return {"t": kind, "d": name, "s": list(array.shape), "b": self._add(_bytes_of(plain))}

    def _tensor(self, value: torch.Tensor) -> Any:
        if value.dtype not in TORCH_NAMES or value.layout != torch.strided:
            return self._reference(value)
        if value.numel() * value.element_size() > self._room:
            raise Unsendable(f"a tensor of shape {tuple(value.shape)} is larger than the limit on bytes returned")
        node: dict[str, Any] = {"t": "tensor", "d": TORCH_NAMES[value.dtype], "s": list(value.shape), "device": str(value.device)}
        node["grad"] = bool(value.requires_grad)
        flat = value.detach().cpu().resolve_conj().resolve_neg().contiguous().reshape(-1)
        if not flat.numel():
            return {**node, "b": self._add(memoryview(b""))}
        return {**node, "b": self._add(_bytes_of(flat.view(torch.uint8).numpy()))}

    def _mapping(self, value: Mapping[Any, Any], depth: int) -> Any:
        keys = [self.encode(key, depth + 1) for key in value]
        return {"t": "dict", "k": keys, "v": [self.encode(item, depth + 1) for item in value.values()]}


def _bytes_of(array: np.ndarray[Any, Any]) -> memoryview:
    return memoryview(array.reshape(-1).view(np.uint8).data)


Resolve = Callable[[Ref], Any]


class Decoder:
    """Turns nodes back into values, believing nothing: every kind, dtype, shape and size is checked."""

    def __init__(self, buffers: list[memoryview], resolve: Resolve) -> None:
        self._buffers = buffers
        self._resolve = resolve
        self._nodes = 0

    def decode(self, node: Any, depth: int = 0) -> Any:
        """The value of `node`. Raises WireError for anything that is not in the format."""
        self._nodes += 1
        if depth > MAX_DEPTH + 1 or self._nodes > MAX_NODES:
            raise WireError("too deep or too many nodes")
        if node is None or isinstance(node, bool | int | float | str):
            return node
        if isinstance(node, list):
            return [self.decode(item, depth + 1) for item in node]
        if not isinstance(node, dict):
            raise WireError(f"no such node: {type(node).__name__}")
        reader = getattr(self, f"_read_{_text(node, 't')}", None)
        if reader is None:
            raise WireError("unknown kind of node")
        return reader(node, depth)

    def _read_tuple(self, node: dict[str, Any], depth: int) -> tuple[Any, ...]:
        return tuple(self.decode(item, depth + 1) for item in _items(node, "v"))

    def _read_slice(self, node: dict[str, Any], depth: int) -> slice:
        parts = [self.decode(item, depth + 1) for item in _items(node, "v")]
        if len(parts) != 3:
            raise WireError("a slice has three parts")
        return slice(*parts)

    def _read_dict(self, node: dict[str, Any], depth: int) -> dict[Any, Any]:
        keys = [self.decode(item, depth + 1) for item in _items(node, "k")]
        values = [self.decode(item, depth + 1) for item in _items(node, "v")]
        if len(keys) != len(values):
            raise WireError("a dict with unequal numbers of keys and values")
        try:
            return dict(zip(keys, values, strict=True))
        except TypeError as error:
            raise WireError("a dict key that cannot be hashed") from error

    def _read_int(self, node: dict[str, Any], depth: int) -> int:
        text = _text(node, "v")
        if len(text) > MAX_DIGITS + 10 or not text.lstrip("-").isdecimal() or not text.isascii():
            raise WireError("not an integer")
        return int(text)

    def _read_float(self, node: dict[str, Any], depth: int) -> float:
        text = _text(node, "v")
        if text not in ("inf", "-inf", "nan"):
            raise WireError("not a special float")
        return float(text)

    def _read_complex(self, node: dict[str, Any], depth: int) -> complex:
        try:
            real, imag = (float(str(part)[:40]) for part in _items(node, "v"))
        except ValueError as error:
            raise WireError("not a complex number") from error
        return complex(real, imag)

    def _read_bytes(self, node: dict[str, Any], depth: int) -> bytes:
        return bytes(self._buffer(node))

    def _read_dtype(self, node: dict[str, Any], depth: int) -> torch.dtype:
        return _known(TORCH_TYPES, node, "v")

    def _read_array(self, node: dict[str, Any], depth: int) -> np.ndarray[Any, Any]:
        dtype = _known(NUMPY_TYPES, node, "d")
        shape, count = _shape(node)
        data = self._buffer(node)
        if data.nbytes != count * dtype.itemsize:
            raise WireError(f"{data.nbytes} bytes for shape {shape} of {dtype}")
        return np.frombuffer(bytearray(data), dtype=dtype).reshape(shape)

    def _read_scalar(self, node: dict[str, Any], depth: int) -> Any:
        array = self._read_array(node, depth)
        if array.shape != ():
            raise WireError("a scalar with a shape")
        return array[()]

    def _read_tensor(self, node: dict[str, Any], depth: int) -> torch.Tensor:
        dtype = _known(TORCH_TYPES, node, "d")
        shape, count = _shape(node)
        data = self._buffer(node)
        if data.nbytes != count * dtype.itemsize:
            raise WireError(f"{data.nbytes} bytes for shape {shape} of {dtype}")
        if not count:
            return torch.empty(shape, dtype=dtype)
        tensor = torch.frombuffer(bytearray(data), dtype=dtype).reshape(shape)
        target = node.get("to")
        return tensor.to(target) if isinstance(target, str) else tensor

    def _read_ref(self, node: dict[str, Any], depth: int) -> Any:
        name = node.get("name")
        if isinstance(name, bool) or not isinstance(name, str | int):
            raise WireError("a reference without a name")
        return self._resolve(Ref(_text(node, "kind"), name, _text(node, "type")))

    def _buffer(self, node: dict[str, Any]) -> memoryview:
        index = node.get("b")
        if isinstance(index, bool) or not isinstance(index, int) or not 0 <= index < len(self._buffers):
            raise WireError("no such buffer")
        return self._buffers[index]


def _text(node: dict[str, Any], key: str) -> str:
    value = node.get(key)
    if not isinstance(value, str):
        raise WireError(f"{key!r} is not text")
    return value


def _items(node: dict[str, Any], key: str) -> list[Any]:
    value = node.get(key)
    if not isinstance(value, list):
        raise WireError(f"{key!r} is not a list")
    return value


def _known(table: dict[str, T], node: dict[str, Any], key: str) -> T:
    name = _text(node, key)
    if name not in table:
        raise WireError("no such dtype")
    return table[name]


def _shape(node: dict[str, Any]) -> tuple[tuple[int, ...], int]:
    shape = _items(node, "s")
    if len(shape) > MAX_DIMENSIONS or any(isinstance(n, bool) or not isinstance(n, int) or n < 0 for n in shape):
        raise WireError("not a shape")
    return tuple(shape), math.prod(shape)


def pack(header: dict[str, Any], buffers: list[memoryview]) -> list[memoryview]:
    """The frame of a message, as pieces to write one after the other (no copy of the buffers)."""
    text = json.dumps({**header, "buffers": [b.nbytes for b in buffers]}, separators=(",", ":")).encode()
    if len(text) > MAX_HEADER:
        raise Unsendable("the value has too many parts")
    total = sum(b.nbytes for b in buffers)
    return [memoryview(PREFIX.pack(MAGIC, len(text), total) + text), *(b for b in buffers if b.nbytes)]


def read_exactly(stream: Stream, size: int) -> bytearray:
    """`size` bytes of an unbuffered stream. Raises EOFError when it ends before."""
    data = bytearray()
    while len(data) < size:
        part = stream.read(min(size - len(data), 2**20))  # memory grows with what really arrives
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
    try:
        header = json.loads(bytes(read_exactly(stream, header_size)))
    except (ValueError, RecursionError) as error:
        raise WireError("the header is not JSON") from error
    if not isinstance(header, dict):
        raise WireError("the header is not an object")
    sizes = header.pop("buffers", None)
    if not isinstance(sizes, list) or any(isinstance(n, bool) or not isinstance(n, int) or n < 0 for n in sizes):
        raise WireError("no list of buffer sizes")
    if sum(sizes) != payload_size:
        raise WireError("the buffers do not add up to the payload")
    payload = memoryview(read_exactly(stream, payload_size))
    buffers, start = [], 0
    for size in sizes:
        buffers.append(payload[start : start + size])
        start += size
    return header, buffers


def send(stream: Stream, pieces: list[memoryview]) -> None:
    """Write all pieces to an unbuffered stream."""
    for piece in pieces:
        view = piece.cast("B") if piece.format != "B" else piece
        while view.nbytes:
            written = stream.write(view)
            view = view[written or 0 :]
