"""What students hand in: found in folders and zips, read, and cut into the cells that are graded.

Nothing of a submission is run or imported here; every byte of it is taken for hostile.
"""

from autograder.submission.find import find_submissions
from autograder.submission.model import CodeCell, Found, Submission
from autograder.submission.read import read_submission

__all__ = ["CodeCell", "Found", "Submission", "find_submissions", "read_submission"]
