"""What people read after grading: the feedback page of a submission and the list of checks in a graded notebook."""

from autograder.report.feedback import checks_html, feedback_html, write_feedback

__all__ = ["checks_html", "feedback_html", "write_feedback"]
