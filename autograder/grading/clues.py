"""What the pattern of a difference tells: transposed, sign flipped, a constant factor, another order, few digits."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


def close(got: Array, want: Array, relative: float, absolute: float) -> Array:
    """Where `got` is `want` within `absolute + relative·|want|`; NaN equals NaN. Shapes must agree."""
    if relative == absolute == 0:
        return np.asarray((got == want) | ((got != got) & (want != want)))
    with np.errstate(all="ignore"):  # numbers near the largest of their type overflow, and that is an answer too
        mine, right = _wide(got), _wide(want)
        # The scale of the whole array bounds rounding from below: sums near zero carry the error of their terms.
        scale = float(np.max(np.abs(right), initial=0.0, where=np.isfinite(right)))
        allowed = max(absolute, relative * scale)
        return np.asarray(np.isclose(mine, right, rtol=relative, atol=allowed, equal_nan=True))


def _wide(array: Array) -> Array:
    return array.astype(np.complex128 if array.dtype.kind == "c" else np.float64)


def shape_clue(got: tuple[int, ...], want: tuple[int, ...]) -> str:
    """What a wrong shape looks like, or nothing."""
    if len(got) != len(want) or sorted(got) != sorted(want):
        return ""
    return "It looks transposed." if len(got) == 2 else "Its axes are in another order."


def value_clue(got: Array, want: Array, relative: float, absolute: float) -> str:
    """What wrong values of the right shape have in common, or nothing."""
    with np.errstate(all="ignore"):
        odd = int((~np.isfinite(got) & np.isfinite(want)).sum())
        if odd:
            return f"{odd} of {got.size} values are NaN or infinite." if got.size > 1 else ""
        if got.size > 1 and not np.any(got):
            return "All its values are 0."
        mine, right = _wide(got), _wide(want)
        if "f" in got.dtype.kind + want.dtype.kind and _nearly(mine, right):
            return "Only its first digits are right: is it rounded, or computed in float32?"
        tolerance = (max(relative, 1e-6), max(absolute, 1e-9))
        return _pattern(mine, right, tolerance) if got.size > 1 else ""


def _nearly(got: Array, want: Array) -> bool:
    scale = float(np.max(np.abs(want), initial=0.0, where=np.isfinite(want)))
    return bool(np.isclose(got, want, rtol=1e-5, atol=1e-7 * scale, equal_nan=True).all())


def _pattern(got: Array, want: Array, tolerance: tuple[float, float]) -> str:
    if got.ndim == 2 and got.shape[0] == got.shape[1] and close(got.T, want, *tolerance).all():
        return "It is the transpose of the right one."
    if close(-got, want, *tolerance).all():
        return "Its sign is flipped."
    if "c" in got.dtype.kind + want.dtype.kind:
        return ""
    return _factor_or_shift(got.ravel(), want.ravel(), tolerance) or _order(got.ravel(), want.ravel(), tolerance)


def _factor_or_shift(got: Array, want: Array, tolerance: tuple[float, float]) -> str:
    power = float(want @ want)
    factor = float(got @ want) / power if power > 0 else 0.0
    if abs(factor) > 1e-9 and close(got, factor * want, *tolerance).all():
        return f"Every value is {factor:.4g} times what it should be."
    shift = float(np.mean(got - want))
    if close(got, want + shift, *tolerance).all():
        return f"Every value is off by the same {shift:.4g}."
    return ""


def _order(got: Array, want: Array, tolerance: tuple[float, float]) -> str:
    if len(np.unique(want)) > 2 and close(np.sort(got), np.sort(want), *tolerance).all():
        return "It holds the right values in another order."
    return ""
