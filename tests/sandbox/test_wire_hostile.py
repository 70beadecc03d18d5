"""What is forged on the wire is a WireError and nothing else, and takes neither memory nor time."""

import io
import json
import math
import tracemalloc

import pytest
import torch

from autograder.sandbox.frames import WireError, pack, receive, send
from autograder.sandbox.wire import MAX_NODES, Decoder, Encoder

MEGABYTE = 2**20


def nothing_kept(value):
    return None


def no_reference(ref):
    raise WireError("a reference")


def encoded(value, max_bytes=MEGABYTE, keep=nothing_kept):
    """The frame of one value, as bytes."""
    encoder = Encoder(keep, max_bytes)
    stream = io.BytesIO()
    send(stream, pack({"ok": encoder.encode(value)}, encoder.buffers))
    return stream.getvalue()


def decoded(content, resolve=no_reference, **options):
    header, buffers = receive(io.BytesIO(content), 64 * MEGABYTE)
    return Decoder(buffers, resolve, **options).decode(header.get("ok"))


def there_and_back(value, **options):
    return decoded(encoded(value), **options)


def forged(node, *buffers, **options):
    """What a node written by an adversary decodes to."""
    header = json.loads(json.dumps({"ok": node}))
    return Decoder([memoryview(part) for part in buffers], no_reference, **options).decode(header["ok"])


def nested(depth):
    value = []
    for _ in range(depth):
        value = [value]
    return value


# what is forged -------------------------------------------------------------------------------------------------------

EIGHT = b"\0" * 8


def array(**changes):
    return {"t": "array", "d": "float64", "s": [1], "b": 0} | changes


def tensor(**changes):
    return {"t": "tensor", "d": "float64", "s": [1], "b": 0} | changes


HOSTILE = {
    "an unknown kind": {"t": "pickle", "v": "gANjb3MKc3lzdGVt"},
    "a kind named like a method": {"t": "_read_int", "v": "1"},
    "a kind named like an attribute": {"t": "buffer"},
    "a kind that is a list": {"t": ["tuple"], "v": []},
    "no kind": {"v": []},
    "an integer of 65 bits": 2**64,
    "an integer that is no text": {"t": "int", "v": 5},
    "an integer with two signs": {"t": "int", "v": "--5"},
    "an integer with spaces": {"t": "int", "v": " 5"},
    "an integer with underscores": {"t": "int", "v": "5_000"},
    "an integer in other digits": {"t": "int", "v": "٥"},
    "an integer of a sign": {"t": "int", "v": "-"},
    "an integer of a million digits": {"t": "int", "v": "9" * 10**6},
    "a float that is code": {"t": "float", "v": "__import__('os')"},
    "a float of another name": {"t": "float", "v": "infinity"},
    "a complex number of three": {"t": "complex", "v": ["1", "2", "3"]},
    "a complex number of lists": {"t": "complex", "v": [nested(30), []]},
    "a complex number of words": {"t": "complex", "v": ["one", "two"]},
    "a complex number of a long text": {"t": "complex", "v": ["1" * 10**6, "0"]},
    "a tuple of no list": {"t": "tuple", "v": {"t": "tuple", "v": []}},
    "a tuple without items": {"t": "tuple"},
    "a slice of two": {"t": "slice", "v": [1, 2]},
    "a dict with a key too few": {"t": "dict", "k": [], "v": [1]},
    "a dict without keys": {"t": "dict", "v": []},
    "a dict with a list as key": {"t": "dict", "k": [[]], "v": [1]},
    "a dict with an array as key": {"t": "dict", "k": [array()], "v": [1]},
    "a dtype of the other library": {"t": "dtype", "v": "uint64"},
    "a dtype named like an attribute": {"t": "dtype", "v": "__class__"},
    "bytes of no buffer": {"t": "bytes", "b": 1},
    "bytes of a negative buffer": {"t": "bytes", "b": -1},
    "bytes of buffer true": {"t": "bytes", "b": False},
    "bytes of a buffer's name": {"t": "bytes", "b": "0"},
    "bytes without a buffer": {"t": "bytes"},
    "objects": array(d="object"),
    "a dtype of pointers": array(d="O"),
    "a dtype with fields": array(d="i4,i4"),
    "a dtype that is a list": array(d=["float64"]),
    "no dtype": array(d=None),
    "no shape": array(s=None),
    "a shape that is a number": array(s=1),
    "a negative length": array(s=[-1]),
    "two negative lengths": array(s=[-1, -1]),
    "a length with a fraction": array(s=[1.0]),
    "a length that is true": array(s=[True]),
    "too short a buffer": array(s=[2]),
    "too long a buffer": array(s=[]) | {"d": "float32"},
    "a shape that overflows": array(s=[2**32, 2**32]),
    "a shape that overflows to the right size": array(s=[2**63, 2]),
    "a shape of huge numbers": array(s=[10**1000, 10**1000]),
    "nothing times a huge length": array(s=[0, 2**62]),
    "nothing times many lengths": array(s=[0, 2**20, 2**20, 2**20]),
    "too many dimensions": array(s=[1] * 33),
    "a scalar with a shape": array(t="scalar"),
    "a tensor of objects": tensor(d="object"),
    "a tensor with a negative length": tensor(s=[-1]),
    "a tensor that overflows": tensor(s=[2**62, 4]),
    "a tensor of nothing times a huge length": tensor(s=[0, 2**62]),
    "a tensor of no buffer": tensor(b=2**70),
    "a reference": {"t": "ref", "kind": "handle", "name": 1, "type": "x"},
    "a reference without a name": {"t": "ref", "kind": "handle", "type": "x"},
    "a reference of a huge name": {"t": "ref", "kind": "handle", "name": 2**64, "type": "x"},
    "a reference of a list": {"t": "ref", "kind": "handle", "name": [], "type": "x"},
    "a reference without a type": {"t": "ref", "kind": "handle", "name": 1},
    "42 levels": nested(42),
    "42 levels of tuples": {"t": "tuple", "v": [nested(41)]},
    "too many nodes": [0] * MAX_NODES,
    "one buffer twice": [array(), array()],
    "one buffer as three kinds": [{"t": "bytes", "b": 0}, tensor(), array()],
    "arrays in a slice that has none": {"t": "slice", "v": [array(b=7), 1, 1]},
}


@pytest.mark.parametrize("node", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_forged_node_is_refused(node):
    with pytest.raises(WireError):
        forged(node, EIGHT)


def test_the_forged_nodes_differ_from_good_ones_in_one_point():
    assert forged(array(), EIGHT).tolist() == [0.0]
    assert forged(tensor(s=[]), EIGHT).item() == 0.0
    assert forged({"t": "bytes", "b": 0}, EIGHT) == EIGHT
    assert forged({"t": "int", "v": "-5"}) == -5
    assert forged({"t": "complex", "v": ["nan", "-inf"]}).imag == -math.inf


def test_a_buffer_copied_a_thousand_times_takes_no_memory():
    payload = bytes(8 * MEGABYTE)
    node = [array(s=[MEGABYTE]) for _ in range(1000)]
    tracemalloc.start()
    try:
        with pytest.raises(WireError, match="two nodes claim"):
            forged(node, payload)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 20 * MEGABYTE


def test_a_tensor_goes_to_no_device_that_a_worker_names():
    for device in ("meta", "cuda", "nonsense"):
        assert forged(tensor(to=device), EIGHT).device.type == "cpu"


def test_a_forged_bool_is_a_bool():
    for kind in ("array", "tensor"):
        values = forged({"t": kind, "d": "bool", "s": [3], "b": 0}, b"\0\1\xff")
        assert values.tolist() == [False, True, True]
        assert bytes(values.view(torch.uint8).tolist() if kind == "tensor" else values.tobytes()) == b"\0\1\1"


def test_the_bytes_of_a_frame_are_copied():
    payload = bytearray(8)
    values = [forged(node, payload) for node in (array(), tensor())]
    payload[:] = b"\xff" * 8
    assert [value.tolist() for value in values] == [[0.0], [0.0]]


@pytest.mark.parametrize(
    "keys",
    [
        [{"t": "complex", "v": [str(1000003 * n), str(-n)]} for n in range(20_000)],
        [{"t": "int", "v": str(n * (2**61 - 1))} for n in range(1, 20_000)],
        [{"t": "tuple", "v": [n, n]} for n in range(20_000)],
    ],
    ids=["complex", "int", "tuple"],
)
def test_keys_that_can_be_made_to_collide_are_few(keys):
    with pytest.raises(WireError, match="unusual types"):
        forged({"t": "dict", "k": keys, "v": [0] * len(keys)})


def test_many_nan_keys_are_harmless():
    found = forged({"t": "dict", "k": [{"t": "float", "v": "nan"}] * 5000, "v": [0] * 5000})
    assert all(math.isnan(key) for key in found)
