"""What the cells of a notebook show when they are run behind the wall: outputs for the people who look at it."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from autograder.sandbox.session import AnswerLost, AnswerProblem, AnswerTimeout, Session
from autograder.text import plain

PNG = b"\x89PNG\r\n\x1a\n"
MAX_PICTURES = 8 * 2**20  # bytes of all pictures of a notebook
MAX_TEXT = 65_536  # characters of one output

Outputs = list[dict[str, Any]]


class ShownCell(NamedTuple):
    """A cell to run for what it shows."""

    id: str
    label: str
    source: str


def shown_outputs(session: Session, cells: Sequence[ShownCell]) -> dict[str, Outputs]:
    """Run `cells` one after the other in a fresh worker; cell id → its outputs, as notebooks have them.

    No point depends on it. A cell that raises says so and the next one runs; where the process ends or is stopped, the
    cells after it are told not to have run. What comes from there is data of the submission: of known form, or dropped.
    """
    found: dict[str, Outputs] = {}
    room = MAX_PICTURES
    ended = ""
    for cell in cells:
        if ended:
            found[cell.id] = [_stream(f"Not run: {ended}")]
            continue
        problem, reply = "", None
        try:
            reply = session.ask("show", cell.id, cell.label, cell.source, name=cell.label)
        except (AnswerTimeout, AnswerLost) as error:
            found[cell.id] = [_stream(f"{cell.label}: {error}")]
            ended = f"the run ended in {cell.label}."
            continue
        except AnswerProblem as error:
            problem = str(error)
        outputs = _printed(session)
        pictures = _pictures(reply, room)
        room -= sum(len(picture) for picture in pictures)
        outputs += [_picture(picture) for picture in pictures]
        outputs += _value(reply)
        found[cell.id] = [*outputs, _stream(plain(problem))] if problem else outputs
    return found


def _printed(session: Session) -> Outputs:
    try:
        text = session.ask("printed")
    except AnswerProblem:
        return []
    return [_stream(text[:MAX_TEXT])] if isinstance(text, str) and text else []


def _pictures(reply: Any, room: int) -> list[bytes]:
    arrays = reply.get("figures") if isinstance(reply, dict) else None
    kept: list[bytes] = []
    for array in arrays if isinstance(arrays, list) else ():
        if not isinstance(array, np.ndarray) or array.dtype != np.uint8 or array.ndim != 1 or array.nbytes > room:
            continue
        picture = array.tobytes()
        if picture.startswith(PNG):
            kept.append(picture)
            room -= len(picture)
    return kept


def _value(reply: Any) -> Outputs:
    text = reply.get("value") if isinstance(reply, dict) else None
    if not isinstance(text, str) or not text:
        return []
    data = {"text/plain": text[:MAX_TEXT]}
    return [{"output_type": "execute_result", "execution_count": None, "metadata": {}, "data": data}]


def _picture(png: bytes) -> dict[str, Any]:
    data = {"image/png": base64.b64encode(png).decode("ascii"), "text/plain": "<Figure>"}
    return {"output_type": "display_data", "metadata": {}, "data": data}


def _stream(text: str) -> dict[str, Any]:
    # Never stderr, which nbgrader takes for a failed cell.
    return {"output_type": "stream", "name": "stdout", "text": text}
