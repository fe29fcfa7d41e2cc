"""What a controller and its agents say to one another: MessagePack of these, and nothing else.

Whoever reads bytes that are no such message gets a ValueError. Nothing that comes over the wire is executed.
"""

from __future__ import annotations

from typing import TypeAlias, TypeVar

import msgspec

__all__ = [
    "CHUNK_BYTES",
    "SILENCE_S",
    "Chunk",
    "Done",
    "Failed",
    "FromAgent",
    "FromController",
    "Hello",
    "Job",
    "Ping",
    "Pong",
    "Ready",
    "Report",
    "Start",
    "Status",
    "Stop",
    "decode_from_agent",
    "decode_from_controller",
    "encode",
]

# An agent that has said nothing for so long is lost, and so is, to an agent, its controller.
SILENCE_S = 5.0
# What does not fit is sent in several: so much is in memory twice at a time.
CHUNK_BYTES = 1 << 20


class _Message(msgspec.Struct, frozen=True, array_like=True, tag=True):
    pass


class Job(_Message, frozen=True):
    """What an agent is to do."""

    work: bytes


class Ping(_Message, frozen=True):
    """What does your clock show? Also a sign of life."""

    asked_ns: int


class Start(_Message, frozen=True):
    """Begin when your clock shows that."""

    at_ns: int


class Stop(_Message, frozen=True):
    """Come to an end now, with what there is."""


class Hello(_Message, frozen=True):
    """Who an agent is; `host` is the same for all agents of one host, `code` for all with the same code."""

    version: str
    code: str
    host: str
    pid: int


class Pong(_Message, frozen=True):
    asked_ns: int
    received_ns: int
    sent_ns: int


class Status(_Message, frozen=True):
    """How far the preparations are: `done` of `total` users."""

    text: str
    done: int
    total: int


class Ready(_Message, frozen=True):
    """All users are; `about` says what was prepared."""

    about: bytes


class Report(_Message, frozen=True):
    """What has come of the work since the last report, and how the agent is. `counts` add up; `answered` and
    `in_flight` are of the run so far and of now, `cpu_ns` is the agent's own from its start on, `rss_bytes`
    its memory. `resources` are those of backends that the agent started, each as bytes, `warm_up` what became
    of the warm-up, which counts for nothing but is looked at."""

    counts: bytes
    answered: int
    in_flight: int
    cpu_ns: int
    rss_bytes: int
    resources: tuple[bytes, ...] = ()
    warm_up: bytes = b""


class Chunk(_Message, frozen=True):
    """A part of what an agent leaves behind: the parts of one `name` belong together, in their order."""

    name: str
    data: bytes


class Done(_Message, frozen=True):
    """The work is done, and all of it was sent."""

    result: bytes


class Failed(_Message, frozen=True):
    """It cannot be done. `kind` is the name of an error of this package."""

    kind: str
    message: str


FromController: TypeAlias = Job | Ping | Start | Stop
FromAgent: TypeAlias = Hello | Pong | Status | Ready | Report | Chunk | Done | Failed

_T = TypeVar("_T")

_encoder = msgspec.msgpack.Encoder()
_from_controller: msgspec.msgpack.Decoder[FromController] = msgspec.msgpack.Decoder(FromController)
_from_agent: msgspec.msgpack.Decoder[FromAgent] = msgspec.msgpack.Decoder(FromAgent)


def encode(message: FromController | FromAgent) -> bytes:
    """The bytes of a message."""
    return _encoder.encode(message)


def decode_from_controller(data: object) -> FromController:
    """The inverse, in an agent. Raises ValueError."""
    return _decoded(_from_controller, data)


def decode_from_agent(data: object) -> FromAgent:
    """The inverse, in the controller. Raises ValueError."""
    return _decoded(_from_agent, data)


def _decoded(decoder: msgspec.msgpack.Decoder[_T], data: object) -> _T:
    if not isinstance(data, bytes):
        raise ValueError(f"no message but a {type(data).__name__}")
    try:
        return decoder.decode(data)
    except msgspec.MsgspecError as error:
        raise ValueError(f"no message: {error}") from error
