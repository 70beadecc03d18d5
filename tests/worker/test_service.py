"""The worker's answers to requests: operations, where an exception came from, hostile values that cannot break it."""

import sys

import numpy as np
import pytest
import torch

from autograder.sandbox.frames import WireError, pack
from autograder.sandbox.wire import Decoder, Encoder, Ref
from autograder.worker.printed import Printed
from autograder.worker.service import Service, new_namespace, probes_of


class Asked:
    """A service and the grader's side of its wire."""

    def __init__(self, source="", **options):
        self.service = Service({"__name__": "submission"}, **options)
        if source:
            assert "ok" in self.cell(source)

    def request(self, header, **values):
        encoder = Encoder(lambda value: None, 2**40)
        nodes = {key: encoder.encode(value) for key, value in values.items()}
        reply, buffers = self.service.answer(({**header, **nodes}, encoder.buffers))
        pack(reply, buffers)  # whatever is answered can be sent
        if "ok" in reply:
            reply["ok"] = Decoder(buffers, lambda ref: ref).decode(reply["ok"])
        return reply

    def cell(self, source, label="cell 3"):
        return self.request({"op": "cell"}, args=["a", label, source])

    def do(self, operation, *args):
        return self.request({"op": operation}, args=list(args))

    def call(self, name, *args, keep=False, **kwargs):
        target = name if isinstance(name, Ref) else Ref("global", name)
        return self.request({"op": "call", "keep": keep}, target=target, args=list(args), kwargs=kwargs)


# operations -----------------------------------------------------------------------------------------------------------


def test_a_call_gives_its_value():
    asked = Asked("def f(a, *, b): return [a * 2, {'b': b}]")
    found = asked.call("f", np.ones(2), b=(1, None))["ok"]
    assert found[0].tolist() == [2.0, 2.0]
    assert found[1] == {"b": (1, None)}


def test_what_has_no_value_form_is_kept_and_can_be_asked_about():
    asked = Asked("import torch\ndef make(): return torch.nn.Linear(3, 2)\ndef first(net): return net.weight[0]")
    handle = asked.call("make")["ok"]
    assert (handle.kind, handle.type) == ("handle", "Linear")
    assert asked.do("get", handle, "in_features")["ok"] == 3
    assert asked.call("first", handle)["ok"].shape == (3,)
    assert asked.call(handle, torch.zeros(1, 3))["ok"].shape == (1, 2)
    asked.do("set", handle, "bias", None)
    assert asked.do("get", handle, "bias")["ok"] is None


def test_a_kept_value_is_seen_as_it_is_now():
    asked = Asked("def double(x): x *= 2")
    handle = asked.do("keep", np.ones(3))["ok"]
    asked.call("double", handle)
    assert asked.do("value", handle)["ok"].tolist() == [2.0] * 3
    assert asked.do("item", handle, slice(0, 2))["ok"].tolist() == [2.0] * 2


def test_a_result_can_be_left_in_the_worker():
    asked = Asked("def f(): return [1, 2]")
    handle = asked.call("f", keep=True)["ok"]
    assert asked.do("value", handle)["ok"] == [1, 2]


def test_classes_and_functions_are_named():
    asked = Asked("class Net: pass\ndef f(): return [Net, f, Net(), int.__add__]")
    assert [ref.type for ref in asked.call("f")["ok"]] == ["Net", "f", "Net", "wrapper_descriptor"]


def test_has_and_missing_names():
    asked = Asked("x = 1")
    assert asked.do("has", "x")["ok"] is True
    assert asked.do("has", "y")["ok"] is False
    assert asked.call("y")["missing"] == "y"


def test_libraries_are_those_of_the_course():
    asked = Asked()
    torch_nn = asked.request({"op": "get"}, args=[Ref("library", "torch.nn"), "Linear"])["ok"]
    assert torch_nn.type == "Linear"
    refused = asked.request({"op": "get"}, args=[Ref("library", "subprocess"), "run"])["raised"]
    assert refused["type"] == "WireError"


def test_data_is_read_for_each_call_anew():
    ones = {"train_images": lambda: torch.ones(2)}
    asked = Asked("def spoil(x): x.zero_(); return x", data=lambda name: ones[name]())
    for _ in range(2):
        assert asked.call("spoil", Ref("data", "train_images"))["ok"].sum() == 0
    assert asked.do("value", Ref("data", "train_images"))["ok"].sum() == 2


def test_probes_run_beside_the_submission_and_see_its_names():
    asked = Asked("def f(x): return x + 1")
    asked.do("probes", "def twice(student, x): return student.f(student.f(x))\ndef plain(x): return x")
    assert asked.call(Ref("probe", "twice"), 1)["ok"] == 3
    assert asked.call(Ref("probe", "plain"), 1)["ok"] == 1
    asked.cell("def f(x): return x * 10")
    assert asked.call(Ref("probe", "twice"), 1)["ok"] == 100


def test_a_submission_cannot_replace_a_probe_by_its_name():
    asked = Asked()
    asked.do("probes", "def count(x): return len(x)")
    asked.cell("def count(x): return 0")
    assert asked.call(Ref("probe", "count"), [1, 2])["ok"] == 2


def test_classes_of_the_submission_know_their_module():
    namespace = new_namespace("submission_of_a_test")
    try:
        Service(namespace).answer(({"op": "cell", "args": ["a", "cell 1", "class Net: pass"]}, []))
        assert sys.modules["submission_of_a_test"].Net is namespace["Net"]
        assert namespace["Net"].__module__ == "submission_of_a_test"
    finally:
        del sys.modules["submission_of_a_test"]


def test_probes_of_a_folder(tmp_path):
    assert probes_of(tmp_path) == ""
    (tmp_path / "probes.py").write_text("# 한")
    assert probes_of(tmp_path) == "# 한"


@pytest.mark.parametrize(
    "header",
    [{}, {"op": "x"}, {"op": "__class__"}, {"op": "call"}, {"op": "has", "args": [1, 2, 3]}, {"op": "has", "args": 7}],
    ids=str,
)
def test_a_request_that_makes_no_sense_is_answered(header):
    reply, _ = Service({}).answer((header, []))
    assert "raised" in reply


def test_the_reply_counts_what_was_printed(monkeypatch):
    printed = Printed(5)
    monkeypatch.setattr(sys, "stdout", printed)
    asked = Asked("def f(): print('hello world')", printed=printed)
    assert asked.call("f")["printed"] == 12


# where it raised ------------------------------------------------------------------------------------------------------


def test_an_exception_names_cell_line_and_function():
    asked = Asked("import torch\n\ndef outer(x):\n    return inner(x)\n\ndef inner(x):\n    return torch.ones(2) @ x")
    raised = asked.call("outer", torch.ones(3))["raised"]
    assert raised["type"] == "RuntimeError"
    assert raised["kinds"] == ["RuntimeError", "Exception", "BaseException", "object"]
    assert "inconsistent tensor size" in raised["text"]
    assert raised["where"] == {"label": "cell 3", "line": 7, "text": "return torch.ones(2) @ x", "function": "inner"}


def test_an_exception_of_a_library_names_the_student_s_line():
    asked = Asked("import numpy as np\ndef f(): return np.linalg.inv(np.zeros((2, 2)))")
    where = asked.call("f")["raised"]["where"]
    assert (where["line"], where["function"]) == (2, "f")


def test_a_syntax_error_names_its_line():
    raised = Asked().cell("x = 1\ny = (2\n")["raised"]
    assert raised["type"] == "SyntaxError"
    assert raised["text"] == "'(' was never closed"
    assert raised["where"] == {"label": "cell 3", "line": 2, "text": "y = (2"}


def test_wrong_arguments_are_the_caller_s_line():
    raised = Asked("def f(a): pass").call("f", 1, 2)["raised"]
    assert raised["text"] == "f() takes 1 positional argument but 2 were given"
    assert raised["where"] == {}


@pytest.mark.parametrize("kind", ["SystemExit", "KeyboardInterrupt", "GeneratorExit", "BaseException", "MemoryError"])
def test_no_exception_ends_the_worker(kind):
    asked = Asked(f"def f(): raise {kind}", printed=Printed(10))
    assert asked.call("f")["raised"]["type"] == kind


def test_in_a_notebook_the_student_can_press_stop():
    asked = Asked("def f(): raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        asked.call("f")


def test_a_long_message_is_cut():
    assert len(Asked("def f(): raise ValueError('x' * 10**6)").call("f")["raised"]["text"]) == 2000


# hostile values -------------------------------------------------------------------------------------------------------

EVIL_ERRORS = {
    "no message": "class E(Exception):\n    def __str__(self): raise SystemExit",
    "a message that is none": "class E(Exception):\n    def __str__(self): return 5",
    "a message of its own kind": """
class S(str):
    def __getitem__(self, key): return object()
    def __str__(self): return object()
class E(Exception):
    def __str__(self): return S("mine")
""",
    "a class without a name": """
class M(type):
    @property
    def __name__(cls): return object()
    @property
    def __mro__(cls): raise KeyboardInterrupt
class E(Exception, metaclass=M): pass
""",
    "an unhashable file": "class E(SyntaxError):\n    filename = []",
    "a line that is none": "class E(SyntaxError):\n    filename = '<cell 3 #a>'\n    lineno = object()\n    text = 7",
    "a class that is another": "class E(Exception):\n    @property\n    def __class__(self): raise SystemExit",
}


@pytest.mark.parametrize("source", EVIL_ERRORS.values(), ids=EVIL_ERRORS.keys())
def test_a_hostile_exception_is_still_an_answer(source):
    asked = Asked(f"{source}\ndef f(): raise E\ndef fine(): return 1", printed=Printed(10))
    assert {"raised", "refused"} & asked.call("f").keys()
    assert asked.call("fine")["ok"] == 1


EVIL_VALUES = {
    "a class that raises": "class V:\n    @property\n    def __class__(self): raise SystemExit",
    "a list that is none": "class V:\n    __class__ = list",
    "an array that is none": "import numpy\nclass V:\n    __class__ = numpy.ndarray",
    "a tensor that is none": "import torch\nclass V:\n    __class__ = torch.Tensor",
    "a number that is none": "class V:\n    __class__ = int",
    "a text that is none": "class V:\n    __class__ = str",
    "a dict that is none": "class V:\n    __class__ = dict",
    "a reference that is none": "class V:\n    @property\n    def wire_ref(self): raise SystemExit",
    "every attribute raises": "class V:\n    def __getattribute__(self, name): raise KeyboardInterrupt",
    "an endless list": """
class V(list):
    def __iter__(self):
        while True: yield 1
""",
    "a list of itself": "class V(list):\n    def __iter__(self): return iter([self])",
    "a list that lies about its length": "class V(list):\n    def __len__(self): return -5",
    "a dict with more keys than values": """
class V(dict):
    def __iter__(self): return iter([1, 2, 3])
    def values(self): return [1]
""",
    "a number that compares to objects": """
class V(int):
    def __le__(self, other): raise SystemExit
    def __ge__(self, other): raise SystemExit
    def __lt__(self, other): raise SystemExit
""",
    "a number with other bits": "class V(int):\n    def __le__(s, o): return False\n    def bit_length(s): return 'x'",
    "a float that is another": "class V(float):\n    def __float__(self): raise GeneratorExit",
    "a text of no length": "class V(str):\n    def __len__(self): return 'x'",
    "an array with another dtype": """
import numpy
class V(numpy.ndarray):
    def __new__(cls): return numpy.zeros(3).view(cls)
    dtype = property(lambda self: numpy.dtype('int8'))
    shape = property(lambda self: (10**9,))
    nbytes = property(lambda self: -1)
""",
    "an array whose dtype raises": """
import numpy
class V(numpy.ndarray):
    def __new__(cls): return numpy.zeros(3).view(cls)
    @property
    def dtype(self): raise SystemExit
    def __array__(self, *a, **k): raise SystemExit
""",
    "a tensor whose functions raise": """
import torch
class V(torch.Tensor):
    def __new__(cls): return torch.Tensor._make_subclass(cls, torch.ones(2))
    @classmethod
    def __torch_function__(cls, *args, **kwargs): raise SystemExit
""",
    "a tensor of another shape": """
import torch
class V(torch.Tensor):
    def __new__(cls): return torch.Tensor._make_subclass(cls, torch.ones(2))
    shape = property(lambda self: (-1, 10**20, 'x'))
    dtype = property(lambda self: torch.int8)
""",
    "a device that is none": "import torch\nclass V:\n    __class__ = torch.device\n    def __str__(self): return 7",
    "a dtype that is none": "import torch\nclass V:\n    __class__ = torch.dtype\n    __hash__ = None",
    "a type with a hostile name": """
class M(type):
    @property
    def __name__(cls): raise SystemExit
class V(metaclass=M): pass
""",
}


@pytest.mark.parametrize("wrapped", [False, True], ids=["alone", "in a list"])
@pytest.mark.parametrize("source", EVIL_VALUES.values(), ids=EVIL_VALUES.keys())
@pytest.mark.filterwarnings("ignore")  # of the submission's own doing
def test_a_hostile_value_is_still_an_answer(source, wrapped):
    value = "[V()]" if wrapped else "V()"
    asked = Asked(f"{source}\ndef f(): return {value}\ndef fine(): return 1", printed=Printed(10), max_bytes=2**20)
    try:
        reply = asked.call("f")
    except WireError:  # sent as it is; the grader's decoder finds it out
        reply = {"refused": ""}
    assert {"ok", "raised", "refused"} & reply.keys()
    assert asked.call("fine")["ok"] == 1


# stand-ins ------------------------------------------------------------------------------------------------------------


def grader(message):
    header, buffers = message
    if header["callback"] == "broken":
        return {"raised": "TypeError: no"}, []
    args = Decoder(buffers, lambda ref: ref).decode(header["args"])
    encoder = Encoder(lambda value: None, 2**20)
    return {"ok": encoder.encode(args[0] * 2)}, encoder.buffers


def test_a_stand_in_asks_the_grader():
    asked = Asked("import numpy\ndef im2col(x): return 0\ndef f(x): return im2col(x) + 1", callback=grader)
    asked.do("given", ["im2col", "broken"])
    assert asked.call("f", np.ones(2))["ok"].tolist() == [3.0, 3.0]
    assert asked.call("broken", 1)["raised"]["text"] == "TypeError: no"


def test_a_probe_of_that_name_stands_in():
    asked = Asked("def fill_(x): pass\ndef f():\n    x = [0]\n    fill_(x)\n    return x")
    asked.do("probes", "def fill_(x): x[0] = 5")
    asked.do("given", ["fill_"])
    assert asked.call("f")["ok"] == [5]


def test_a_stand_in_takes_values_only():
    asked = Asked("def f(): return im2col(f)", callback=grader)
    asked.do("given", ["im2col"])
    assert asked.call("f")["refused"] == "a function cannot be sent"


def test_a_stand_in_without_a_grader_says_so():
    asked = Asked("def f(): return im2col(1)")
    asked.do("given", ["im2col"])
    assert asked.call("f")["raised"]["text"] == "no grader to ask"
