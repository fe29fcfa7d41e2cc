"""The frame parser: whatever the splits, the bodies come out; whatever the bytes, nothing else is raised."""

from __future__ import annotations

import itertools
import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from pytest_rustide_load.errors import ProtocolError
from pytest_rustide_load.lsp.framing import FrameError, FrameParser, frame

MAX_BODY, MAX_HEADER = 1_000, 200
bodies_lists = st.lists(st.binary(max_size=200), max_size=8)


def model(data: bytes) -> tuple[list[bytes], bool]:
    """The bodies in a whole stream, and whether it is broken after them: one regular expression a header."""
    bodies: list[bytes] = []
    while data:
        head, separator, rest = data.partition(b"\r\n\r\n")
        if len(head) > MAX_HEADER + (0 if separator else 3):
            return bodies, True
        first_line = re.match(rb"[A-Za-z][\t\r -~]*(\n|\Z)", head)
        if not first_line or re.search(rb"[^\t\r\n -~]", head):
            return bodies, True
        if first_line[1] and b":" not in first_line[0]:
            return bodies, True
        if not separator:
            return bodies, False
        lines = head.split(b"\r\n")
        lengths = {
            line.split(b":", 1)[1].strip() for line in lines if re.match(rb"(?i)\s*content-length\s*:", line)
        }
        if not all(b":" in line for line in lines) or len(lengths) != 1:
            return bodies, True
        (length,) = lengths
        if not re.fullmatch(rb"[0-9]+", length) or int(length) > MAX_BODY:
            return bodies, True
        if len(rest) < int(length):
            return bodies, False
        bodies.append(rest[: int(length)])
        data = rest[int(length) :]
    return bodies, False


def feed_all(chunks: list[bytes]) -> tuple[list[bytes], bool]:
    """What the parser makes of `chunks`; anything but a FrameError is a failure."""
    parser = FrameParser(max_body_bytes=MAX_BODY, max_header_bytes=MAX_HEADER)
    bodies: list[bytes] = []
    for chunk in chunks:
        try:
            bodies += parser.feed(chunk)
        except FrameError as error:
            return bodies + error.bodies, True
        assert parser.buffered_bytes() <= MAX_BODY + MAX_HEADER + 4
    return bodies, False


def split(data: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({cut % (len(data) + 1) for cut in cuts} | {0, len(data)})
    return [data[start:end] for start, end in itertools.pairwise(places)]


def mutate_and_compare(rounds: int, seed: int) -> int:
    """Random streams with random damage at random splits, against the model; returns how many were broken."""
    random_ = random.Random(seed)
    pieces = [
        b"\r\n",
        b"\r\n\r\n",
        b":",
        b"\n",
        b" ",
        b"\x00",
        b"-",
        b"9",
        b"Content-Length: ",
        b"x",
        b"\xff",
    ]
    broken_count = 0
    for _ in range(rounds):
        headers = random_.choices([b"", b"Content-Type: x\r\n", b"content-length: 3\r\n"], [6, 2, 1], k=4)
        data = b"".join(
            header + frame(random_.randbytes(random_.choice([0, 1, 3, 40]))) for header in headers
        )
        for _ in range(random_.randrange(4)):
            at, length = random_.randrange(len(data) + 1), random_.choice([0, 1, 3])
            data = data[:at] + random_.choice(pieces) + data[at + length :]
        cuts = [random_.randrange(len(data) + 1) for _ in range(random_.choice([0, 1, 5, 60]))]
        expected = model(data)
        assert feed_all(split(data, cuts)) == expected, (data, cuts)
        broken_count += expected[1]
    return broken_count


def test_random_damage_at_random_splits_ends_as_the_model_says():
    assert 500 < mutate_and_compare(3_000, seed=1) < 2_900


@given(bodies_lists, st.lists(st.integers(0, 10_000), max_size=30))
def test_bodies_come_out_whole_and_in_order_whatever_the_splits(bodies, cuts):
    assert feed_all(split(b"".join(map(frame, bodies)), cuts)) == (bodies, False)


@given(st.binary(max_size=400), st.lists(st.integers(0, 10_000), max_size=10))
def test_any_bytes_at_all_end_as_the_model_says(data, cuts):
    assert feed_all(split(data, cuts)) == model(data)


class FramingMachine(RuleBasedStateMachine):
    """A stream that grows piece by piece, and what has come out of it, against the model of the whole."""

    def __init__(self) -> None:
        super().__init__()
        self.parser = FrameParser(max_body_bytes=MAX_BODY, max_header_bytes=MAX_HEADER)
        self.stream = b""
        self.got: list[bytes] = []
        self.broken = False
        self.unsent = b""

    def feed(self, data: bytes) -> None:
        self.stream += data
        try:
            self.got += self.parser.feed(data)
        except FrameError as error:
            self.got += error.bodies
            self.broken = True

    @precondition(lambda self: not self.broken)
    @rule(body=st.binary(max_size=50), share=st.floats(0, 1))
    def part_of_a_frame(self, body: bytes, share: float) -> None:
        data = self.unsent + frame(body)
        cut = int(len(data) * share)
        self.unsent = data[cut:]
        self.feed(data[:cut])

    @precondition(lambda self: not self.broken)
    @rule()
    def the_rest(self) -> None:
        data, self.unsent = self.unsent, b""
        self.feed(data)

    @precondition(lambda self: not self.broken)
    @rule(
        data=st.one_of(st.binary(max_size=5), st.sampled_from([b"X: y\r\n", b"Content-Length: 1001\r\n\r\n"]))
    )
    def anything(self, data: bytes) -> None:
        self.feed(data)

    @precondition(lambda self: self.broken)
    @rule(body=st.binary(max_size=5))
    def nothing_more_is_taken(self, body: bytes) -> None:
        with pytest.raises(ProtocolError, match="broken"):
            self.parser.feed(frame(body))

    @invariant()
    def agrees_with_the_model(self) -> None:
        assert (self.got, self.broken) == model(self.stream)


TestFramingMachine = FramingMachine.TestCase
TestFramingMachine.settings = settings(max_examples=80, stateful_step_count=20)


@pytest.mark.parametrize(
    "data",
    [
        b"\x00\x01garbage before a header",
        b"{}",
        b"Content-Length: -1\r\n\r\n",
        b"Content-Length: 99999999999\r\n\r\n",
        b"Content-Length: 99999999999999999999999999999999\r\n\r\n",
        b"Content-Length: twelve\r\n\r\n",
        b"Content-Length: 1_0\r\n\r\n",
        b"Content-Length: +5\r\n\r\n",
        b"Content-Length: \xb2\r\n\r\n",
        b"Content-Length: \r\n\r\n",
        b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n",
        b"Content-Type: text\r\n\r\n",
        b"no colon here\r\n\r\n",
        b"no colon here\n",
        b"A" * 5_000,
        b"A: " + b"a" * 5_000 + b"\r\nContent-Length: 1\r\n\r\n",
    ],
)
def test_what_cannot_be_a_frame_is_refused_at_once(data):
    with pytest.raises(ProtocolError):
        FrameParser().feed(data)


def test_bodies_before_the_damage_are_not_lost():
    with pytest.raises(FrameError) as caught:
        FrameParser().feed(frame(b"{}") + b"!!! not a header")
    assert caught.value.bodies == [b"{}"]


def test_what_may_be_source_text_is_not_quoted():
    with pytest.raises(ProtocolError, match="banner"):
        FrameParser().feed(b"a banner\n")
    for data in (b"secret\n", b"\x00secret", b"a: secret\r\n\r\n", b"Content-Length: secret\r\n\r\n"):
        with pytest.raises(ProtocolError) as caught:
            FrameParser().feed(frame(b"{}") + data)
        assert "secret" not in str(caught.value)


def test_other_headers_and_any_case_are_taken():
    parser = FrameParser()
    head = b"content-TYPE: application/vscode-jsonrpc; charset=utf-8\r\ncontent-length: 2\r\n\r\n"
    assert parser.feed(head + b"{}") == [b"{}"]


@pytest.mark.parametrize("cut", range(1, 6))
def test_the_largest_header_and_body_are_taken_wherever_they_are_split(cut):
    length = b"\r\nContent-Length: %d" % MAX_BODY
    data = b"A: " + b"a" * (MAX_HEADER - 3 - len(length)) + length + b"\r\n\r\n"
    body = b"x" * MAX_BODY
    assert feed_all([data[:-cut], data[-cut:], body[:-cut], body[-cut:]]) == ([body], False)
    assert feed_all([b"A" + data[:-cut], data[-cut:]]) == ([], True)


def test_an_announced_body_beyond_the_limit_is_refused_before_a_byte_of_it_is_held():
    parser = FrameParser(max_body_bytes=10)
    with pytest.raises(ProtocolError, match="11 bytes, more than 10"):
        parser.feed(b"Content-Length: 11\r\n\r\n")
    assert parser.buffered_bytes() == 0
