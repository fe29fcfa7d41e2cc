"""Bytes to and from a process over its pipes, on the event loop.

Knows nothing of what the bytes mean.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import IO

__all__ = ["PipeTransport"]


class _Reader(asyncio.Protocol):
    """Hands over what arrives; keeps what comes before anybody listens."""

    def __init__(self) -> None:
        self.on_bytes: Callable[[bytes], None] | None = None
        self.on_closed: Callable[[str], None] | None = None
        self.early: list[bytes] = []
        self.closed_reason: str | None = None

    def data_received(self, data: bytes) -> None:
        if self.on_bytes is None:
            self.early.append(data)
        else:
            self.on_bytes(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self.close("it closed its output" if exc is None else f"reading from it failed: {exc}")

    def close(self, reason: str) -> None:
        """Report the end, the first time only."""
        if self.closed_reason is not None:
            return
        self.closed_reason = reason
        if self.on_closed is not None:
            self.on_closed(reason)


class _Writer(asyncio.BaseProtocol):
    def __init__(self, reader: _Reader) -> None:
        self._reader = reader
        self.lost = False

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost = True
        if exc is not None:
            self._reader.close(f"writing to it failed: {exc}")


class PipeTransport:
    """ports.Transport over the two pipes of a process; made by `connect`."""

    def __init__(
        self, reader: _Reader, writer: _Writer, read: asyncio.ReadTransport, write: asyncio.WriteTransport
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._read = read
        self._write = write
        self._aborted = False

    @classmethod
    async def connect(cls, stdin: IO[bytes], stdout: IO[bytes]) -> PipeTransport:
        """Over the pipe to a process's `stdin` and the one from its `stdout`; takes both over."""
        loop = asyncio.get_running_loop()
        reader = _Reader()
        read, _ = await loop.connect_read_pipe(lambda: reader, stdout)
        write, writer = await loop.connect_write_pipe(lambda: _Writer(reader), stdin)
        return cls(reader, writer, read, write)

    def start(self, on_bytes: Callable[[bytes], None], on_closed: Callable[[str], None]) -> None:
        self._reader.on_bytes = on_bytes
        self._reader.on_closed = on_closed
        early, self._reader.early = self._reader.early, []
        for data in early:
            on_bytes(data)
        if self._reader.closed_reason is not None:
            on_closed(self._reader.closed_reason)

    def write(self, data: bytes) -> None:
        if not self._write.is_closing():
            self._write.write(data)

    def backlog_bytes(self) -> int:
        return self._write.get_write_buffer_size()

    def close(self) -> None:
        """Send what is queued, then end the process's input; its output is still read."""
        if not self._write.is_closing():
            self._write.close()

    def abort(self) -> None:
        """Let go of both pipes, whatever is still queued. Idempotent."""
        if not self._aborted:
            self._aborted = True
            # asyncio refuses to abort what it has closed already.
            if not self._writer.lost:
                self._write.abort()
            self._read.close()
