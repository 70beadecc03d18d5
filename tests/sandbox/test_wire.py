"""Values across the wire: every kind comes back as it was; what is forged is a WireError and nothing else."""

import io
import json
import math
import random

import numpy as np
import pytest
import torch

from autograder.sandbox.frames import WireError, pack, receive, send
from autograder.sandbox.wire import MAX_NODES, NUMPY_TYPES, TORCH_TYPES, Decoder, Encoder, Placed, Ref, Unsendable

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


def assert_same(a, b):
    """Equal in type, shape, dtype and every bit, NaN included."""
    assert type(a) is type(b)
    if isinstance(a, torch.Tensor):
        assert (a.dtype, a.shape) == (b.dtype, b.shape)
        assert torch.equal(a.contiguous().reshape(-1).view(torch.uint8), b.contiguous().reshape(-1).view(torch.uint8))
    elif isinstance(a, np.ndarray | np.generic):
        assert (a.dtype, a.shape) == (b.dtype, b.shape)
        assert np.ascontiguousarray(a).tobytes() == np.ascontiguousarray(b).tobytes()
    elif isinstance(a, list | tuple):
        assert len(a) == len(b)
        for x, y in zip(a, b, strict=True):
            assert_same(x, y)
    elif isinstance(a, dict):
        assert_same(list(a), list(b))
        assert_same(list(a.values()), list(b.values()))
    elif isinstance(a, complex):
        assert_same([a.real, a.imag], [b.real, b.imag])
    elif isinstance(a, float):
        assert a == b or (math.isnan(a) and math.isnan(b))
        assert math.copysign(1, a) == math.copysign(1, b) or math.isnan(a)
    else:
        assert a == b


# round trips ----------------------------------------------------------------------------------------------------------

PLAIN = [
    None,
    True,
    False,
    0,
    -1,
    2**63 - 1,
    -(2**63),
    2**63,
    -(10**900),
    0.1,
    -0.0,
    5e-324,
    float("nan"),
    float("inf"),
    -float("inf"),
    complex(1, -0.0),
    complex("nan+infj"),
    "",
    "im2col",
    "한글 \0 \n \U0001f600",
    b"",
    bytes(range(256)),
    [],
    (),
    {},
    (1,),
    [1, (2.5, ["x", None])],
    {"a": 1, 2: "b", (1, "x"): [b"c"], None: True, 2.5: {}, True: 0},
    slice(None, 3, -1),
    torch.float32,
    torch.bfloat16,
]


@pytest.mark.parametrize("value", PLAIN, ids=lambda value: repr(value)[:30].encode("ascii", "replace").decode())
def test_plain_values_come_back_as_they_were(value):
    assert_same(there_and_back(value), value)


def some_numbers(rng, shape, dtype):
    raw = rng.integers(0, 256, int(np.prod(shape)) * dtype.itemsize, dtype=np.uint8)
    return (raw % 2 if dtype == np.bool_ else raw).view(dtype).reshape(shape)


SHAPES = [(), (0,), (1,), (7,), (2, 3), (3, 0, 2), (2, 1, 3, 2), (1,) * 12]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("name", NUMPY_TYPES)
def test_arrays_of_every_dtype_and_shape(name, shape):
    array = some_numbers(np.random.default_rng(0), shape, NUMPY_TYPES[name])
    array = np.asarray(array)
    back = there_and_back(array)
    assert_same(back, array)
    assert back.flags.writeable
    if array.ndim == 0:
        assert_same(there_and_back(array[()]), array[()])


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("name", TORCH_TYPES)
def test_tensors_of_every_dtype_and_shape(name, shape):
    dtype = TORCH_TYPES[name]
    raw = torch.from_numpy(some_numbers(np.random.default_rng(1), (*shape, dtype.itemsize), np.dtype(np.uint8)))
    tensor = (raw % 2 if dtype == torch.bool else raw).view(dtype).reshape(shape)
    assert_same(there_and_back(tensor), tensor)


def test_views_strides_and_byte_orders_do_not_matter():
    array = np.arange(24.0).reshape(2, 3, 4)
    for view in (array.T, array[::-1, :, ::2], array[:, 1], np.broadcast_to(array[0], (5, 3, 4)), array.astype(">f8")):
        back = there_and_back(view)
        assert np.array_equal(back, view)
        assert back.dtype == np.float64
    tensor = torch.arange(24.0).reshape(2, 3, 4)
    for view in (tensor.permute(2, 0, 1), tensor[:, ::2], tensor.expand(2, 3, 4), torch.zeros(()).expand(3)):
        assert torch.equal(there_and_back(view), view)
    conjugate = torch.tensor([1 + 2j]).conj()
    assert there_and_back(conjugate).item() == 1 - 2j


def test_tensors_arrive_without_history():
    leaf = torch.ones(3, requires_grad=True)
    for tensor in (leaf, leaf * 2, torch.nn.Parameter(torch.ones(3))):
        back = there_and_back(tensor)
        assert type(back) is torch.Tensor
        assert not back.requires_grad


def test_subclasses_and_relatives_become_the_plain_kind():
    class Loud(str):
        def __str__(self):
            return "loud"

    class Odd(float):
        pass

    named = torch.ones(2, 3).max(dim=1)
    assert there_and_back(torch.Size([2, 3])) == (2, 3)
    assert type(there_and_back(named)) is tuple
    assert_same(there_and_back(Loud("quiet")), "quiet")
    assert_same(there_and_back(Odd(1.5)), 1.5)
    assert_same(there_and_back(np.ma.masked_array([1, 2], [True, False])), np.array([1, 2]))
    assert_same(there_and_back(np.str_("x")), "x")
    assert_same(there_and_back(torch.device("cpu")), "cpu")
    assert_same(there_and_back(bytearray(b"ab")), b"ab")


def test_what_has_no_value_form_becomes_a_reference():
    kept = []

    def keep(value):
        kept.append(value)
        return Ref("handle", len(kept), type(value).__name__)

    module = torch.nn.Linear(1, 1)
    strange = [module, torch.ones(2, 2).to_sparse(), torch.empty(3, device="meta"), np.array([None]), {1}, iter([])]
    back = decoded(encoded(strange, keep=keep), resolve=lambda ref: ref)
    assert [ref.kind for ref in back] == ["handle"] * len(strange)
    assert [ref.type for ref in back][:2] == ["Linear", "Tensor"]
    assert kept[0] is module


def test_a_placed_tensor_goes_to_its_device_only_where_that_is_wanted():
    content = encoded(Placed(torch.ones(2), "meta"))
    assert decoded(content, placing=True).device.type == "meta"
    assert decoded(content).device.type == "cpu"


def test_text_arrives_without_lone_surrogates():
    assert there_and_back("a\ud800b") == "a?b"
    assert forged("a\ud800b") == "a?b"


def random_value(rng, depth=0):
    """Any value the format has, nested at random."""
    leaves = (
        lambda: rng.choice(PLAIN[:22]),
        lambda: rng.uniform(-1e9, 1e9),
        lambda: "".join(rng.choices('ab[{",}]\\\u00e9\ud55c\0', k=rng.randrange(12))),
        lambda: rng.randbytes(rng.randrange(20)),
        lambda: np.array(rng.choices(range(100), k=rng.randrange(6)), dtype=rng.choice([*NUMPY_TYPES])),
        lambda: torch.tensor(rng.choices(range(100), k=rng.randrange(6))).to(rng.choice([*TORCH_TYPES.values()])),
        lambda: np.float32(rng.random()),
    )
    if depth > 3 or rng.random() < 0.5:
        return rng.choice(leaves)()
    items = [random_value(rng, depth + 1) for _ in range(rng.randrange(5))]
    kind = rng.choice(["list", "tuple", "dict"])
    if kind == "dict":
        return {rng.choice(["k", 7, None, 2.5, b"k", (1, 2)]): item for item in items}
    return items if kind == "list" else tuple(items)


@pytest.mark.parametrize("seed", range(8))
def test_nested_values_come_back_as_they_were(seed):
    rng = random.Random(seed)
    for _ in range(100):
        value = random_value(rng)
        assert_same(there_and_back(value), value)


# what cannot be sent --------------------------------------------------------------------------------------------------


def nested(depth):
    value = []
    for _ in range(depth):
        value = [value]
    return value


def itself():
    value = [1]
    value.append(value)
    return value


UNSENDABLE = {
    "41 levels": (nested(41), "more than 40 levels deep"),
    "a list in itself": (itself(), "more than 40 levels deep"),
    "too many elements": ([0] * MAX_NODES, "more than 500,000 elements"),
    "an integer of 4000 digits": (10**4000, "more than 1000 digits"),
    "too long a text": ("x" * (MEGABYTE + 1), "larger than the limit"),
    "too many bytes": (b"x" * (MEGABYTE + 1), "larger than the limit"),
    "too large an array": (np.zeros(MEGABYTE), "array of shape (1048576,)"),
    "too large a tensor": (torch.zeros(MEGABYTE), "tensor of shape (1048576,)"),
    "a view of one number": (np.broadcast_to(np.zeros(1), (10**6, 10**6)), "array of shape (1000000, 1000000)"),
    "an expanded number": (torch.zeros(1).expand(10**6, 10**6), "tensor of shape (1000000, 1000000)"),
    "many that are too large together": ([np.zeros(10**5)] * 2, "larger than the limit"),
    "an object where none is kept": (object(), "a object cannot be sent"),
}


@pytest.mark.parametrize(("value", "words"), UNSENDABLE.values(), ids=UNSENDABLE.keys())
def test_what_cannot_be_sent_says_why(value, words):
    with pytest.raises(Unsendable) as caught:
        encoded(value)
    assert words in str(caught.value)


def test_forty_levels_can_be_sent():
    assert_same(there_and_back(nested(40)), nested(40))


# fuzz -----------------------------------------------------------------------------------------------------------------


def mutated(rng, content):
    """A frame with a few changes: bits, bytes, pieces moved, numbers in the header replaced."""
    data = bytearray(content)
    for _ in range(rng.choice([1, 1, 2, 5])):
        kind, place = rng.randrange(6), rng.randrange(len(data))
        if kind == 0:
            data[place] ^= 1 << rng.randrange(8)
        elif kind == 1:
            data[place] = rng.choice(b'0919-[]{}",:.eNtfu\\ \xff\0')
        elif kind == 2:
            del data[place : place + rng.randrange(1, 9)]
        elif kind == 3:
            data[place:place] = data[rng.randrange(len(data)) :][: rng.randrange(1, 20)]
        elif kind == 4:
            data[place:place] = rng.choice([b"[", b"null,", b'"t":"tensor",', b"-1,", b"1e999,", b"%d," % 2**64])
        else:
            other = rng.randrange(len(data))
            data[place], data[other] = data[other], data[place]
        if not data:
            data += b"x"
    return repaired(data) if rng.random() < 0.7 else bytes(data)


def repaired(data):
    """The frame with lengths that fit again, so that the change is met by what reads the header and the nodes."""
    end = data.rfind(b"}") + 1
    if end <= 16:
        return bytes(data)
    return data[:4] + (end - 16).to_bytes(4, "big") + (len(data) - end).to_bytes(8, "big") + data[16:end] + data[end:]


def test_mutated_frames_are_values_or_refused_and_nothing_else():
    rng = random.Random(2026)
    values = refused = 0
    sources = [encoded(random_value(rng)) for _ in range(60)]
    sources += [encoded({"x": np.arange(6.0).reshape(2, 3), "y": torch.ones(2, 2), "z": [1, (2, "s")]})] * 20
    for _ in range(4000):
        content = mutated(rng, rng.choice(sources))
        try:
            decoded(content)
            values += 1
        except (WireError, EOFError):
            refused += 1
    assert values > 200
    assert refused > 1500
