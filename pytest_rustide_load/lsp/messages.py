"""JSON-RPC messages: what is decoded of each on the hot path, and how ours are encoded.

Results and parameters stay undecoded (`msgspec.Raw`) until somebody needs them. Pure.
"""

from __future__ import annotations

from typing import Any

import msgspec

__all__ = [
    "CONTENT_MODIFIED",
    "METHOD_NOT_FOUND",
    "REQUEST_CANCELLED",
    "SERVER_CANCELLED",
    "Incoming",
    "ReplyError",
    "decode_incoming",
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


_decoder = msgspec.json.Decoder(Incoming)
_encoder = msgspec.json.Encoder()


def decode_incoming(body: bytes) -> Incoming:
    """Raises msgspec.DecodeError (ValidationError included) and UnicodeDecodeError for what is no message."""
    return _decoder.decode(body)


def encode(value: object) -> bytes:
    """`value` as JSON."""
    return _encoder.encode(value)


def encode_request(request_id: int, method: str, params: bytes) -> bytes:
    """A request body; `params` is JSON already."""
    return b'{"jsonrpc":"2.0","id":%d,"method":"%b","params":%b}' % (request_id, method.encode(), params)


def encode_notification(method: str, params: bytes) -> bytes:
    """A notification body; `params` is JSON already."""
    return b'{"jsonrpc":"2.0","method":"%b","params":%b}' % (method.encode(), params)


def encode_result(request_id: int | str | None, result: Any) -> bytes:
    """The body of a reply to a request of the server's."""
    return _encoder.encode({"jsonrpc": "2.0", "id": request_id, "result": result})


def encode_error(request_id: int | str | None, code: int, message: str) -> bytes:
    """The body of an error reply to a request of the server's."""
    return _encoder.encode({"jsonrpc": "2.0", "id": request_id, "error": {"code": code, "message": message}})
