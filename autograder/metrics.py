"""What a notebook measured, as an output that machines read: `record(loss=…, accuracy=…)` in a notebook's cell.

The output has two forms: text for people, and under the MIME type below a JSON object of numbers. `autograder batch`
gathers those of all runs; the last value of a name counts. See docs/batch.md.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from typing import Any

MIME = "application/vnd.autograder.metrics+json"
_MOST, _LONGEST = 20, 40  # metrics of a notebook, characters of a name


def record(model: Any = None, **values: float) -> None:
    """Show these numbers, with the CPU seconds of this process so far and how many weights a model has.

    `model`: anything with `parameters()`, as torch's modules have. Numbers that are not finite are shown as such and
    left out of what machines read.
    """
    found = {name: float(value) for name, value in values.items()}
    if model is not None:
        found["parameters"] = float(sum(weights.numel() for weights in model.parameters() if weights.requires_grad))
    found["seconds"] = round(time.process_time(), 2)
    text = " · ".join(f"{name} {value:g}" for name, value in found.items())
    try:
        from IPython.core.getipython import get_ipython
        from IPython.display import display
    except ImportError:
        print(text)
        return
    if get_ipython() is None:
        print(text)
    else:
        finite = {name: value for name, value in found.items() if math.isfinite(value)}
        display({"text/plain": text, MIME: finite}, raw=True)  # type: ignore[no-untyped-call]


def metrics_of(notebook: Mapping[str, Any]) -> dict[str, float]:
    """The metrics in the outputs of an executed notebook, by name; what is not of their form is passed over."""
    found: dict[str, float] = {}
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            values = (output.get("data") or {}).get(MIME)
            for name, value in values.items() if isinstance(values, dict) else ():
                fine = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300
                if fine and isinstance(name, str) and name.isidentifier() and len(name) <= _LONGEST:
                    found[name] = float(value)
    return dict(list(found.items())[:_MOST])
