"""Frames on a stream: what arrives is what was sent, or an error in words; what is announced takes no memory."""

import io
import json
import tracemalloc

import pytest

from autograder.sandbox.frames import (
    MAGIC,
    MAX_HEADER,
    PREFIX,
    Unsendable,
    WireError,
    pack,
    read_exactly,
    receive,
    send,
)

MEGABYTE = 2**20


class Pipe(io.BytesIO):
    """A stream that gives and takes at most `step` bytes at a time, as pipes do."""

    def __init__(self, content=b"", step=3):
        super().__init__(content)
        self.step = step

    def read(self, size=-1, /):
        return super().read(min(size, self.step))

    def write(self, data, /):
        return super().write(data[: self.step])


def frame(header, payload=b"", *, magic=MAGIC, header_size=None, payload_size=None):
    """A frame as an adversary would write it."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    sizes = (len(text) if header_size is None else header_size, len(payload) if payload_size is None else payload_size)
    return PREFIX.pack(magic, *sizes) + text + payload


def read(content, max_bytes=MEGABYTE):
    return receive(io.BytesIO(content), max_bytes)


def test_a_message_arrives_as_it_was_sent_through_a_pipe_of_three_bytes():
    stream = Pipe()
    buffers = [memoryview(b"abcde"), memoryview(b""), memoryview(b"f")]
    send(stream, pack({"op": "call", "text": "한"}, buffers))
    stream.seek(0)
    header, arrived = receive(stream, MEGABYTE)
    assert header == {"op": "call", "text": "한"}
    assert [bytes(part) for part in arrived] == [b"abcde", b"", b"f"]
    assert stream.read(1) == b""


def test_two_messages_follow_each_other():
    stream = io.BytesIO()
    send(stream, pack({"id": 1}, [memoryview(b"x")]))
    send(stream, pack({"id": 2}, []))
    stream.seek(0)
    assert [receive(stream, MEGABYTE)[0]["id"] for _ in range(2)] == [1, 2]


def test_buffers_of_other_items_than_bytes_are_sent_whole():
    stream = io.BytesIO()
    numbers = memoryview(b"\1\0\0\0\2\0\0\0").cast("i")
    send(stream, pack({}, [numbers]))
    stream.seek(0)
    assert bytes(receive(stream, MEGABYTE)[1][0]) == b"\1\0\0\0\2\0\0\0"


@pytest.mark.parametrize("cut", range(1, 40))
def test_a_frame_cut_short_is_the_end(cut):
    content = frame({"buffers": [4]}, b"abcd")
    with pytest.raises(EOFError):
        read(content[: min(cut, len(content) - 1)])


HOSTILE = {
    "another magic": (frame({"buffers": []}, magic=b"HTTP"), "not a frame"),
    "a header of 4 GiB": (frame({}, header_size=2**32 - 1), "larger than the limit"),
    "a payload of 16 EiB": (frame({"buffers": []}, payload_size=2**64 - 1), "larger than the limit"),
    "a payload one byte too large": (frame({"buffers": [MEGABYTE + 1]}, payload_size=MEGABYTE + 1), "larger than"),
    "no JSON": (frame(b"{'a': 1}"), "not JSON"),
    "bytes that are no text": (frame(b"\xff\xfe\0\0"), "not JSON"),
    "JSON in UTF-16": (frame('{"buffers": []}'.encode("utf-16")), "not JSON"),
    "JSON with text after it": (frame(b'{"buffers": []} x'), "not JSON"),
    "a key that is not a number": (frame(b'{"buffers": [], "id": NaN}'), "NaN is not JSON"),
    "a list": (frame(b"[]"), "not an object"),
    "a number": (frame(b"7"), "not an object"),
    "no sizes": (frame({}), "no list of buffer sizes"),
    "sizes that are no list": (frame({"buffers": 4}, b"abcd"), "no list of buffer sizes"),
    "a size that is text": (frame({"buffers": ["4"]}, b"abcd"), "no list of buffer sizes"),
    "a size that is true": (frame({"buffers": [True]}, b"a"), "no list of buffer sizes"),
    "a size with a fraction": (frame({"buffers": [4.0]}, b"abcd"), "no list of buffer sizes"),
    "a negative size": (frame({"buffers": [-4, 8]}, b"abcd"), "no list of buffer sizes"),
    "sizes that say too little": (frame({"buffers": [3]}, b"abcd"), "do not add up"),
    "sizes that say too much": (frame({"buffers": [2**62]}, b"abcd"), "do not add up"),
    "an integer of 5000 digits": (frame(b'{"buffers": [], "id": ' + b"9" * 5000 + b"}"), "not JSON"),
    "100,000 open brackets": (frame(b'{"buffers": [], "a": ' + b"[" * 100_000 + b"}"), "not JSON"),
}


@pytest.mark.parametrize(("content", "words"), HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_frame_is_refused_in_words(content, words):
    with pytest.raises(WireError, match=words):
        read(content)


def filled(start, part, end, size=MAX_HEADER):
    """A header of that many bytes, made of one part again and again."""
    return start + part * ((size - len(start) - len(end)) // len(part)) + end


@pytest.mark.parametrize(
    "header",
    [
        filled(b'{"buffers": [], "ok": [0', b",[]", b"]}"),
        filled(b'{"buffers": [], "ok": [0', b",{}", b"]}"),
    ],
    ids=["5 million lists", "5 million objects"],
)
def test_the_largest_header_cannot_fill_the_memory(header):
    content = io.BytesIO(frame(header))
    tracemalloc.start()
    try:
        with pytest.raises(WireError):
            receive(content, MEGABYTE)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 12 * MAX_HEADER


def test_eight_million_buffers_are_refused_before_one_is_made():
    with pytest.raises(WireError, match="no list of buffer sizes"):
        read(frame(filled(b'{"buffers": [0', b",0", b"]}")))


def test_memory_grows_with_what_arrives_and_not_with_what_is_announced():
    content = io.BytesIO(frame({"buffers": [2**34]}, b"abc", payload_size=2**34))
    tracemalloc.start()
    try:
        with pytest.raises(EOFError):
            receive(content, 2**40)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 4 * MEGABYTE


def test_read_exactly_stops_at_its_size():
    stream = Pipe(b"abcdef", step=4)
    assert read_exactly(stream, 5) == b"abcde"
    assert stream.read(9) == b"f"


def test_a_header_that_the_other_side_would_refuse_is_not_sent():
    with pytest.raises(Unsendable, match="too many parts"):
        pack({"ok": "x" * MAX_HEADER}, [])
    with pytest.raises(Unsendable, match="too many parts"):
        pack({"ok": [[]] * 1_300_000}, [])
    with pytest.raises(Unsendable, match="too many parts"):
        pack({}, [memoryview(b"")] * 500_001)


def test_what_json_cannot_say_is_not_sent():
    with pytest.raises(Unsendable, match="no form that can be sent"):
        pack({"raised": {"type": object()}}, [])
