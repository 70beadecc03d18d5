"""`autograder batch`: notebooks × parameter grid, run in parallel behind the wall by papermill."""

from autograder.batch.run import run_batch

__all__ = ["run_batch"]
