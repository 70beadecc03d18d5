"""Values on the wire: what crosses the wall as data, and the checks that let the trusted side read it.

Values are JSON where JSON has them (None, bool, int, float, str, list) and `{"t": kind, …}` nodes otherwise; arrays,
tensors and bytes name a buffer of the frame. No pickle; nothing is believed unchecked.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import numpy as np
import torch

from autograder.sandbox.frames import Unsendable, WireError

MAX_DEPTH = 40
MAX_NODES = 500_000
MAX_DIGITS = 1000
MAX_DIMENSIONS = 32
MAX_LENGTH = 2**40  # of one dimension
# Only for str and bytes does Python draw hashes at random: of other keys an adversary can make thousands that collide.
MAX_ODD_KEYS = 1000
INTEGER = re.compile(rf"-?[0-9]{{1,{MAX_DIGITS + 10}}}")
T = TypeVar("T")

COMMON_TYPES = ("bool", "int8", "int16", "int32", "int64", "uint8", "float16", "float32", "float64", "complex64")
NUMPY_TYPES = {name: np.dtype(name) for name in (*COMMON_TYPES, "complex128", "uint16", "uint32", "uint64")}
TORCH_TYPES: dict[str, torch.dtype] = {n: getattr(torch, n) for n in (*COMMON_TYPES, "complex128", "bfloat16")}
TORCH_NAMES = {dtype: name for name, dtype in TORCH_TYPES.items()}


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
            return clean(str.__str__(value))
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
        plain = value.layout == torch.strided and not value.is_nested and not value.is_meta
        if value.dtype not in TORCH_NAMES or not plain:
            return self._reference(value)
        if value.numel() * value.element_size() > self._room:
            raise Unsendable(f"a tensor of shape {tuple(value.shape)} is larger than the limit on bytes returned")
        node: dict[str, Any] = {"t": "tensor", "d": TORCH_NAMES[value.dtype], "s": list(value.shape)}
        node |= {"device": str(value.device), "grad": bool(value.requires_grad)}
        flat = value.detach().cpu().resolve_conj().resolve_neg().contiguous().reshape(-1)
        if not flat.numel():
            return {**node, "b": self._add(memoryview(b""))}
        packed = flat.as_strided(flat.shape, (1,))  # a single element counts as contiguous with any stride
        return {**node, "b": self._add(_bytes_of(packed.view(torch.uint8).numpy()))}

    def _mapping(self, value: Mapping[Any, Any], depth: int) -> Any:
        keys = [self.encode(key, depth + 1) for key in value]
        return {"t": "dict", "k": keys, "v": [self.encode(item, depth + 1) for item in value.values()]}


def _bytes_of(array: np.ndarray[Any, Any]) -> memoryview:
    return memoryview(array.reshape(-1).view(np.uint8).data)


Resolve = Callable[[Ref], Any]


class Decoder:
    """Turns nodes back into values, believing nothing: every kind, dtype, shape and size is checked.

    What it makes is never much larger than the frame: a buffer serves one node only. `placing` lets tensors go to the
    device they name, which only the worker does.
    """

    def __init__(self, buffers: list[memoryview], resolve: Resolve, *, placing: bool = False) -> None:
        self._buffers: list[memoryview | None] = [*buffers]
        self._resolve = resolve
        self._placing = placing
        self._nodes = 0
        self._odd_keys = 0
        self._readers: dict[str, Callable[[dict[str, Any], int], Any]] = {
            "tuple": self._read_tuple,
            "slice": self._read_slice,
            "dict": self._read_dict,
            "int": self._read_int,
            "float": self._read_float,
            "complex": self._read_complex,
            "bytes": self._read_bytes,
            "dtype": self._read_dtype,
            "array": self._read_array,
            "scalar": self._read_scalar,
            "tensor": self._read_tensor,
            "ref": self._read_ref,
        }

    def decode(self, node: Any, depth: int = 0) -> Any:
        """The value of `node`. Raises WireError for anything that is not in the format."""
        self._nodes += 1
        if depth > MAX_DEPTH + 1 or self._nodes > MAX_NODES:
            raise WireError("too deep or too many nodes")
        if node is None or isinstance(node, bool | float):
            return node
        if isinstance(node, int):
            return _small(node)
        if isinstance(node, str):
            return clean(node)
        if isinstance(node, list):
            return [self.decode(item, depth + 1) for item in node]
        if not isinstance(node, dict):
            raise WireError(f"no such node: {type(node).__name__}")
        reader = self._readers.get(_text(node, "t"))
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
        self._odd_keys += sum(not _is_plain_key(key) for key in keys)
        if self._odd_keys > MAX_ODD_KEYS:
            raise WireError("too many dict keys of unusual types")
        try:
            return dict(zip(keys, values, strict=True))
        except TypeError as error:
            raise WireError("a dict key that cannot be hashed") from error

    def _read_int(self, node: dict[str, Any], depth: int) -> int:
        text = _text(node, "v")
        if not INTEGER.fullmatch(text):
            raise WireError("not an integer")
        return int(text)

    def _read_float(self, node: dict[str, Any], depth: int) -> float:
        text = _text(node, "v")
        if text not in ("inf", "-inf", "nan"):
            raise WireError("not a special float")
        return float(text)

    def _read_complex(self, node: dict[str, Any], depth: int) -> complex:
        parts = _items(node, "v")
        if len(parts) != 2 or not all(isinstance(part, str) and len(part) <= 40 for part in parts):
            raise WireError("not a complex number")
        try:
            return complex(float(parts[0]), float(parts[1]))
        except ValueError as error:
            raise WireError("not a complex number") from error

    def _read_bytes(self, node: dict[str, Any], depth: int) -> bytes:
        return bytes(self._buffer(node))

    def _read_dtype(self, node: dict[str, Any], depth: int) -> torch.dtype:
        return _known(TORCH_TYPES, node, "v")

    def _read_array(self, node: dict[str, Any], depth: int) -> np.ndarray[Any, Any]:
        dtype = _known(NUMPY_TYPES, node, "d")
        shape, data = self._shaped(node, dtype.itemsize)
        array: np.ndarray[Any, Any] = np.frombuffer(data, dtype=np.uint8)
        # 2 is not a bool, whoever sent it
        array = array != 0 if dtype == np.bool_ else array.view(dtype)
        return array.reshape(shape)

    def _read_scalar(self, node: dict[str, Any], depth: int) -> Any:
        array = self._read_array(node, depth)
        if array.shape != ():
            raise WireError("a scalar with a shape")
        return array[()]

    def _read_tensor(self, node: dict[str, Any], depth: int) -> torch.Tensor:
        dtype = _known(TORCH_TYPES, node, "d")
        shape, data = self._shaped(node, dtype.itemsize)
        if not data:
            tensor = torch.empty(shape, dtype=dtype)
        elif dtype == torch.bool:
            tensor = (torch.frombuffer(data, dtype=torch.uint8) != 0).reshape(shape)
        else:
            tensor = torch.frombuffer(data, dtype=dtype).reshape(shape)
        target = node.get("to")
        return tensor.to(target) if self._placing and isinstance(target, str) else tensor

    def _shaped(self, node: dict[str, Any], itemsize: int) -> tuple[tuple[int, ...], bytearray]:
        """A shape, and a copy of the bytes that fill it exactly."""
        shape = tuple(_items(node, "s"))
        if len(shape) > MAX_DIMENSIONS or not all(type(n) is int and 0 <= n <= MAX_LENGTH for n in shape):
            raise WireError("not a shape")
        if math.prod(max(n, 1) for n in shape) > MAX_LENGTH:  # libraries multiply what an empty dimension leaves, too
            raise WireError("too large a shape")
        data = self._buffer(node)
        if data.nbytes != math.prod(shape) * itemsize:
            raise WireError(f"{data.nbytes} bytes for shape {shape} of {itemsize}-byte numbers")
        return shape, bytearray(data)

    def _read_ref(self, node: dict[str, Any], depth: int) -> Any:
        name = node.get("name")
        if isinstance(name, bool) or not isinstance(name, str | int):
            raise WireError("a reference without a name")
        name = _small(name) if isinstance(name, int) else clean(name)
        return self._resolve(Ref(_text(node, "kind"), name, clean(_text(node, "type"))[:100]))

    def _buffer(self, node: dict[str, Any]) -> memoryview:
        index = node.get("b")
        if type(index) is not int or not 0 <= index < len(self._buffers):
            raise WireError("no such buffer")
        data, self._buffers[index] = self._buffers[index], None
        if data is None:
            raise WireError("a buffer that two nodes claim")
        return data


def clean(text: str) -> str:
    """The text without lone surrogates, which no file or terminal takes."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _small(number: int) -> int:
    if not -(2**63) <= number < 2**63:
        raise WireError("an integer of more than 64 bits")
    return number


def _is_plain_key(key: Any) -> bool:
    """Whether few other keys can have the hash of this one."""
    if isinstance(key, int):
        return -(2**63) <= key < 2**63
    return key is None or isinstance(key, str | bytes | float)


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
