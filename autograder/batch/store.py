"""Where a batch writes: a folder, each file whole or not at all, or a place papermill has a handler for (s3://, …)."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

from papermill.iorw import papermill_io

from autograder.batch.plan import is_remote
from autograder.errors import KitError
from autograder.records.results import try_writing, write_bytes

_SUFFIXES = [".ipynb", ".json", ".csv", ".html"]


class Store:
    """Files by name below one place."""

    def __init__(self, place: str) -> None:
        """Raises KitError when nothing can be written there."""
        self.place, self.remote = place.rstrip("/"), is_remote(place)
        if not self.remote:
            try_writing(Path(place))

    def path(self, name: str) -> str:
        """Where a file is."""
        return f"{self.place}/{name}" if self.remote else str(Path(self.place) / name)

    def write(self, name: str, text: str) -> None:
        """Write a file; KitError when that cannot be done."""
        if not self.remote:
            write_bytes(Path(self.place) / name, text.encode("utf-8", "replace"))
            return
        try:
            papermill_io.write(text, self.path(name), extensions=_SUFFIXES)
        except Exception as error:  # whatever the library behind the handler raises
            words = " ".join(str(error).split())[:300]
            raise KitError(
                f"{self.path(name)} cannot be written: {words}. Fix: check the place and your access."
            ) from error

    def read_json(self, name: str) -> dict[str, Any]:
        """What a JSON file holds; empty when it is not there or damaged."""
        with contextlib.suppress(Exception):  # not there, in the words of any library
            text = papermill_io.read(self.path(name), extensions=_SUFFIXES) if self.remote else self._text(name)
            found = json.loads("".join(text))
            return found if isinstance(found, dict) else {}
        return {}

    def _text(self, name: str) -> str:
        return (Path(self.place) / name).read_text(encoding="utf-8")

    def has(self, name: str) -> bool:
        """Whether a local file is there; a remote one is believed to be."""
        return self.remote or Path(self.path(name)).is_file()
