"""The wire: frames in and out, one message handled at a time, in order, cancellations seen ahead.

Frames are read while a message waits its turn, so that `$/cancelRequest` reaches a request before it is
worked on. Must not know any method but the few that concern the connection itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable

_log = logging.getLogger(__name__)
_LENGTH = re.compile(rb"content-length:\s*(\d+)\s*$", re.IGNORECASE | re.MULTILINE)
MAX_BODY_BYTES = 256 * 1024 * 1024
MAX_HEADER_BYTES = 64 * 1024
_MAX_WAITING = 4096

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
NOT_INITIALIZED = -32002
CANCELLED = -32800

Message = dict[str, Any]


class BadFrame(Exception):
    """The bytes on the wire are no frame; the connection cannot go on."""


async def read_frame(reader: asyncio.StreamReader) -> bytes | None:
    """The next body, None at the end of the stream. Raises BadFrame."""
    try:
        header = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as error:
        if error.partial.strip():
            raise BadFrame("the stream ended inside a header") from error
        return None
    except asyncio.LimitOverrunError as error:
        raise BadFrame("a header without end") from error
    match = _LENGTH.search(header.replace(b"\r\n", b"\n"))
    if match is None:
        raise BadFrame("a header without Content-Length")
    # Of thousands of digits Python makes no number.
    digits = match.group(1).lstrip(b"0") or b"0"
    if len(digits) > len(str(MAX_BODY_BYTES)) or int(digits) > MAX_BODY_BYTES:
        raise BadFrame(f"a body of {digits[:20].decode()} bytes or more")
    size = int(digits)
    try:
        return await reader.readexactly(size)
    except asyncio.IncompleteReadError:
        return None


def write_message(writer: asyncio.StreamWriter, message: Message) -> None:
    """Writes one frame."""
    body = msgspec.json.encode(message)
    writer.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))


class Connection:
    """Reads messages into a queue and hands them to `handle` one by one.

    `handle(message)` is synchronous; it answers by itself. `refuse(id, code, text)` sends an error.
    """

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        handle: Callable[[Message], None],
        refuse: Callable[[Any, int, str], None],
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._handle = handle
        self._refuse = refuse
        self._waiting: asyncio.Queue[Message | None] = asyncio.Queue(_MAX_WAITING)
        self._cancelled: set[int | str] = set()
        self._queued: set[int | str] = set()
        self.stopped = asyncio.Event()

    async def run(self) -> None:
        """Serves until the stream ends or `stopped` is set."""
        tasks = [
            asyncio.ensure_future(self._read()),
            asyncio.ensure_future(self._work()),
            asyncio.ensure_future(self.stopped.wait()),
        ]
        try:
            done, _ = await asyncio.wait(tasks[1:], return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            for task in tasks:
                with contextlib.suppress(asyncio.CancelledError, ConnectionError):
                    await task

    async def _read(self) -> None:
        try:
            while (body := await read_frame(self._reader)) is not None:
                message = self._decode(body)
                if message is not None:
                    await self._waiting.put(message)
        except BadFrame as error:
            _log.error("closing the connection: %s", error)
        except ConnectionError:
            _log.info("the client is gone")
        await self._waiting.put(None)

    def _decode(self, body: bytes) -> Message | None:
        try:
            message = msgspec.json.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            self._refuse(None, PARSE_ERROR, "the message is not valid JSON")
            return None
        if not isinstance(message, dict):
            self._refuse(None, INVALID_REQUEST, "a message must be an object")
            return None
        identity = message.get("id")
        if message.get("method") == "$/cancelRequest":
            params = message.get("params")
            target = params.get("id") if isinstance(params, dict) else None
            if isinstance(target, int | str) and target in self._queued:
                self._cancelled.add(target)
            return None
        if "method" in message and isinstance(identity, int | str):
            self._queued.add(identity)
        return message

    async def _work(self) -> None:
        while (message := await self._waiting.get()) is not None:
            identity = message.get("id")
            request = "method" in message and isinstance(identity, int | str)
            if request:
                self._queued.discard(identity)
            if request and identity in self._cancelled:
                self._cancelled.discard(identity)
                self._refuse(identity, CANCELLED, "cancelled by the client")
            else:
                self._handle(message)
            await self._writer.drain()
            # One turn of the loop between messages: arrived frames are read, background work gets on.
            await asyncio.sleep(0)
