"""nbgrader's settings for this course. Change or add what you like below `configure`; see docs/nbgrader.md."""

from pathlib import Path

from autograder.integrations.nbgrader import configure

c = get_config()  # noqa: F821 (nbgrader provides it)
configure(c, Path(__file__).parent)
