"""A worker that says what nobody asked: forged frames and answers cost one answer, and are told in words."""

import pytest

from autograder.sandbox.session import AnswerLost, AnswerProblem, AnswerTimeout

FINE = "import os\ndef fine(x): return x + 1\n"
# What a worker knows of its own socket: the only descriptor that is one.
SOCKET = """
import os, stat, struct

def own_socket():
    return next(fd for fd in range(3, 256) if is_socket(fd))

def is_socket(fd):
    try:
        return stat.S_ISSOCK(os.fstat(fd).st_mode)
    except OSError:
        return False

def forge(header, payload=b"", size=None):
    data = struct.pack("!4sIQ", b"AGW1", len(header) if size is None else size, len(payload)) + header + payload
    while data:
        data = data[os.write(own_socket(), data):]
"""


# forged frames --------------------------------------------------------------------------------------------------------

FORGED = {
    "garbage": ("os.write(own_socket(), b'garbage' * 100)", "not a frame"),
    "no header": ("forge(b'[]')", "not an object"),
    "another question's number": ("""forge(b'{"ok":1,"id":7777,"buffers":[]}')""", "an answer to another question"),
    "no number": ("""forge(b'{"ok":1,"buffers":[]}')""", "an answer to another question"),
    "a number that is true": ("""forge(b'{"ok":1,"id":true,"buffers":[]}')""", "an answer to another question"),
    "a header of 4 GiB": ("forge(b'{', size=2**32 - 1)", "larger than the limit"),
    "a header of 16 MiB": ("forge(b'{\"ok\":[0' + b',[]' * 5_500_000 + b']}')", "the header has too many parts"),
    "half a header": ("forge(b'{', size=2**24); os._exit(0)", "its process ended"),
    "a closed socket": ("os.close(own_socket())", "its process ended"),
}


@pytest.mark.parametrize(("call", "words"), FORGED.values(), ids=FORGED.keys())
def test_a_forged_frame_is_the_end_of_one_answer(ends, call, words):
    ends(SOCKET + f"def do():\n    {call}\n    return 'sent'", AnswerLost, words, 5)


def test_a_header_that_never_comes_is_waited_for_on_the_clock(ends):
    source = SOCKET + "import time\ndef do():\n    forge(b'{', size=2**24)\n    time.sleep(1000)"
    ends(source, AnswerTimeout, "seconds on the clock", 0.05)


def test_a_worker_that_does_not_read_is_waited_for_on_the_clock(examine):
    examined = examine(FINE + SOCKET + answers({"ok": "forged"}, "time.sleep(1000)"))
    assert examined.ask("do") == "forged"
    examined.session.check_seconds = 0.05
    with pytest.raises(AnswerTimeout, match="on the clock"):
        examined.ask("late", bytes(32 * 2**20))
    examined.session.check_seconds = 20
    assert examined.ask("fine", 1) == 2


def answers(fields, then):
    """A submission whose worker answers the question with these fields, in its own words."""
    return f"""
import json, sys, time
def do():
    frame = sys._getframe()
    while "number" not in frame.f_locals: frame = frame.f_back
    forge(json.dumps({{**{fields!r}, "id": frame.f_locals["number"], "buffers": []}}).encode())
    {then}
"""


REPLIES = {
    "nothing": ({}, "not an answer"),
    "a kind that is unknown": ({"ok": {"t": "pickle"}}, "unknown kind of node"),
    "a handle of text": ({"ok": {"t": "ref", "kind": "handle", "name": "x", "type": ""}}, "reference of another kind"),
    "a reference to data": ({"ok": {"t": "ref", "kind": "data", "name": 1, "type": ""}}, "reference of another kind"),
    "an exception that is text": ({"raised": "x"}, "not an answer"),
    "an exception of nothing": ({"raised": {}}, "it raised"),
    "an exception of numbers": ({"raised": {"type": 1, "text": 2, "kinds": 3, "where": 4}}, "it raised"),
    "kinds that are objects": ({"raised": {"type": "E", "kinds": [{}, [], None]}}, "it raised E"),
    "a place that is odd": ({"raised": {"type": "E", "where": {"line": [], "label": {}, "text": 1}}}, "line 0"),
    "a refusal of nothing": ({"refused": None}, "its result cannot be graded"),
    "a huge count of prints": ({"refused": "x", "printed": 10**100}, "its result cannot be graded: x"),
    "a negative count of prints": ({"refused": "x", "printed": -1}, "its result cannot be graded: x"),
    "lone surrogates": ({"refused": "\ud800"}, "its result cannot be graded: ?"),
    "a text of a megabyte": ({"refused": "x" * 2**20}, "[+1048276 characters]"),
}


@pytest.mark.parametrize(("fields", "words"), REPLIES.values(), ids=REPLIES.keys())
def test_a_forged_answer_is_a_failure_in_words(examine, fields, words):
    examined = examine(SOCKET + answers(fields, "os._exit(0)"))
    with pytest.raises(AnswerProblem) as caught:
        examined.ask("do")
    assert words in str(caught.value)
    str(caught.value).encode()
    assert examined.session.printed == 0
