"""What hidden checks may import, on the trusted side only.

`import im2col` is the reference solution, `import image_training` a file of solutions/ that serves several assignments.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType

from autograder.notebook import load_module


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Loads a source without its demo and check cells."""

    def __init__(self) -> None:
        self.sources: dict[str, Path] = {}
        self.shared: dict[str, Path] = {}

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """The spec of an assignment's source, None for every other module."""
        if fullname in self.shared:
            return importlib.util.spec_from_file_location(fullname, self.shared[fullname])
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
    """Let `import <assignment>` give the reference module of each source, and other files of solutions/ as they are."""
    if _finder not in sys.meta_path:
        sys.meta_path.insert(0, _finder)
    shared = {path.stem: path for source in sources.values() for path in shared_files(source.parent)}
    for known, paths in ((_finder.sources, sources), (_finder.shared, shared)):
        for name, path in paths.items():
            if known.get(name) != path:
                sys.modules.pop(name, None)
            known[name] = path


def shared_files(folder: Path) -> list[Path]:
    """The Python files beside an assignment's folder, which the checks of several assignments use."""
    return sorted(folder.parent.glob("*.py"))
