"""The schema of results.json, number 1: what `docs/results.md` describes and `read_result` insists on."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

SCHEMA = 1
"""The schema number this version writes, and the highest it reads."""

Outcome = Literal["passed", "failed", "error", "timeout", "missing"]


class _Record(BaseModel):
    # Fields may be added within a schema number, so a reader passes over what it does not know.
    model_config = ConfigDict(extra="allow", allow_inf_nan=False, strict=True)


class QuestionRecord(_Record):
    """Points of one question."""

    points: float
    max_points: float


class CheckRecord(_Record):
    """One check of a submission: what was asked, how it ended, and what the student reads."""

    name: str
    question: str
    public: bool
    weight: float
    outcome: Outcome
    seconds: float
    message: str
    title: str = ""
    tried: str = ""
    hint: str = ""
    diagnosis: str = ""


class CellRecord(_Record):
    """One cell of the submission that the worker ran or skipped."""

    id: str
    label: str
    sha256: str
    outcome: Literal["ok", "raised", "timeout", "skipped", "exited"]
    message: str = ""


class EnvironmentRecord(_Record):
    """The versions a result was made with."""

    python: str = ""
    torch: str = ""
    numpy: str = ""
    autograder: str = ""
    platform: str = ""


class SubmissionRecord(_Record):
    """The bytes that were graded."""

    file: str = ""
    sha256: str = ""


class ResultRecord(_Record):
    """One graded submission: the whole of results.json."""

    number: int = Field(alias="schema")
    student: str
    assignment: str
    points: float
    max_points: float
    questions: dict[str, QuestionRecord]
    checks: list[CheckRecord]
    status: Literal["graded", "unreadable", "error"] = "graded"
    problem: str = ""
    cells: list[CellRecord] = []
    notes: list[str] = []
    device: str
    data: str
    sandbox: str
    seconds: float
    cpu_seconds: float = 0.0
    seed: int = 0
    environment: EnvironmentRecord
    submission: SubmissionRecord = SubmissionRecord()
    key: str
