"""What grading leaves behind: results.json, grades.csv, nbgrader's gradebook and the notebook with scores in it."""

from autograder.records.cells import KitCell, KitNotebook, read_kit_notebook
from autograder.records.gradebook import write_gradebook
from autograder.records.grades_csv import write_grades_csv
from autograder.records.results import Result, read_result, safe_folder, write_bytes, write_json, write_text
from autograder.records.schema import SCHEMA
from autograder.records.scored_notebook import write_scored_notebook
from autograder.records.scores import number, question_points, ungraded_questions

__all__ = [
    "SCHEMA",
    "KitCell",
    "KitNotebook",
    "Result",
    "number",
    "question_points",
    "read_kit_notebook",
    "read_result",
    "safe_folder",
    "ungraded_questions",
    "write_bytes",
    "write_gradebook",
    "write_grades_csv",
    "write_json",
    "write_scored_notebook",
    "write_text",
]
