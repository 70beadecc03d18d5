"""nbgrader's settings for a course of this kit: `nbgrader_config.py` calls `configure`."""

from __future__ import annotations

import os
import sys
import sysconfig
from pathlib import Path
from typing import Any

from autograder.course import load_course
from autograder.errors import KitError
from autograder.records.database import gradebook_url
from autograder.release import build_source

_HERE = "autograder.integrations"


def configure(c: Any, root: Path) -> None:
    """Set up nbgrader for the course in `root`: folders, database, grading behind the wall, safe pages and lists.

    Brings nbgrader's source tree (`build/source`) up to date with `solutions/`. What is wrong with the course ends the
    command in words.
    """
    root = root.resolve()
    try:
        course = load_course(root)
        build_source(course)
    except KitError as error:
        sys.exit(str(error))
    # A new gradebook starts `alembic`, which must be found though the environment is not activated.
    os.environ["PATH"] = os.pathsep.join(filter(None, (sysconfig.get_path("scripts"), os.environ.get("PATH"))))
    c.CourseDirectory.root = str(root)
    c.CourseDirectory.course_id = course.id
    c.CourseDirectory.source_directory = "build/source"
    c.CourseDirectory.db_url = gradebook_url(course)
    c.Autograde.exporter_class = f"{_HERE}.autograde.SubmissionExporter"
    # What nbgrader does to a submission before it runs, the exporter does, for any file that is handed in.
    c.Autograde.sanitize_preprocessors = ["nbgrader.preprocessors.CheckCellMetadata"]
    c.Autograde.autograde_preprocessors = [
        f"{_HERE}.autograde.GradeBehindTheWall",
        "nbgrader.preprocessors.LimitOutput",
        "nbgrader.preprocessors.SaveAutoGrades",
        "nbgrader.preprocessors.AssignLatePenalties",
        "nbgrader.preprocessors.CheckCellMetadata",
    ]
    c.ExchangeFactory.release_feedback = f"{_HERE}.exchange.ReleaseFeedback"
    # Zips of files called `student_assignment.ipynb`, as this kit takes them too.
    names = "|".join(sorted(course.assignments, key=len, reverse=True))
    c.FileNameCollectorPlugin.named_regexp = rf".*/(?P<student_id>[^/]+)_(?P<file_id>(?:{names})\.ipynb)"
    c.ExportApp.plugin_class = f"{_HERE}.export.CsvExport"
    c.CourseExport.titles = {name: assignment.title for name, assignment in course.assignments.items()}
    # What students wrote is shown to whoever grades.
    c.HTMLExporter.sanitize_html = True
    c.HTMLExporter.filters = {"clean_html": "autograder.report.notebook_page.clean_html"}
    _install()


def _install() -> None:
    """Let nbgrader's command and its formgrader use our `Autograde`.

    nbgrader has no setting for that class, and its own passes over whatever is not called `*.ipynb`.
    """
    from nbgrader.apps import api, autogradeapp

    from autograder.integrations.autograde import CourseAutograde

    api.Autograde = autogradeapp.Autograde = CourseAutograde
