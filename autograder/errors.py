"""Every error a user of the kit can meet: each text names the file, the place in it and what to do."""


class KitError(Exception):
    """Base of all errors the kit raises for its users; the command line prints the text and no traceback."""


class CourseError(KitError):
    """`grading.yml`, a source under `solutions/` or a check is not as it must be."""


class SubmissionError(KitError):
    """A handed-in file cannot be read or graded."""


class DataError(KitError):
    """A data set is missing, damaged or out of reach."""


class SandboxError(KitError):
    """The wall around submissions is missing, cannot be built or has broken."""
