"""Answers the grader's requests on the submission's behalf: run a cell, call a function, read an attribute.

The service lives in the same process as the student's code, so nothing it says is believed on the other side; it holds
no expected value. The same class serves a notebook's own kernel, a plain subprocess and the process behind the wall.
"""

from __future__ import annotations

import importlib
import linecache
import sys
import time
import traceback
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

from autograder.sandbox.frames import Unsendable, WireError
from autograder.sandbox.wire import Decoder, Encoder, Ref
from autograder.worker import networks
from autograder.worker.printed import Printed

Message = tuple[dict[str, Any], list[memoryview]]
Callback = Callable[[Message], Message]

LIBRARIES = ("torch", "torchvision", "numpy")
MAX_TEXT = 2000
UNSPEAKABLE = "(its message cannot be shown)"


class MissingName(Exception):
    """The submission defines no such name."""


class Service:
    """One submission: its namespace, the values kept for the grader, and the operations on them."""

    def __init__(
        self,
        namespace: dict[str, Any],
        *,
        max_bytes: int = 64 * 2**20,
        data: Callable[[str], Any] | None = None,
        callback: Callback | None = None,
        printed: Printed | None = None,
    ) -> None:
        self.namespace = namespace
        self._max_bytes = max_bytes
        self._data = data
        self._callback = callback
        self._printed = printed
        self._kept: dict[int, Any] = {}
        self._probes: dict[str, Any] = {}
        self._labels: dict[str, str] = {}
        self._said = 0  # characters of what is printed that were asked for
        self._compute = 0.0  # CPU seconds inside the student's own code, for the benchmark of what grading adds

    def answer(self, message: Message) -> Message:
        """The reply to one request; whatever the student's code raises becomes part of the reply."""
        header, buffers = message
        encoder = Encoder(self._keep, self._max_bytes)
        try:
            reply: dict[str, Any] = {"ok": encoder.encode(self._run(header, buffers))}
        except Unsendable as error:
            reply = {"refused": str(error)}
        except MissingName as error:
            reply = {"missing": str(error)}
        except BaseException as error:
            if issubclass(type(error), KeyboardInterrupt) and self._printed is None:
                raise  # in the notebook's own kernel: the student presses stop
            reply = {"raised": self._describe(error)}
        reply["compute"] = self._compute
        if self._printed is not None:
            reply["printed"] = self._printed.count
        return reply, encoder.buffers if "ok" in reply else []

    def _run(self, header: dict[str, Any], buffers: list[memoryview]) -> Any:
        decoder = Decoder(buffers, self._resolve, placing=True)
        operation = str(header.get("op"))
        if operation == "call":
            target = decoder.decode(header["target"])
            arguments = decoder.decode(header["args"])
            keywords = decoder.decode(header["kwargs"])
            result = self._timed(target, *arguments, **keywords)
            return self._keep(result) if header.get("keep") else result
        values = [decoder.decode(node) for node in header.get("args", [])]
        return getattr(self, f"_do_{operation}")(*values)

    def _timed(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        start = time.process_time()
        try:
            return function(*args, **kwargs)
        finally:
            self._compute += time.process_time() - start

    # operations ------------------------------------------------------------------------------------------------

    def _do_cell(self, cell_id: str, label: str, source: str) -> None:
        filename = self._file(cell_id, label, source)
        self._timed(exec, compile(source, filename, "exec", dont_inherit=True), self.namespace)

    def _do_show(self, cell_id: str, label: str, source: str) -> dict[str, Any]:
        """Run a cell for what it shows; `_do_printed` has what it printed, also when it raised."""
        from autograder.worker.shown import show

        return show(source, self._file(cell_id, label, source), lambda code: self._timed(eval, code, self.namespace))

    def _do_printed(self) -> str:
        """What was printed since this was last asked."""
        text = self._printed.text() if self._printed is not None else ""
        start, self._said = self._said, len(text)
        return text[start:]

    def _file(self, cell_id: str, label: str, source: str) -> str:
        """The name a cell's code goes by in tracebacks, known to them with its lines."""
        filename = f"<{label} #{cell_id}>"
        self._labels[filename] = label
        linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
        return filename

    def _do_probes(self, source: str) -> None:
        self._probes = {"__name__": "probes"}
        exec(compile(source, "<probes>", "exec", dont_inherit=True), self._probes)

    def _do_given(self, names: list[str]) -> None:
        for name in names:  # a probe of that name stands in for what changes its arguments or draws random numbers
            self.namespace[name] = self._probe(name) if name in self._probes else self._stand_in(name)

    def _do_has(self, name: str) -> bool:
        return name in self.namespace

    def _do_get(self, target: Any, name: str) -> Any:
        return getattr(target, name)

    def _do_item(self, target: Any, key: Any) -> Any:
        return target[key]

    def _do_set(self, target: Any, name: str, value: Any) -> None:
        setattr(target, name, value)

    def _do_keep(self, value: Any) -> Ref:
        return self._keep(value)

    def _do_value(self, value: Any) -> Any:
        return value

    def _do_gradients(self, target: Any, inputs: list[Any], upstream: Any, parameters: bool) -> dict[str, Any]:
        return networks.gradients(target, inputs, upstream, parameters)

    def _do_structure(self, target: Any, inputs: list[Any]) -> list[dict[str, Any]]:
        return networks.structure(target, inputs)

    # what crosses ----------------------------------------------------------------------------------------------

    def _keep(self, value: Any) -> Ref:
        number = len(self._kept) + 1
        self._kept[number] = value
        named = value.__name__ if type(value) in (type, types.FunctionType) else _class_name(type(value))
        return Ref("handle", number, named[:100])

    def _resolve(self, ref: Ref) -> Any:
        if ref.kind == "handle":
            return self._kept[int(ref.name)]
        if ref.kind == "global":
            if ref.name not in self.namespace:
                raise MissingName(str(ref.name))
            return self.namespace[str(ref.name)]
        if ref.kind == "probe":
            return self._probe(str(ref.name))
        if ref.kind == "library" and str(ref.name).split(".")[0] in LIBRARIES:
            return importlib.import_module(str(ref.name))
        if ref.kind == "data" and self._data is not None:
            return self._data(str(ref.name))
        raise WireError(f"no such reference: {ref.kind}")

    def _probe(self, name: str) -> Callable[..., Any]:
        function = self._probes[name]
        if "student" not in function.__code__.co_varnames[: function.__code__.co_argcount]:
            return function  # type: ignore[no-any-return]
        student = types.SimpleNamespace(**{k: v for k, v in self.namespace.items() if not k.startswith("__")})
        return lambda *args, **kwargs: function(student, *args, **kwargs)

    def _stand_in(self, name: str) -> Callable[..., Any]:
        """A function that asks the grader for the value: our answer in place of the student's, by data alone."""

        def given(*args: Any, **kwargs: Any) -> Any:
            if self._callback is None:
                raise RuntimeError("no grader to ask")
            encoder = Encoder(lambda value: None, self._max_bytes)
            header = {"callback": name, "args": encoder.encode(list(args)), "kwargs": encoder.encode(kwargs)}
            reply, buffers = self._callback((header, encoder.buffers))
            if "raised" in reply:
                raise ValueError(str(reply["raised"]))
            return Decoder(buffers, self._resolve).decode(reply["ok"])

        return given

    def _describe(self, error: BaseException) -> dict[str, Any]:
        """An exception as data: its type, text, and the last line of the student's code it went through."""
        kinds = [_class_name(kind) for kind in _bases_of(type(error))]
        found: dict[str, Any] = {"type": kinds[0], "kinds": kinds[:20], "text": UNSPEAKABLE, "where": {}}
        try:
            found["where"] = self._where(error)
            text = error.msg if isinstance(error, SyntaxError) else error
            found["text"] = str.__str__(str(text))[:MAX_TEXT]
        except BaseException:  # an exception of the student's own making, broken or hostile in its turn
            return found
        return found

    def _where(self, error: BaseException) -> dict[str, Any]:
        """The cell, line and function of the student's code that it went through last."""
        where: dict[str, Any] = {}
        for frame, line in traceback.walk_tb(error.__traceback__):
            code = frame.f_code
            if code.co_filename in self._labels or "ipykernel" in code.co_filename:
                label = self._labels.get(code.co_filename, "")
                text = linecache.getline(code.co_filename, line).strip()
                where = {"label": label, "line": line, "text": text[:200], "function": code.co_qualname[:100]}
        if isinstance(error, SyntaxError) and error.filename in self._labels:
            label = self._labels[str(error.filename)]
            where = {"label": label, "line": error.lineno or 0, "text": (error.text or "").strip()[:200]}
        return where


# A metaclass may answer for its classes what it likes; these ask `type` itself.
_class_name: Callable[[type], str] = type.__dict__["__name__"].__get__
_bases_of: Callable[[type], tuple[type, ...]] = type.__dict__["__mro__"].__get__


def new_namespace(name: str) -> dict[str, Any]:
    """A fresh module namespace called `name`, registered so that classes defined in it behave as usual."""
    module = types.ModuleType(name)
    sys.modules[name] = module
    return module.__dict__


def probes_of(folder: Path) -> str:
    """The text of `probes.py` beside an assignment's folder (for all of them) and of the one in it; empty without."""
    paths = [folder.parent / "probes.py", folder / "probes.py"]
    return "\n\n".join(path.read_text(encoding="utf-8") for path in paths if path.exists())
