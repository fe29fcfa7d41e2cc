"""JSON-RPC messages: what is decoded of each on the hot path, and how ours are encoded.

Results and parameters stay undecoded (`msgspec.Raw`) until somebody needs them. Pure.
"""

from __future__ import annotations

from typing import Any

import msgspec

from pytest_rustide_load.errors import ProtocolError

__all__ = [
    "CONTENT_MODIFIED",
    "METHOD_NOT_FOUND",
    "REQUEST_CANCELLED",
    "SERVER_CANCELLED",
    "UNDECODABLE",
    "Incoming",
    "MalformedMessage",
    "ReplyError",
    "decode_incoming",
    "decode_value",
    "encode",
    "encode_error",
    "encode_notification",
    "encode_request",
    "encode_result",
]

METHOD_NOT_FOUND = -32601
REQUEST_CANCELLED = -32800
CONTENT_MODIFIED = -32801
SERVER_CANCELLED = -32802


class ReplyError(msgspec.Struct, frozen=True):
    """The error of a reply; `code` is None where the server gave none."""

    code: int | None = None
    message: str = ""


class Incoming(msgspec.Struct, gc=False):
    """Any message from a server. A key that is absent is UNSET; `result` may be `null` in Raw."""

    id: int | str | msgspec.UnsetType | None = msgspec.UNSET
    method: str | msgspec.UnsetType = msgspec.UNSET
    params: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    result: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    error: ReplyError | msgspec.UnsetType | None = msgspec.UNSET


class MalformedMessage(ProtocolError):
    """A body that is no message of JSON-RPC."""


class _OddReply(msgspec.Struct):
    """A reply whose error has not the shape it must have; whose id can be read nevertheless."""

    id: int
    error: msgspec.Raw


_decoder = msgspec.json.Decoder(Incoming)
_odd_reply_decoder = msgspec.json.Decoder(_OddReply)
_encoder = msgspec.json.Encoder()
# What msgspec raises for what is not UTF-8, not JSON, of another shape, or nested beyond all measure.
UNDECODABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


def decode_incoming(body: bytes) -> Incoming:
    """The message in `body`. An error of the wrong shape is an error still; raises MalformedMessage for what
    is no message."""
    try:
        return _decoder.decode(body)
    except UNDECODABLE as error:
        try:
            odd = _odd_reply_decoder.decode(body)
        except UNDECODABLE:
            raise MalformedMessage(str(error)) from None
        return Incoming(id=odd.id, error=ReplyError(None, "an error that is no error object"))


def decode_value(raw: msgspec.Raw | bytes, kind: Any = Any) -> Any:
    """The value of undecoded JSON, as `kind` where one is given. Raises MalformedMessage: what was passed
    over while the message was decoded need not be UTF-8, or of a depth that Python can hold."""
    try:
        return msgspec.json.decode(raw, type=kind)
    except UNDECODABLE as error:
        raise MalformedMessage(str(error)) from None


def encode(value: object) -> bytes:
    """`value` as JSON."""
    return _encoder.encode(value)


def encode_request(request_id: int, method: str, params: bytes) -> bytes:
    """A request body; `params` is JSON already, or empty for a method without any."""
    if not params:
        return b'{"jsonrpc":"2.0","id":%d,"method":"%b"}' % (request_id, method.encode())
    return b'{"jsonrpc":"2.0","id":%d,"method":"%b","params":%b}' % (request_id, method.encode(), params)


def encode_notification(method: str, params: bytes) -> bytes:
    """A notification body; `params` is JSON already, or empty for a method without any."""
    if not params:
        return b'{"jsonrpc":"2.0","method":"%b"}' % method.encode()
    return b'{"jsonrpc":"2.0","method":"%b","params":%b}' % (method.encode(), params)


def encode_result(request_id: int | str | None, result: Any) -> bytes:
    """The body of a reply to a request of the server's."""
    return _encoder.encode({"jsonrpc": "2.0", "id": request_id, "result": result})


def encode_error(request_id: int | str | None, code: int, message: str) -> bytes:
    """The body of an error reply to a request of the server's."""
    return _encoder.encode({"jsonrpc": "2.0", "id": request_id, "error": {"code": code, "message": message}})
