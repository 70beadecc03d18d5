"""Values in words: short, exact about type and shape, and never a whole array."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

MAX_ITEMS = 6
MAX_TEXT = 60


def describe(value: Any, depth: int = 0) -> str:
    """One short phrase for a value, such as `float32 tensor (2, 3)`, `'abc'`, or `a list of 12 items`."""
    if isinstance(value, torch.Tensor):
        dtype = str(value.dtype).removeprefix("torch.")
        return f"{dtype} tensor {_shape(value.shape)}" if value.numel() > 4 else f"tensor({value.tolist()})"
    if isinstance(value, np.ndarray):
        return f"{value.dtype} array {_shape(value.shape)}" if value.size > 4 else f"array({value.tolist()})"
    if isinstance(value, np.generic):
        return f"{value.dtype} {value}"
    if isinstance(value, str):
        return repr(value) if len(value) <= MAX_TEXT else f"{value[:MAX_TEXT]!r} [+{len(value) - MAX_TEXT} characters]"
    if isinstance(value, bool | int | float | complex | None):
        return repr(value)[:MAX_TEXT]
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    if isinstance(value, list | tuple):
        return _sequence(value, depth)
    if isinstance(value, Mapping):
        keys = ", ".join(describe(key, depth + 1) for key in list(value)[:MAX_ITEMS])
        return f"a dict with keys {keys}" if value else "an empty dict"
    return str(getattr(value, "described", f"a {type(value).__name__}"))


def _shape(shape: Sequence[int]) -> str:
    return "(" + ", ".join(map(str, shape)) + ("," if len(shape) == 1 else "") + ")"


def _sequence(value: list[Any] | tuple[Any, ...], depth: int) -> str:
    kind = type(value).__name__ if type(value) in (list, tuple) else "tuple"
    if len(value) > MAX_ITEMS or depth > 2:
        return f"a {kind} of {len(value)} items"
    inner = ", ".join(describe(item, depth + 1) for item in value)
    return f"[{inner}]" if kind == "list" else f"({inner}{',' if len(value) == 1 else ''})"


def describe_call(name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> str:
    """A call as a student would write it, with arrays in words: `im2col(float64 array (2, 3, 7, 5), 3, 2)`."""
    parts = [describe(value, 1) for value in args] + [f"{key}={describe(value, 1)}" for key, value in kwargs.items()]
    return f"{name}({', '.join(parts)})"
