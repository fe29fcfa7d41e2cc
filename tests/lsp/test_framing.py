"""The frame parser: whatever the splits, the bodies come out; whatever the bytes, nothing else is raised."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_rustide_load.errors import ProtocolError
from pytest_rustide_load.lsp.framing import FrameParser, frame

bodies_lists = st.lists(st.binary(max_size=200), max_size=8)


def _split(data: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({cut % (len(data) + 1) for cut in cuts} | {0, len(data)})
    return [data[start:end] for start, end in itertools.pairwise(places)]


@given(bodies_lists, st.lists(st.integers(0, 10_000), max_size=30))
def test_bodies_come_out_whole_and_in_order_whatever_the_splits(bodies, cuts):
    parser = FrameParser()
    data = b"".join(map(frame, bodies))
    got = [body for part in _split(data, cuts) for body in parser.feed(part)]
    assert got == bodies
    assert parser.buffered_bytes() == 0


@given(st.binary(min_size=1, max_size=60))
def test_bytes_one_at_a_time_are_like_bytes_at_once(body):
    parser = FrameParser()
    got = [
        found for index in range(len(frame(body))) for found in parser.feed(frame(body)[index : index + 1])
    ]
    assert got == [body]


@given(
    bodies_lists, st.integers(0, 10_000), st.binary(min_size=1, max_size=5), st.lists(st.integers(0, 10_000))
)
def test_damage_is_a_protocol_error_or_other_bodies_and_memory_stays_bounded(bodies, at, damage, cuts):
    parser = FrameParser(max_body_bytes=1_000, max_header_bytes=200)
    data = b"".join(map(frame, bodies))
    place = at % (len(data) + 1)
    data = data[:place] + damage + data[place + len(damage) :]
    for part in _split(data, cuts):
        try:
            parser.feed(part)
        except ProtocolError:
            with pytest.raises(ProtocolError):
                parser.feed(b"Content-Length: 2\r\n\r\n{}")
            break
        assert parser.buffered_bytes() <= 1_000 + 200 + len(part)


@pytest.mark.parametrize(
    "data",
    [
        b"\x00\x01garbage before a header",
        b"{}",
        b"Content-Length: -1\r\n\r\n",
        b"Content-Length: 99999999999\r\n\r\n",
        b"Content-Length: twelve\r\n\r\n",
        b"Content-Type: text\r\n\r\n",
        b"no colon here\r\n\r\n",
        b"A" * 5_000,
    ],
)
def test_what_cannot_be_a_frame_is_refused_at_once(data):
    with pytest.raises(ProtocolError):
        FrameParser().feed(data)


def test_bodies_before_the_damage_are_not_lost():
    with pytest.raises(ProtocolError) as caught:
        FrameParser().feed(frame(b"{}") + b"!!! not a header")
    assert caught.value.bodies == [b"{}"]


def test_other_headers_and_any_case_are_taken():
    parser = FrameParser()
    head = b"content-TYPE: application/vscode-jsonrpc; charset=utf-8\r\ncontent-length: 2\r\n\r\n"
    assert parser.feed(head + b"{}") == [b"{}"]
