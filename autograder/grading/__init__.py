"""Writing and running checks. A check file needs no more than what is imported here."""

from autograder.grading.expect import (
    CheckFailed,
    expect,
    expect_close,
    expect_dtype,
    expect_equal,
    expect_raises,
    expect_shape,
    expect_type,
)
from autograder.grading.questions import question

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
