"""What crosses between a controller and its agents: these messages, and nothing that is executed."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_rustide_load.agents import messages
from pytest_rustide_load.agents.messages import (
    Chunk,
    Done,
    Failed,
    Hello,
    Job,
    Ping,
    Pong,
    Ready,
    Report,
    Start,
    Status,
    Stop,
    decode_from_agent,
    decode_from_controller,
    encode,
)

OURS = [Job(b"\x00work"), Ping(7), Start(-5), Stop()]
THEIRS = [
    Hello("0.1.0", "abc", "host", 17),
    Pong(1, 2, 3),
    Status("users", 1, 2),
    Ready(b"x"),
    Report(b"counts", 1, 2, 3, 4, (b"r",)),
    Chunk("user", b"\xff"),
    Done(b""),
    Failed("StartFailed", "no"),
]


@pytest.mark.parametrize("message", OURS)
def test_what_the_controller_says_arrives(message):
    assert decode_from_controller(encode(message)) == message


@pytest.mark.parametrize("message", THEIRS)
def test_what_an_agent_says_arrives(message):
    assert decode_from_agent(encode(message)) == message


@given(st.binary(max_size=200) | st.none() | st.text() | st.tuples(st.binary()))
def test_anything_else_is_refused_and_nothing_worse(data):
    for decode in (decode_from_agent, decode_from_controller):
        with contextlib.suppress(ValueError):
            decode(data)


def test_an_agent_gives_no_orders():
    with pytest.raises(ValueError, match="no message"):
        decode_from_agent(encode(Start(1)))
    with pytest.raises(ValueError, match="no message"):
        decode_from_controller(encode(Done(b"")))


def test_silence_is_noticed_soon_enough_to_end_within_ten_seconds():
    assert messages.SILENCE_S + 3 <= 10
