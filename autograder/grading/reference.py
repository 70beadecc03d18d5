"""The reference solutions as importable modules, on the trusted side only: `import im2col` in a hidden check."""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType

from autograder.notebook import load_module


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Loads a source without its demo and check cells."""

    def __init__(self) -> None:
        self.sources: dict[str, Path] = {}

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """The spec of an assignment's source, None for every other module."""
        if fullname not in self.sources:
            return None
        return importlib.machinery.ModuleSpec(fullname, self, origin=str(self.sources[fullname]))

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        """The loaded module."""
        return load_module(self.sources[spec.name], spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Nothing is left to do."""


_finder = _Finder()


def make_importable(sources: Mapping[str, Path]) -> None:
    """Let `import <assignment>` give the reference module of each of these sources."""
    if _finder not in sys.meta_path:
        sys.meta_path.insert(0, _finder)
    for name, path in sources.items():
        if _finder.sources.get(name) != path:
            sys.modules.pop(name, None)
        _finder.sources[name] = path
