"""Thresholds on what a training reaches: one that is missed is tried once more with another seed, and that is said."""

from __future__ import annotations

from collections.abc import Callable

from autograder.grading.comparisons import expect


class Reach:
    """Called by a check with a function that trains once from a seed and returns the score."""

    def __init__(self, seed: int, say: Callable[[str], None]) -> None:
        """`seed` starts the first training; `say` puts a sentence into the check's record."""
        self._seed, self._say = seed, say

    def __call__(
        self,
        measure: Callable[[int], float],
        *,
        at_least: float = float("-inf"),
        at_most: float = float("inf"),
        what: str,
    ) -> float:
        """The score that lies within the bounds, of the first training or of a second one with the next seed.

        `what` completes a sentence: "0.912 of the test images right". Fails when both trainings miss.
        """
        asked = f"at least {at_least:g}" if at_most == float("inf") else f"at most {at_most:g}"
        first = measure(self._seed)
        if at_least <= first <= at_most:
            return first
        second = measure(self._seed + 1)
        scores = f"{first:.3f} and {second:.3f} {what}"
        expect(
            at_least <= second <= at_most,
            f"Two trainings, from different seeds, gave {scores}. Asked is {asked}.",
        )
        self._say(f"The first training gave {first:.3f} {what}, where {asked} is asked.")
        self._say(f"A second one, from another seed, gave {second:.3f}, and that counts.")
        return second
