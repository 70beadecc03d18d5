"""Naming a mistake: a failing answer that equals a planted mistake's answer gets that mistake's sentence."""

from __future__ import annotations

import contextlib
import io
import math
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from autograder.errors import KitError
from autograder.grading.bank import Variant, read_wrong
from autograder.notebook import assemble, load_text, read_source
from autograder.sandbox.proxy import Handle
from autograder.sandbox.session import Exchange, Session
from autograder.sandbox.transports import InProcess
from autograder.worker.service import Service

if TYPE_CHECKING:
    from autograder.grading.context import Rerun

Trace = Sequence[Exchange]
TOLERANCE = 1e-6


@dataclass
class Diagnosis:
    """The planted mistakes of one assignment, and what they answer in each check that was asked about."""

    source: Path
    probes: str
    load_data: Callable[[str], Any] | None = None
    _variants: list[Variant] | None = None
    _modules: dict[str, dict[str, Any]] = field(default_factory=dict)
    _answers: dict[tuple[str, int], list[tuple[str, Trace]]] = field(default_factory=dict)

    def names(self, check: str, question: str, seed: int, trace: Trace, rerun: Rerun) -> list[str]:
        """The sentences of all planted mistakes that answer `check` exactly as `trace` does, each once."""
        planted = self._planted(check, question, seed, rerun)
        return list(dict.fromkeys(sentence for sentence, answers in planted if same_trace(trace, answers)))

    def _planted(self, check: str, question: str, seed: int, rerun: Rerun) -> list[tuple[str, Trace]]:
        if (check, seed) not in self._answers:
            variants = [variant for variant in self._wrong_variants() if variant.question == question]
            # What planted mistakes print or warn of is no news to anybody.
            with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                found = [(variant.sentence, self._answer(variant, rerun)) for variant in variants]
            self._answers[check, seed] = [(sentence, trace) for sentence, trace in found if trace]
        return self._answers[check, seed]

    def _answer(self, variant: Variant, rerun: Rerun) -> Trace:
        """What a planted mistake answers; nothing when it passes the check, or cannot even be loaded."""
        with torch_as_found():  # for the next one, too
            try:
                session = self._session(variant)
            except KitError:  # `verify` shows it as never named; a student's grade does not depend on it
                return []
            trace, problem = rerun(session)
            return trace if problem is not None else []

    def _wrong_variants(self) -> list[Variant]:
        if self._variants is None:
            self._variants = read_wrong(self.source.parent)
        return self._variants

    def _session(self, variant: Variant) -> Session:
        """A session on the planted mistake, in this process: it is our own code."""
        name = variant.path.stem
        if name not in self._modules:
            text = assemble(read_source(self.source), variant.path.read_text(encoding="utf-8"), variant.path)
            self._modules[name] = dict(vars(load_text(text, variant.path, self.source.stem)))
        # Not a copy per check: the module's functions look their globals up in the module itself.
        namespace = self._modules[name]
        session = Session(
            InProcess(lambda answer: Service(namespace, data=self.load_data, callback=answer)), (), probes=self.probes
        )
        session.start()
        return session


@contextlib.contextmanager
def torch_as_found() -> Iterator[None]:
    """Undo what code run inside does to this process: gradient mode, default dtype, torch's and NumPy's generators."""
    dtype, numpy_state = torch.get_default_dtype(), np.random.get_state()
    with torch.set_grad_enabled(torch.is_grad_enabled()), torch.random.fork_rng(devices=[]):
        try:
            yield
        finally:
            torch.set_default_dtype(dtype)
            np.random.set_state(numpy_state)


def likeliest(named: Sequence[Sequence[str]]) -> list[str]:
    """One sentence for each check, or nothing: of those that explain it, the first that explains most checks in all.

    Planted mistakes often answer one check alike; the other checks tell them apart.
    """
    explains = Counter(sentence for sentences in named for sentence in sentences)
    return [max(sentences, key=lambda sentence: explains[sentence], default="") for sentences in named]


def same_trace(mine: Trace, planted: Trace) -> bool:
    """Whether two runs of a check got the same answers to the same questions.

    That both gave some object, of which no more was asked, says nothing: one answer must be a value or an exception.
    """
    if len(mine) != len(planted) or all(isinstance(exchange.value, Handle) for exchange in mine):
        return False
    return all(_same_exchange(a, b) for a, b in zip(mine, planted, strict=True))


def _same_exchange(a: Exchange, b: Exchange) -> bool:
    if a.problem is not None or b.problem is not None:
        return type(a.problem) is type(b.problem) and _first_line(a.problem) == _first_line(b.problem)
    return same_value(a.value, b.value)


def _first_line(problem: Exception | None) -> str:
    return str(problem).split("\n")[0]


def same_value(a: Any, b: Any) -> bool:
    """Equality of answers: same types and shapes, numbers to rounding."""
    if isinstance(a, Handle) or isinstance(b, Handle):
        return isinstance(a, Handle) and isinstance(b, Handle)
    if isinstance(a, torch.Tensor | np.ndarray | np.generic) or isinstance(b, torch.Tensor | np.ndarray | np.generic):
        return _same_array(a, b)
    if isinstance(a, bool) or isinstance(b, bool) or not isinstance(a, int | float):
        return _same_plain(a, b)
    if type(a) is not type(b):
        return False
    return bool(a != a and b != b) or math.isclose(a, b, rel_tol=TOLERANCE, abs_tol=TOLERANCE)


def _same_plain(a: Any, b: Any) -> bool:
    if isinstance(a, list | tuple) and isinstance(b, list | tuple):
        return len(a) == len(b) and all(same_value(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same_value(a[key], b[key]) for key in a)
    return type(a) is type(b) and bool(a == b)


def _same_array(a: Any, b: Any) -> bool:
    first, second = _plain_array(a), _plain_array(b)
    if first is None or second is None or first.shape != second.shape or first.dtype != second.dtype:
        return False
    if first.dtype.kind not in "fc":
        return bool(np.array_equal(first, second))
    with np.errstate(all="ignore"):
        scale = float(np.max(np.abs(second), initial=0.0, where=np.isfinite(second)))
        return bool(np.allclose(first, second, rtol=TOLERANCE, atol=TOLERANCE * scale, equal_nan=True))


def _plain_array(value: Any) -> np.ndarray[Any, Any] | None:
    if isinstance(value, torch.Tensor):
        return np.asarray((value.float() if value.dtype == torch.bfloat16 else value).numpy())
    return np.asarray(value) if isinstance(value, np.ndarray | np.generic) else None
