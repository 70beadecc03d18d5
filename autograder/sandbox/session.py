"""One submission under examination: load its cells, ask it questions, survive whatever it does."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from autograder.errors import SandboxError
from autograder.sandbox.callbacks import bounded
from autograder.sandbox.describe import describe_call
from autograder.sandbox.frames import WireError
from autograder.sandbox.transports import Transport, WorkerGone
from autograder.sandbox.wire import Decoder, Encoder, Ref, clean
from autograder.submission import CodeCell
from autograder.worker.service import Message

Given = Mapping[str, Callable[..., Any]]
MAX_RESTARTS_WHILE_LOADING = 6


class AnswerProblem(Exception):
    """The submission gave no value; the text tells the student why. `outcome` is the word for the result."""

    outcome = "failed"


class AnswerMissing(AnswerProblem):
    """A name is not defined, or its stub is still there."""

    outcome = "missing"


class AnswerRaised(AnswerProblem):
    """The student's code raised; `kinds` are the names of the exception's classes, nearest first."""

    def __init__(self, text: str, kinds: Sequence[str] = ()) -> None:
        super().__init__(text)
        self.kinds = tuple(kinds)


class AnswerTimeout(AnswerProblem):
    """The student's code was stopped."""

    outcome = "timeout"


class AnswerLost(AnswerProblem):
    """The process ended, or sent something that is no answer."""


@dataclass
class CellOutcome:
    """What running one cell of the submission gave."""

    cell: CodeCell
    outcome: str = "skipped"
    message: str = ""

    def record(self) -> dict[str, str]:
        """As it stands in results.json."""
        digest = hashlib.sha256(self.cell.source.encode("utf-8", "surrogatepass")).hexdigest()
        return {
            "id": self.cell.id,
            "label": self.cell.label,
            "sha256": digest,
            "outcome": self.outcome,
            "message": self.message,
        }


@dataclass
class Exchange:
    """One question and its answer, kept for the message of a failing check and for diagnosis."""

    tried: str
    value: Any = None
    problem: AnswerProblem | None = None


@dataclass
class Session:
    """The trusted side's hold on one submission.

    `cells` are run in order in each fresh worker; a cell that ends or hangs the worker is left out of the next one.
    `places` maps a name to the heading under which it belongs, for messages.
    """

    transport: Transport
    cells: Sequence[CodeCell]
    check_seconds: float = 10.0
    cpu_seconds: float = 120.0
    probes: str = ""
    places: Mapping[str, str] = field(default_factory=dict)
    given: Given = field(default_factory=dict)
    outcomes: dict[str, CellOutcome] = field(default_factory=dict)
    trace: list[Exchange] = field(default_factory=list)
    compute_seconds: float = 0.0
    printed: int = 0
    timed: bool = False  # whether `slowest_call` is kept: measuring costs more than a short call does
    slowest_call: float = 0.0  # CPU seconds
    student_seconds: float = 0.0  # as the worker says: for benchmarks, no grade depends on it
    _open: bool = False
    _hung: dict[str, str] = field(default_factory=dict)
    _generation: int = 0

    # loading ---------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Open a worker and run the cells; afterwards `outcomes` says what became of each.

        Raises SandboxError when there is no worker to be had, or our probes do not run in it; never for a submission.
        """
        for cell in self.cells:
            self.outcomes.setdefault(cell.id, CellOutcome(cell))
        for _ in range(MAX_RESTARTS_WHILE_LOADING):
            self._fresh_worker()
            if self._load():
                break
        else:
            self._settle()  # every worker died on another cell; the rest counts as lost

    def _fresh_worker(self) -> None:
        self._settle()
        self.transport.open()
        self._open = True
        self._generation += 1

    def _load(self) -> bool:
        self._load_probes()
        for cell in self.cells:
            state = self.outcomes[cell.id]
            if state.outcome in ("timeout", "exited"):
                continue
            try:
                self._ask("cell", [cell.id, cell.label, cell.source], label=cell.label)
                state.outcome, state.message = "ok", ""
            except AnswerTimeout as problem:
                state.outcome, state.message = "timeout", f"{cell.label}: {problem}"
                return False
            except AnswerLost as problem:
                state.outcome, state.message = "exited", f"{cell.label}: {problem}"
                return False
            except AnswerProblem as problem:
                state.outcome, state.message = "raised", str(problem)
        try:
            if self.given:
                self._ask("given", [list(self.given)])
        except AnswerProblem:  # only a submission that has taken its worker apart comes here
            return False
        return True

    def _load_probes(self) -> None:
        """Before any cell, so that no submission is in the way and whatever goes wrong is ours."""
        if self.probes:
            try:
                self._ask("probes", [self.probes])
            except AnswerProblem as problem:
                raise SandboxError(f"The assignment's probes.py does not run: {problem}. Correct it.") from problem

    def close(self) -> None:
        """End the worker and book its time."""
        self._settle()
        self.transport.close()
        self._open = False

    def _settle(self) -> None:
        if self._open:
            self.compute_seconds += self.transport.total_cpu_seconds()
            self._open = False

    # asking ----------------------------------------------------------------------------------------------------

    def call(
        self, target: Any, args: Sequence[Any], kwargs: Mapping[str, Any], *, name: str, keep: bool = False
    ) -> Any:
        """Call something in the worker. Raises AnswerProblem."""
        exchange = Exchange(describe_call(name, args, kwargs))
        self.trace.append(exchange)
        if name in self._hung:
            exchange.problem = AnswerTimeout(f"it was not run again: `{name}` hung before ({self._hung[name]})")
            raise exchange.problem
        before = self._cpu_seconds()
        try:
            exchange.value = self._send(
                {"op": "call", "keep": keep}, {"target": target, "args": list(args), "kwargs": dict(kwargs)}, name
            )
            self.slowest_call = max(self.slowest_call, self._cpu_seconds() - before)
        except AnswerProblem as problem:
            exchange.problem = problem
            raise
        return exchange.value

    def _cpu_seconds(self) -> float:
        return self.transport.cpu_seconds() if self.timed else 0.0

    def ask(self, operation: str, *args: Any, name: str = "", record: bool = False) -> Any:
        """Another operation of the worker's service, by its name. `record` keeps it for messages and diagnosis."""
        if not record:
            return self._ask(operation, list(args), label=name)
        exchange = Exchange(name)
        self.trace.append(exchange)
        try:
            exchange.value = self._ask(operation, list(args), label=name)
        except AnswerProblem as problem:
            exchange.problem = problem
            raise
        return exchange.value

    def _ask(self, operation: str, args: list[Any], label: str = "") -> Any:
        return self._send({"op": operation}, {"args": args}, label)

    def _send(self, header: dict[str, Any], values: dict[str, Any], name: str) -> Any:
        self._revive()
        encoder = Encoder(lambda value: None, 2**40)
        nodes = {key: encoder.encode(value) for key, value in values.items()}
        try:
            reply, buffers = self.transport.request(
                ({**header, **nodes}, encoder.buffers), self.check_seconds, self._call_back
            )
        except WorkerGone as gone:
            raise self._lost(gone, name) from None
        return self._value(reply, buffers, name)

    def _revive(self) -> None:
        """A worker that died in an earlier check is replaced, so that one answer's end is not the next one's."""
        if not self._open:
            if self.compute_seconds > self.cpu_seconds:
                raise self._used_up()
            self.start()
            if not self._open:
                raise AnswerLost("its cells end the process again and again; see the list of cells")

    def _used_up(self) -> AnswerTimeout:
        return AnswerTimeout(f"the whole submission has used its {self.cpu_seconds:g} seconds of computing")

    def _lost(self, gone: WorkerGone, name: str) -> AnswerProblem:
        self._settle()
        self.transport.close()
        if self.compute_seconds > self.cpu_seconds and not gone.timeout:
            return self._used_up()
        what = gone.reason or "its process ended (os._exit, or a crash)"
        if gone.timeout:
            self._hung[name] = what
            return AnswerTimeout(what)
        return AnswerLost(what)

    def _value(self, reply: dict[str, Any], buffers: list[memoryview], name: str) -> Any:
        self.printed = max(self.printed, _count(reply.get("printed")))
        compute = reply.get("compute")
        self.student_seconds = max(self.student_seconds, compute if isinstance(compute, float) else 0.0)
        if "ok" in reply:
            try:
                return Decoder(buffers, self._handle).decode(reply["ok"])
            except (WireError, ValueError, RuntimeError, RecursionError) as error:
                raise AnswerLost(f"it sent something that is not an answer ({error})") from None
        if "missing" in reply:
            raise AnswerMissing(self.missing_text(_clip(reply["missing"])))
        if "raised" in reply:
            raise self._raised(reply["raised"], name)
        if "refused" in reply:
            raise AnswerLost(f"its result cannot be graded: {_clip(reply['refused'])}")
        raise AnswerLost("it sent something that is not an answer")

    def missing_text(self, name: str) -> str:
        """What to say when the submission does not define `name`."""
        place = f" in the cell under *{self.places[name]}*" if self.places.get(name) else ""
        for state in self.outcomes.values():
            if state.outcome != "ok" and name in state.cell.source:
                return f"`{name}` is not defined, because its cell did not run to the end. {state.message}"
        return f"`{name}` is not defined: add it{place}"

    def _raised(self, raised: Any, name: str) -> AnswerProblem:
        if not isinstance(raised, dict):
            return AnswerLost("it sent something that is not an answer")
        where = raised.get("where")
        where = where if isinstance(where, dict) else {}
        listed = raised.get("kinds")
        kinds = [_clip(kind, 100) for kind in (listed if isinstance(listed, list) else [])[:20]]
        kind = _clip(raised.get("type"), 100)
        text, line = _clip(raised.get("text"), 600), _clip(where.get("text"), 200)
        # From another line than a stub's the same exception means something else: torch does not have that operation.
        if kind == "NotImplementedError" and (kind in line or not line):
            inner = _clip(where.get("function"), 100)
            which = inner if inner and inner != "<module>" else name
            called = f", which {name} calls," if which != name and not which.startswith(f"{name}.") else ""
            return AnswerMissing(f"`{which}`{called} is not implemented yet: it still raises NotImplementedError")
        place = ""
        if where:
            label = _clip(where.get("label"), 200)
            place = f"{label + ', ' if label else ''}line {_count(where.get('line'))}: `{line}`"
        message = f"it raised {kind}{': ' + text if text else ''}" + (f"\n{place}" if place else "")
        return AnswerRaised(message, [kind, *kinds])

    def _handle(self, ref: Ref) -> Any:
        from autograder.sandbox.proxy import Handle

        if ref.kind != "handle" or not isinstance(ref.name, int) or ref.name < 0:
            raise WireError("a reference of another kind")
        return Handle(self, ref, self._generation)

    def check_generation(self, generation: int) -> None:
        """Raises AnswerLost when a handle belongs to a worker that has ended."""
        if generation != self._generation or not self._open:
            raise AnswerLost("its process ended in an earlier step of this check")

    def _call_back(self, message: Message) -> Message:
        """A function of the reference, asked for by a stand-in in the worker: values in, values out."""
        header, buffers = message
        encoder = Encoder(lambda value: None, 2**40)
        try:
            decoder = Decoder(buffers, self._no_reference)
            args, kwargs = decoder.decode(header["args"]), decoder.decode(header["kwargs"])
            function = self.given[str(header["callback"])]
            reply = {"ok": encoder.encode(bounded(function, args, kwargs, self.check_seconds))}
        except Exception as error:  # wrong arguments from the student's code: told to it, as a call would
            return {"raised": clean(f"{type(error).__name__}: {error}"[:500])}, []
        return reply, encoder.buffers

    @staticmethod
    def _no_reference(ref: Ref) -> Any:
        raise WireError("a value is needed here")


def _clip(value: Any, size: int = 300) -> str:
    text = clean(value) if isinstance(value, str) else ""
    return text if len(text) <= size else f"{text[:size]} [+{len(text) - size} characters]"


def _count(value: Any) -> int:
    return value if isinstance(value, int) and 0 <= value < 2**62 else 0
