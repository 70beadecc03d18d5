"""Writing and running checks. A check file needs no more than what is imported here."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from autograder.grading.questions import question

if TYPE_CHECKING:
    from autograder.grading.comparisons import (
        CheckFailed,
        expect,
        expect_close,
        expect_dtype,
        expect_equal,
        expect_raises,
        expect_shape,
        expect_type,
    )

__all__ = [
    "CheckFailed",
    "expect",
    "expect_close",
    "expect_dtype",
    "expect_equal",
    "expect_raises",
    "expect_shape",
    "expect_type",
    "question",
]


def __getattr__(name: str) -> Any:
    """The comparisons, imported at first use: the command line and every other pytest run stay free of torch.

    Their module must not be called `expect`: once imported, it would hide the function.
    """
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module("autograder.grading.comparisons"), name)
