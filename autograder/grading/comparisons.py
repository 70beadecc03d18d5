"""Comparisons that fail in words: what was wrong, where, and how far off, never the whole expected array.

Each checks type and shape before values, so that a None or a list where an array was asked for is a clear failure of the
submission and not an error of the check.
"""

from __future__ import annotations

import numbers
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from autograder.sandbox.describe import describe
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


def _array(value: Any, what: str) -> np.ndarray[Any, Any]:
    """`value` as an array; a failure of the submission when it is none."""
    if isinstance(value, torch.Tensor):
        value = value.detach()
        return (value.float() if value.dtype == torch.bfloat16 else value).cpu().numpy()
    if isinstance(value, np.ndarray | np.generic | int | float | complex):
        return np.asarray(value)
    if isinstance(value, list | tuple):
        return _array_of_list(value, what)
    raise CheckFailed(f"{what} must be an array, but it is {_seen(value)}.")


def _array_of_list(value: list[Any] | tuple[Any, ...], what: str) -> np.ndarray[Any, Any]:
    parts = [_array(item, f"each item of {what}") for item in value]
    if len({part.shape for part in parts}) > 1:
        raise CheckFailed(f"{what} must be an array, but it is a {type(value).__name__} of items of different shapes.")
    return np.stack(parts) if parts else np.zeros(0)


def expect_shape(actual: Any, shape: tuple[int, ...] | list[int], *, what: str = "the result") -> None:
    """`actual` must be an array or tensor of this shape."""
    found = _array(actual, what).shape
    expect(found == tuple(shape), f"{what} must have shape {_tuple(shape)}, but its shape is {_tuple(found)}.")


def _tuple(shape: Any) -> str:
    return "(" + ", ".join(str(n) for n in shape) + ("," if len(shape) == 1 else "") + ")"


def expect_dtype(actual: Any, dtype: Any, *, what: str = "the result") -> None:
    """`actual` must have this dtype; `"float"` stands for any floating-point one, `"int"` for any integer one."""
    if not isinstance(actual, torch.Tensor | np.ndarray | np.generic):
        raise CheckFailed(f"{what} must be an array or tensor, but it is {_seen(actual)}.")
    found = str(actual.dtype).removeprefix("torch.")
    wanted = str(np.dtype(dtype) if isinstance(dtype, type) else dtype).removeprefix("torch.")
    families = {"float": ("float", "bfloat"), "int": ("int", "uint")}
    fine = found.startswith(families[wanted]) if wanted in families else found == wanted
    expect(fine, f"{what} must be {wanted}, but it is {found}.")


def expect_equal(actual: Any, expected: Any, *, what: str = "the result") -> None:
    """`actual` must equal `expected` exactly: numbers, strings, lists, tuples, dicts, or arrays element by element."""
    if isinstance(expected, np.ndarray | torch.Tensor):
        expect_close(actual, expected, rtol=0, atol=0, what=what)
    elif isinstance(expected, bool):
        fine = isinstance(actual, bool | np.bool_) and bool(actual) == expected
        expect(fine, f"{what} must be {expected}, but it is {_seen(actual)}.")
    elif isinstance(expected, int | float):
        expect_type(_unwrapped(actual), (int if isinstance(expected, int) else float), what=what)
        expect(bool(_unwrapped(actual) == expected), f"{what} must be {expected}, but it is {_seen(actual)}.")
    else:
        expect_type(actual, type(expected), what=what)
        expect(_same(actual, expected), _difference(actual, expected, what))


def _unwrapped(value: Any) -> Any:
    """The number inside an array or tensor without dimensions."""
    if isinstance(value, torch.Tensor | np.ndarray) and value.ndim == 0:
        return value.item()
    return value


def _same(actual: Any, expected: Any) -> bool:
    try:
        return bool(actual == expected)
    except (ValueError, RuntimeError, TypeError):  # arrays inside: not what was asked for
        return False


def _difference(actual: Any, expected: Any, what: str) -> str:
    if isinstance(expected, list | tuple | str):
        if len(actual) != len(expected):
            return f"{what} must have length {len(expected)}, but its length is {len(actual)}: {describe(actual)}."
        for index, (mine, theirs) in enumerate(zip(actual, expected, strict=True)):
            if not _same(mine, theirs):
                return f"{what} is wrong at index {index}: it has {describe(mine)} there, not {describe(theirs)}."
    return f"{what} is wrong: {describe(actual)}."


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
    got, want = _array(actual, what), _array(expected, "the expected value")
    if same_dtype:
        expect_dtype(actual, str(want.dtype), what=what)
    if got.dtype.kind not in "biufc":
        raise CheckFailed(f"{what} must hold numbers, but it holds {got.dtype}.")
    if got.shape != want.shape:
        raise CheckFailed(_wrong_shape(got, want, what))
    table = _tolerance(got, want)
    relative, absolute = (table[0] if rtol is None else rtol), (table[1] if atol is None else atol)
    bad = ~_close(got, want, relative, absolute)
    if bad.any():
        raise CheckFailed(_wrong_values(got, want, bad, what, relative, absolute))


def _tolerance(got: np.ndarray[Any, Any], want: np.ndarray[Any, Any]) -> tuple[float, float]:
    known = [TOLERANCES[array.dtype.name] for array in (got, want) if array.dtype.name in TOLERANCES]
    return max(known) if known else (0.0, 0.0)


def _close(
    got: np.ndarray[Any, Any], want: np.ndarray[Any, Any], relative: float, absolute: float
) -> np.ndarray[Any, Any]:
    if relative == absolute == 0:
        return np.asarray((got == want) | ((got != got) & (want != want)))
    wide = np.complex128 if "c" in got.dtype.kind + want.dtype.kind else np.float64
    # The scale of the whole array bounds rounding from below: sums near zero carry the error of their terms.
    scale = float(np.max(np.abs(want.astype(wide)), initial=0.0, where=np.isfinite(want)))
    return np.asarray(
        np.isclose(got.astype(wide), want.astype(wide), rtol=relative, atol=max(absolute, relative * scale), equal_nan=True)
    )


def _wrong_shape(got: np.ndarray[Any, Any], want: np.ndarray[Any, Any], what: str) -> str:
    message = f"{what} must have shape {_tuple(want.shape)}, but its shape is {_tuple(got.shape)}."
    if got.ndim == want.ndim == 2 and got.shape == want.shape[::-1]:
        message += " It looks transposed."
    return message


def _wrong_values(
    got: np.ndarray[Any, Any],
    want: np.ndarray[Any, Any],
    bad: np.ndarray[Any, Any],
    what: str,
    relative: float,
    absolute: float,
) -> str:
    count, total = int(bad.sum()), int(bad.size)
    first = tuple(int(i) for i in np.argwhere(bad)[0])
    where = f" First at index {first[0] if len(first) == 1 else first}: {_number(got[first])}" if first else ""
    share = f"{count} of {total} values are wrong" if total > 1 else f"it is {_number(got[()] if not first else got[first])}"
    message = f"{what} is not right: {share}." + (f"{where} is off by {_off(got[first], want[first])}." if first else "")
    clue = _clue(got, want, relative, absolute)
    return f"{message} {clue}" if clue else message


def _number(value: Any) -> str:
    return f"{value:.6g}" if not isinstance(value, bool | np.bool_) else str(value)


def _off(got: Any, want: Any) -> str:
    if not np.isfinite(got):
        return f"being {got}"
    return f"{abs(complex(got) - complex(want)):.3g}"


def _clue(got: np.ndarray[Any, Any], want: np.ndarray[Any, Any], relative: float, absolute: float) -> str:
    """A pattern in the difference that tells more than its size."""
    if not np.all(np.isfinite(got)):
        return f"It holds {int((~np.isfinite(got)).sum())} values that are not finite (NaN or infinity)."
    if got.size < 2:
        return ""
    if not np.any(got):
        return "All its values are 0."
    tolerance = (max(relative, 1e-6), max(absolute, 1e-9))
    if got.ndim == 2 and got.shape[0] == got.shape[1] and _close(got.T, want, *tolerance).all():
        return "It is the transpose of the right one."
    if _close(-got, want, *tolerance).all():
        return "Its sign is flipped."
    return _factor(got, want, tolerance)


def _factor(got: np.ndarray[Any, Any], want: np.ndarray[Any, Any], tolerance: tuple[float, float]) -> str:
    a, b = got.astype(np.float64).ravel(), want.astype(np.float64).ravel()
    power = float(b @ b)
    if power == 0 or got.dtype.kind == "c":
        return ""
    factor = float(a @ b) / power
    if abs(factor) > 1e-9 and _close(a, factor * b, *tolerance).all():
        return f"Every value is {factor:.4g} times what it should be."
    shift = float(np.mean(a - b))
    if _close(a, b + shift, *tolerance).all():
        return f"Every value is off by the same {shift:.4g}."
    return ""


def expect_raises(kind: str, function: Callable[..., Any], *args: Any, what: str = "", **kwargs: Any) -> None:
    """The student's `function` must raise an exception of the class named `kind`, or of a subclass."""
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
