"""What one run of checks needs to know, and what came of each check."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # the command line shows results without importing torch
    from autograder.data import ImageData
    from autograder.sandbox.session import Exchange, Session

    Rerun = Callable[[Session], tuple[Sequence[Exchange], Exception | None]]

PASSED, FAILED, ERROR, TIMEOUT, MISSING = "passed", "failed", "error", "timeout", "missing"


@dataclass
class Check:
    """The record of one check, as it stands in results.json."""

    name: str
    question: str
    public: bool
    weight: float
    title: str
    hint: str = ""
    outcome: str = MISSING
    seconds: float = 0.0
    message: str = ""
    tried: str = ""
    diagnosis: str = ""
    defect: str = ""  # the traceback of an error of ours: for the instructor, never for the student

    def remark(self, text: str) -> None:
        """Add a sentence that is worth saying whether the check passes or not."""
        self.message = f"{self.message} {text}".strip()

    def record(self) -> dict[str, Any]:
        """As plain data, without what is not for students."""
        fields = dict(vars(self))
        del fields["defect"]
        fields["seconds"] = round(self.seconds, 4)
        return fields


@dataclass
class Context:
    """One submission's examination: the session to ask, and the conditions."""

    assignment: str
    session: Session
    seed: int
    device: str = "cpu"
    data: str = "bundled"
    thresholds: Mapping[str, float] = field(default_factory=dict)
    load_data: Callable[[], ImageData] | None = None
    questions: frozenset[str] = frozenset()  # only these; empty: all
    trainings: bool = True
    training_seconds: float = 100.0
    with_given: Callable[[tuple[str, ...]], Session] | None = None
    lost: Callable[[tuple[str, ...]], bool] = lambda names: False
    diagnose: Callable[[str, str, Sequence[Exchange], Rerun], list[str]] | None = None
    checks: dict[str, Check] = field(default_factory=dict)

    def check_seed(self, check: str) -> int:
        """The seed of one check's random inputs: the same for every submission of a run, different per check."""
        digest = hashlib.sha256(f"{self.seed}:{self.assignment}:{check}".encode()).digest()
        return int.from_bytes(digest[:8], "big")
