"""The database a gradebook lives in: its URL, opening it with nbgrader's own classes, and its errors in words."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder.errors import KitError

if TYPE_CHECKING:
    from autograder.course import Course


def gradebook_url(course: Course, out: Path | None = None, asked: str | None = None) -> str:
    """Return the URL of the gradebook: what was asked for, the course's own, or SQLite's `gradebook.db` in `out`.

    The course's own (`gradebook:` in grading.yml) is for its own records, so not for those that go to another folder.
    SQLite's paths are relative to the course's folder.
    """
    own = out is None or Path(out).resolve() == course.root
    url = asked or (course.gradebook if own else "") or f"sqlite:///{((out or course.root) / 'gradebook.db').resolve()}"
    for name in ("postgresql://", "postgres://"):  # the driver that is installed, whichever SQLAlchemy prefers
        url = f"postgresql+psycopg://{url.removeprefix(name)}" if url.startswith(name) else url
    file = url.removeprefix("sqlite:///")
    relative = file != url and file != ":memory:" and file and not os.path.isabs(file)
    return f"sqlite:///{course.root / file}" if relative else url


def nbgrader_api() -> Any:
    """Return the module `nbgrader.api`; KitError when nbgrader is not installed."""
    try:
        import nbgrader.api
    except ImportError as error:
        raise KitError(
            "The gradebook needs nbgrader, which is not installed. Run `pip install 'autograder[instructor]'`."
        ) from error
    return nbgrader.api


def make_folder(db_url: str) -> None:
    """Make the folder a new SQLite file goes to; KitError for what is no URL."""
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        url = make_url(db_url)
        if url.get_backend_name() == "sqlite" and url.database and url.database != ":memory:":
            Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    except ArgumentError as error:
        raise KitError(
            f"{db_url!r} is no database URL. Write sqlite:///gradebook.db or postgresql://user@host/name."
        ) from error
    except OSError as error:
        raise KitError(cannot_write(db_url, error)) from error


@contextlib.contextmanager
def open_gradebook(api: Any, db_url: str, course_id: str) -> Iterator[Any]:
    """Open the gradebook; for a new one nbgrader asks the `alembic` command for the schema's revision."""
    try:
        with _scripts_on_path():
            gradebook = api.Gradebook(db_url, course_id)
    except ImportError as error:
        raise KitError(
            f"{_shown(db_url)}: the driver for this database is missing ({error}). "
            "For PostgreSQL: write postgresql://… and run `pip install 'autograder[instructor]'`."
        ) from error
    except (OSError, subprocess.CalledProcessError) as error:
        raise KitError(
            f"{_shown(db_url)}: nbgrader could not ask `alembic` for the gradebook's revision ({error}). "
            "Run `pip install alembic` into the environment of autograder."
        ) from error
    with gradebook:
        yield gradebook


@contextlib.contextmanager
def _scripts_on_path() -> Iterator[None]:
    """Put this environment's commands first on PATH: a virtual environment need not be activated to be used."""
    before = os.environ.get("PATH")
    os.environ["PATH"] = os.pathsep.join(filter(None, (sysconfig.get_path("scripts"), before)))
    try:
        yield
    finally:
        if before is None:
            del os.environ["PATH"]
        else:
            os.environ["PATH"] = before


def busy(error: Exception) -> bool:
    """Whether a database's error says that another process was writing the same rows."""
    text = str(error)
    return any(words in text for words in ("database is locked", "already exists", "deadlock detected"))


def _shown(db_url: str) -> str:
    """Return the URL without its password."""
    from sqlalchemy.engine import make_url

    return make_url(db_url).render_as_string(hide_password=True)


def cannot_write(db_url: str, error: object) -> str:
    """Return the words for a database's error: what it says, and the fix."""
    text = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    if any(words in text for words in ("no such column", "no column named", "no such table", "does not exist")):
        fix = "It was made by another nbgrader version: keep a copy and run `nbgrader db upgrade`."
    elif "full" in text or "No space" in text:
        fix = "Free some space there, then run the same command again."
    elif "not a database" in text:
        fix = "Move that file away or name another database; a new one is made by itself."
    elif "locked" in text:
        fix = "Close what is writing to it (formgrader, another grading run), then run the same command again."
    else:
        fix = "Check that the database can be reached and written, then run the same command again."
    return f"Gradebook {_shown(db_url)}: {text}. {fix}"
