"""Comparisons that fail in words: what was wrong, where, and how far off, never the whole expected array.

Each checks type and shape before values, so that a None or a list where an array was asked for is a clear failure of
the submission and not an error of the check.
"""

from __future__ import annotations

import numbers
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from autograder.grading.clues import close, shape_clue, value_clue
from autograder.sandbox.describe import MAX_ITEMS, describe
from autograder.sandbox.proxy import Handle
from autograder.sandbox.session import AnswerProblem, AnswerRaised

# Relative and absolute tolerance by the coarser dtype of the two compared: one table for all checks.
TOLERANCES = {
    "float64": (1e-10, 1e-12),
    "float32": (1e-5, 1e-6),
    "float16": (1e-2, 1e-3),
    "bfloat16": (3e-2, 1e-2),
    "complex64": (1e-5, 1e-6),
    "complex128": (1e-10, 1e-12),
}
DEEPEST_LIST = 16
Array = np.ndarray[Any, Any]


class CheckFailed(AssertionError):
    """An answer is wrong; the text is for the student."""


def expect(condition: bool, message: str) -> None:
    """Fail with `message` unless `condition` holds."""
    if not condition:
        raise CheckFailed(message)


def expect_type(actual: Any, kinds: type | tuple[type, ...], *, what: str = "the result") -> None:
    """`actual` must be of one of these types. numpy numbers count as int and float, bool does not count as int."""
    kinds = kinds if isinstance(kinds, tuple) else (kinds,)
    fine = any(
        isinstance(actual, numbers.Integral) and not isinstance(actual, bool | np.bool_)
        if kind is int
        else isinstance(actual, numbers.Real) and not isinstance(actual, bool | np.bool_)
        if kind is float
        else isinstance(actual, kind)
        for kind in kinds
    )
    names = " or ".join(_type_name(kind) for kind in kinds)
    expect(fine, f"{what} must be {names}, but it is {_seen(actual)}.")


def _type_name(kind: type) -> str:
    names: dict[type, str] = {np.ndarray: "a NumPy array", torch.Tensor: "a tensor", int: "an int", float: "a float"}
    return names.get(kind, f"a {kind.__name__}")


def _seen(value: Any) -> str:
    if value is None:
        return "None (is a return missing?)"
    return f"a {value.type_name}" if isinstance(value, Handle) else describe(value)


def _array(value: Any, what: str) -> Array:
    """`value` as an array of numbers; a failure of the submission when it is none."""
    if isinstance(value, torch.Tensor):
        found = _of_tensor(value, what)
    elif isinstance(value, np.ndarray | np.generic | int | float | complex):
        found = np.asarray(value)
    elif isinstance(value, list | tuple):
        found = _of_list(value, what, 1)
    else:
        raise CheckFailed(f"{what} must be an array, but it is {_seen(value)}.")
    if found.dtype.kind not in "biufc":
        holds = "integers too large for an array" if found.dtype.kind == "O" else str(found.dtype)
        raise CheckFailed(f"{what} must hold numbers, but it holds {holds}.")
    return found


def _of_tensor(value: torch.Tensor, what: str) -> Array:
    plain = value.detach().resolve_conj().resolve_neg().cpu()
    try:
        return np.asarray((plain.float() if value.dtype == torch.bfloat16 else plain).numpy())
    except (TypeError, RuntimeError):
        raise CheckFailed(f"{what} must be a plain tensor, but it is {_seen(value)}.") from None


def _of_list(value: list[Any] | tuple[Any, ...], what: str, depth: int) -> Array:
    if all(type(item) in (bool, int, float) for item in value):
        return np.asarray(value)
    if depth > DEEPEST_LIST:
        raise CheckFailed(f"{what} must be an array, but it is lists in lists, more than {DEEPEST_LIST} deep.")
    inner = what if depth > 1 else f"each item of {what}"
    parts = [
        _of_list(item, inner, depth + 1) if isinstance(item, list | tuple) else _array(item, inner) for item in value
    ]
    if len({part.shape for part in parts}) > 1:
        raise CheckFailed(f"{what} must be an array, but it is a {_type_of(value)} of items of different shapes.")
    return np.stack(parts)


def _type_of(value: Any) -> str:
    return "list" if isinstance(value, list) else "tuple"


def expect_shape(actual: Any, shape: tuple[int, ...] | list[int], *, what: str = "the result") -> None:
    """`actual` must be an array or tensor of this shape."""
    _same_shape(_array(actual, what).shape, tuple(shape), what)


def _same_shape(found: tuple[int, ...], wanted: tuple[int, ...], what: str) -> None:
    if found != wanted:
        clue = shape_clue(found, wanted)
        message = f"{what} must have shape {_tuple(wanted)}, but its shape is {_tuple(found)}."
        raise CheckFailed(f"{message} {clue}" if clue else message)


def _tuple(shape: Any) -> str:
    return "(" + ", ".join(str(n) for n in shape) + ("," if len(shape) == 1 else "") + ")"


def expect_dtype(actual: Any, dtype: Any, *, what: str = "the result") -> None:
    """`actual` must have this dtype; `"float"` stands for any floating-point one, `"int"` for any integer one."""
    if not isinstance(actual, torch.Tensor | np.ndarray | np.generic):
        raise CheckFailed(f"{what} must be an array or tensor, but it is {_seen(actual)}.")
    found = _dtype_name(actual)
    wanted = str(np.dtype(dtype) if isinstance(dtype, type) else dtype).removeprefix("torch.")
    families = {"float": ("float", "bfloat"), "int": ("int", "uint")}
    fine = found.startswith(families[wanted]) if wanted in families else found == wanted
    expect(fine, f"{what} must be {wanted}, but it is {found}.")


def _dtype_name(value: Any) -> str:
    """`float32` for tensors and arrays alike; for numbers and lists, that of the array they make."""
    dtype = value.dtype if isinstance(value, torch.Tensor | np.ndarray | np.generic) else _array(value, "it").dtype
    return str(dtype).removeprefix("torch.")


def expect_equal(actual: Any, expected: Any, *, what: str = "the result") -> None:
    """`actual` must equal `expected` exactly: numbers, strings, lists, tuples, dicts, or arrays element by element.

    A bool is no int and an int no bool; where a float is expected an equal int will do.
    """
    if isinstance(expected, np.generic):
        expected = expected.item()
    if isinstance(expected, np.ndarray | torch.Tensor):
        expect_close(actual, expected, rtol=0, atol=0, what=what)
    elif isinstance(expected, list | tuple):
        _equal_items(actual, expected, what)
    elif isinstance(expected, dict):
        _equal_dicts(actual, expected, what)
    elif isinstance(expected, int | float) and not isinstance(expected, bool):
        value = _unwrapped(actual)
        expect_type(value, (int if isinstance(expected, int) else float), what=what)
        same = bool(value == expected) or (expected != expected and bool(value != value))
        expect(same, f"{what} must be {expected}, but it is {_seen(actual)}.")
    else:
        value = _unwrapped(actual)
        fine = isinstance(value, type(expected)) and bool(value == expected)
        expect(fine, f"{what} must be {describe(expected)}, but it is {_seen(actual)}.")


def _unwrapped(value: Any) -> Any:
    """A number in place of an array or tensor that holds just one, without axes; NumPy's bool as Python's."""
    if isinstance(value, np.ndarray | torch.Tensor) and value.shape == ():
        return value.item()
    return bool(value) if isinstance(value, np.bool_) else value


def _equal_items(actual: Any, expected: list[Any] | tuple[Any, ...], what: str) -> None:
    expect_type(actual, (list if isinstance(expected, list) else tuple), what=what)
    found, wanted = len(actual), len(expected)
    expect(found == wanted, f"{what} must have length {wanted}, but its length is {found}: {describe(actual)}.")
    pairs = list(zip(actual, expected, strict=True))
    plain = all(type(mine) is type(right) and isinstance(right, bool | int | str) for mine, right in pairs)
    if plain and found <= MAX_ITEMS:  # so few are best seen whole
        mine, right = describe(actual), describe(expected)
        expect(mine == right, f"{what} must be {right}, but it is {mine}.")
    for index, (mine, right) in enumerate(pairs):
        expect_equal(mine, right, what=f"item {index} of {what}")


def _equal_dicts(actual: Any, expected: dict[Any, Any], what: str) -> None:
    expect_type(actual, dict, what=what)
    for key in expected:
        expect(key in actual, f"{what} must have a key {describe(key)}, but it is {describe(actual)}.")
    for key in actual:
        expect(key in expected, f"{what} must not have a key {describe(key)}.")
    for key, right in expected.items():
        expect_equal(actual[key], right, what=f"item {describe(key)} of {what}")


def expect_close(
    actual: Any,
    expected: Any,
    *,
    rtol: float | None = None,
    atol: float | None = None,
    what: str = "the result",
    same_dtype: bool = False,
) -> None:
    """`actual` must have the shape of `expected` and its values, within `atol + rtol·|expected|`.

    Without tolerances the table by dtype holds. `same_dtype` asks for the same dtype as well.
    """
    want = _expected_array(expected)
    got = _array(actual, what)
    if same_dtype:
        expect_dtype(actual, _dtype_name(expected), what=what)
    _same_shape(got.shape, want.shape, what)
    names = (_dtype_name(actual), _dtype_name(expected))
    table = max((TOLERANCES[name] for name in names if name in TOLERANCES), default=(0.0, 0.0))
    relative, absolute = (table[0] if rtol is None else rtol), (table[1] if atol is None else atol)
    bad = ~close(got, want, relative, absolute)
    if bad.any():
        clue = value_clue(got, want, relative, absolute)
        message = _wrong_values(got, want, bad, what)
        raise CheckFailed(f"{message} {clue}" if clue else message)


def _expected_array(expected: Any) -> Array:
    """Of what a check expects: when that is no array, the check is to blame and not the submission."""
    try:
        return _array(expected, "the expected value")
    except CheckFailed as problem:
        raise TypeError(str(problem)) from None


def _wrong_values(got: Array, want: Array, bad: Array, what: str) -> str:
    count, total = int(bad.sum()), int(bad.size)
    first = tuple(int(i) for i in np.argwhere(bad)[0])
    value = f"{_number(got[first])}{_off(got[first], want[first])}"
    if total == 1:
        return f"{what} is not right: it is {value}."
    place = first[0] if len(first) == 1 else first
    return f"{what} is not right: {count} of {total} values are wrong. The first, at index {place}, is {value}."


def _number(value: Any) -> str:
    return str(value) if isinstance(value, np.bool_ | np.integer) else f"{value:.6g}"


def _off(got: Any, want: Any) -> str:
    if isinstance(got, np.bool_) or not np.isfinite(got) or not np.isfinite(want):
        return ""
    if isinstance(got, np.integer) and isinstance(want, np.integer):
        return f", off by {abs(int(got) - int(want))}"
    with np.errstate(all="ignore"):
        return f", off by {np.abs(np.complex128(got) - np.complex128(want)):.3g}"


def expect_raises(
    kind: str | type[BaseException], function: Callable[..., Any], *args: Any, what: str = "", **kwargs: Any
) -> None:
    """The student's `function` must raise an exception of the class `kind` (or so named), or of a subclass."""
    kind = kind if isinstance(kind, str) else kind.__name__
    what = what or f"this call of {getattr(function, 'described', 'the function')}"
    try:
        value = function(*args, **kwargs)
    except AnswerRaised as raised:
        if kind in raised.kinds:
            return
        raise CheckFailed(f"{what} must raise {kind}, but {raised}") from None
    except AnswerProblem:
        raise
    raise CheckFailed(f"{what} must raise {kind}, but it returned {_seen(value)}.")
