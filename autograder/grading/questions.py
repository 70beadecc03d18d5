"""`@question`: which question a check belongs to, what it weighs, and what to try when it fails."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])


@dataclass(frozen=True)
class About:
    """What `@question` says of a check."""

    question: str
    weight: float = 1.0
    hint: str = ""
    trains: bool = False
    seconds: float = 0.0
    given: tuple[str, ...] = ()


def question(
    name: str,
    *,
    weight: float = 1.0,
    hint: str = "",
    trains: bool = False,
    seconds: float = 0.0,
    given: Sequence[str] = (),
) -> Callable[[Function], Function]:
    """Mark a test function as a check of the question `name`.

    `weight` is its share of the question's points, `hint` what a student may try, `trains` says that it runs a real
    training, and `seconds` what one training of the reference takes, in CPU seconds: the check states it, and tells a
    student whose training takes ten times as long. `given` names functions the answer is built on: when their own
    question has lost points and this check fails, it is run again with the reference's functions in their place.
    """
    if not isinstance(name, str):
        raise TypeError('@question needs the name of a question: @question("im2col")')
    if not weight > 0:
        raise ValueError(f"@question({name!r}): weight must be positive, not {weight}")

    def mark(function: Function) -> Function:
        function.about = About(name, float(weight), hint, trains, float(seconds), tuple(given))  # type: ignore[attr-defined]
        return function

    return mark
