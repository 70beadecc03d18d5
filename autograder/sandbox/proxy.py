"""What a check talks to: `submission.name(…)` calls the student's function, and what has no value form is a Handle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch

from autograder.sandbox.session import AnswerLost, Session
from autograder.sandbox.wire import Placed, Ref


@dataclass(frozen=True)
class Gradients:
    """One forward and backward pass: the output, the gradient of each input, and of each parameter by name."""

    output: Any
    inputs: list[Any]
    parameters: dict[str, Any]


@dataclass(frozen=True)
class Layer:
    """A leaf module as it ran: its class name, place, settings, parameters, buffers and mode."""

    kind: str
    name: str
    settings: dict[str, Any]
    parameters: dict[str, Any]
    buffers: dict[str, Any]
    training: bool


LAYER_TYPES = {"kind": str, "name": str, "settings": dict, "parameters": dict, "buffers": dict, "training": bool}


def _has_types(found: Any, **fields: type) -> bool:
    """Whether a worker's answer is a dict with these fields: checks read them without looking."""
    return isinstance(found, dict) and all(isinstance(found.get(key), kind) for key, kind in fields.items())


def _no_answer() -> AnswerLost:
    return AnswerLost("it sent something that is not an answer")


class Remote:
    """Something named in the worker: a function of the submission, a probe, or a library."""

    def __init__(self, session: Session, ref: Ref, name: str) -> None:
        self._session, self._ref, self._name = session, ref, name

    @property
    def wire_ref(self) -> Ref:
        """The reference sent in place of this object."""
        return self._ref

    @property
    def described(self) -> str:
        """How messages call it."""
        return self._name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call it in the worker; values come back by value, the rest as handles."""
        return self._session.call(self, args, kwargs, name=self._name)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        value = self._session.ask("get", self, name, name=f"{self._name}.{name}", record=True)
        return value.called(f"{self._name}.{name}") if isinstance(value, Handle) else value

    def gradients(self, *inputs: Any, upstream: Any = None, wrt_parameters: bool = True) -> Gradients:
        """Forward on `inputs` and backward with `upstream` (ones when None), in the worker."""
        name = f"backward through {self._name}"
        found = self._session.ask("gradients", self, list(inputs), upstream, wrt_parameters, name=name, record=True)
        if not _has_types(found, output=torch.Tensor, inputs=list, parameters=dict):
            raise _no_answer()
        given = [*found["inputs"], *found["parameters"].values()]
        if not all(value is None or isinstance(value, torch.Tensor) for value in given):
            raise _no_answer()
        return Gradients(found["output"], found["inputs"], found["parameters"])

    def structure(self, *inputs: Any) -> list[Layer]:
        """The leaf modules of a network in running order, from one forward pass on `inputs`."""
        found = self._session.ask("structure", self, list(inputs), name=f"{self._name} run once", record=True)
        if not isinstance(found, list) or not all(_has_types(layer, **LAYER_TYPES) for layer in found):
            raise _no_answer()
        layers = [Layer(**{field: layer[field] for field in LAYER_TYPES}) for layer in found]
        tensors = [value for layer in layers for value in (*layer.parameters.values(), *layer.buffers.values())]
        if not all(isinstance(value, torch.Tensor) for value in tensors):
            raise _no_answer()
        return layers


class Handle(Remote):
    """A value that stays in the worker."""

    def __init__(self, session: Session, ref: Ref, generation: int, name: str = "") -> None:
        super().__init__(session, ref, name or ref.type or "the result")
        self._generation = generation

    @property
    def wire_ref(self) -> Ref:
        """The reference, while the worker that holds the value lives."""
        self._session.check_generation(self._generation)
        return self._ref

    @property
    def type_name(self) -> str:
        """The name of its class in the worker."""
        return self._ref.type

    @property
    def described(self) -> str:
        """How messages call it."""
        return f"a {self._ref.type}"

    def called(self, name: str) -> Handle:
        """The same value under another name in messages."""
        return Handle(self._session, self._ref, self._generation, name)

    def value(self) -> Any:
        """The value itself, as it is now."""
        return self._session.ask("value", self, name=self._name, record=True)

    def set(self, name: str, value: Any) -> None:
        """Set an attribute."""
        self._session.ask("set", self, name, value, name=f"{self._name}.{name}")

    def __getitem__(self, key: Any) -> Any:
        """Index it in the worker."""
        return self._session.ask("item", self, key, name=f"{self._name}[…]")


class _Probes:
    def __init__(self, session: Session) -> None:
        self._session = session

    def __getattr__(self, name: str) -> Remote:
        return Remote(self._session, Ref("probe", name), name)

    def __call__(self, name: str, *args: Any, **kwargs: Any) -> Any:
        return getattr(self, name)(*args, **kwargs)


class Submission:
    """The student's answers. Every name that is not a method here is a name of the submission."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def __getattr__(self, name: str) -> Remote:
        if name.startswith("__"):
            raise AttributeError(name)
        return Remote(self._session, Ref("global", name), name)

    @property
    def probe(self) -> _Probes:
        """The functions of this assignment's probes.py: `submission.probe.name(…)` or `submission.probe("name", …)`."""
        return _Probes(self._session)

    def library(self, module: str) -> Remote:
        """An installed library inside the worker: torch, torchvision, numpy and their parts."""
        return Remote(self._session, Ref("library", module), module)

    def keep(self, value: Any) -> Handle:
        """A copy of `value` inside the worker; `.value()` fetches what has become of it."""
        kept = self._session.ask("keep", value)
        if not isinstance(kept, Handle):
            raise _no_answer()
        return kept

    def has(self, name: str) -> bool:
        """Whether the submission defines `name`."""
        return self._session.ask("has", name) is True

    def seconds(self, name: str, *args: Any, **kwargs: Any) -> float:
        """CPU seconds of one call, measured from outside; the result stays in the worker."""
        self._session.ask("has", name)  # revives a worker that has ended, outside of the measured time
        before = self._session.transport.cpu_seconds()
        self._session.call(getattr(self, name), args, kwargs, name=name, keep=True)
        return self._session.transport.cpu_seconds() - before

    def on(self, device: str, tensor: torch.Tensor) -> Placed:
        """`tensor`, to be put on `device` when it arrives in the worker."""
        return Placed(tensor, device)
