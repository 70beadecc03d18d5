"""Looking into a student's network from beside it: one backward pass, and its layers in running order."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import torch
from torch import nn

SETTING_TYPES = (bool, int, float, str, type(None))


def gradients(target: Any, inputs: list[Any], upstream: Any, parameters: bool) -> dict[str, Any]:
    """Run `target(*inputs)` and backward with `upstream` (ones when None); floating inputs require gradients.

    Returns the output, the gradient of each input (None for integer ones) and of each parameter by name. Mode, buffers
    and the parameters' own gradients are left as found.
    """
    prepared = [_leaf(value) for value in inputs]
    named = dict(target.named_parameters()) if parameters and isinstance(target, nn.Module) else {}
    saved = {name: parameter.grad for name, parameter in named.items()}
    for parameter in named.values():
        parameter.grad = None
    try:
        with torch.enable_grad(), _as_found(target):
            output = target(*prepared)
            weight = torch.ones_like(output) if upstream is None else upstream.to(output.device, output.dtype)
            if output.requires_grad:  # what is cut off from all that could learn has no gradients to give
                output.backward(weight)
        found = {name: None if p.grad is None else p.grad.detach().clone() for name, p in named.items()}
    finally:
        for name, parameter in named.items():
            parameter.grad = saved[name]
    given = [value.grad if isinstance(value, torch.Tensor) else None for value in prepared]
    return {"output": output.detach(), "inputs": given, "parameters": found}


def _leaf(value: Any) -> Any:
    if isinstance(value, torch.Tensor):
        value = value.detach().clone()
        return value.requires_grad_() if value.is_floating_point() else value
    return value


def structure(target: Any, inputs: list[Any]) -> list[dict[str, Any]]:
    """Leaf modules of `target` in running order, once per call, from one forward pass on `inputs`.

    Mode and buffers are left as found. Modules that did not run are not listed, nor is `target` itself, unless it is a
    layer of torch's own.
    """
    if not isinstance(target, nn.Module):
        raise TypeError(f"a torch.nn.Module is needed, not a {type(target).__name__}")
    order: list[dict[str, Any]] = []
    names = {id(module): name for name, module in target.named_modules()}

    def record(module: nn.Module, args: Any) -> None:
        order.append(_layer(module, names.get(id(module), "")))

    leaves = [module for module in target.modules() if not any(True for _ in module.children())]
    wanted = [leaf for leaf in leaves if leaf is not target or type(leaf).__module__.startswith("torch.nn.")]
    handles = [leaf.register_forward_pre_hook(record) for leaf in wanted]
    try:
        with torch.no_grad(), _as_found(target):
            target(*inputs)
    finally:
        for handle in handles:
            handle.remove()
    return order


@contextlib.contextmanager
def _as_found(target: Any) -> Iterator[None]:
    """Put back the mode and the buffers of a network: looking at it is not using it."""
    modules = list(target.modules()) if isinstance(target, nn.Module) else []
    modes = [(module, module.training) for module in modules]
    buffers = [
        (module._buffers, name, buffer, buffer.detach().clone())
        for module in modules
        for name, buffer in module._buffers.items()
        if buffer is not None
    ]
    try:
        yield
    finally:
        for module, training in modes:
            module.training = training
        with torch.no_grad():
            for place, name, buffer, value in buffers:
                place[name] = buffer.copy_(value)  # also where forward has put another tensor in its place


def _layer(module: nn.Module, name: str) -> dict[str, Any]:
    settings = {k: v for k, v in vars(module).items() if not k.startswith("_") and _is_setting(v)}
    return {
        "kind": type(module).__name__,
        "name": name,
        "settings": settings,
        "parameters": {k: v.detach().clone() for k, v in module.named_parameters(recurse=False)},
        "buffers": {k: v.detach().clone() for k, v in module.named_buffers(recurse=False)},
        "training": module.training,
    }


def _is_setting(value: Any) -> bool:
    """A number, a word, or a tuple of them: a kernel size, an epsilon, a padding mode."""
    return all(isinstance(item, SETTING_TYPES) for item in (value if isinstance(value, tuple) else (value,)))
