"""Bytes to and from a process over its pipes, on the event loop.

Knows nothing of what the bytes mean. Reads and writes the descriptors itself: one call between the
kernel and whoever listens (tests/perf/transport_cost.py compares this with asyncio's own streams).
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable

__all__ = ["PipeTransport"]

_READ_BYTES = 256 * 1024
# A server that has not taken this much will not catch up within any time-out.
_MAX_BACKLOG_BYTES = 64 * 1024 * 1024
# How long the last answers may take to arrive after a write has failed.
_LAST_WORDS_S = 0.5


class PipeTransport:
    """ports.Transport over two descriptors, which it takes over and closes.

    Must be made and used on one event loop's thread. Nothing is read before `start`.
    """

    def __init__(self, write_fd: int, read_fd: int) -> None:
        self._loop = asyncio.get_running_loop()
        self._write_fd = write_fd
        self._read_fd = read_fd
        os.set_blocking(write_fd, False)
        os.set_blocking(read_fd, False)
        self._backlog = bytearray()
        self._on_bytes: Callable[[bytes], None] | None = None
        self._on_closed: Callable[[str], None] | None = None
        self._received_bytes = 0
        self._closed = False

    @property
    def received_bytes(self) -> int:
        """How much has come from the process so far."""
        return self._received_bytes

    def start(self, on_bytes: Callable[[bytes], None], on_closed: Callable[[str], None]) -> None:
        if self._on_bytes is not None:
            raise RuntimeError("this transport was started before")
        self._on_bytes = on_bytes
        self._on_closed = on_closed
        if self._closed:
            on_closed("closed by this side")
        else:
            self._loop.add_reader(self._read_fd, self._readable)

    def write(self, data: bytes) -> None:
        if self._write_fd < 0:
            return
        if self._backlog:
            self._backlog += data
            if len(self._backlog) > _MAX_BACKLOG_BYTES:
                self._stop_writing()
                self._end(f"it stopped reading: more than {_MAX_BACKLOG_BYTES >> 20} MiB were waiting for it")
            return
        sent = self._send(data)
        if self._write_fd >= 0 and sent < len(data):
            self._backlog += memoryview(data)[sent:]
            self._loop.add_writer(self._write_fd, self._writable)

    def backlog_bytes(self) -> int:
        return len(self._backlog)

    def close(self) -> None:
        """No more to it and nothing more from it. Idempotent; what still waits to be written is dropped.

        What it says after this is read and dropped until its end, so that a server that answers late, or
        logs its farewell, does not break on a closed pipe.
        """
        self._stop_writing()
        self._report("closed by this side")
        if self._on_bytes is None:
            self.abort()

    def abort(self) -> None:
        """Close both pipes at once. Idempotent."""
        self._stop_writing()
        self._end("closed by this side")

    def _readable(self) -> None:
        try:
            data = os.read(self._read_fd, _READ_BYTES)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self._end(f"reading from it failed: {error.strerror}")
            return
        if data:
            self._received_bytes += len(data)
            if self._on_bytes is not None and not self._closed:
                self._on_bytes(data)
        else:
            self._end("it closed its output")

    def _writable(self) -> None:
        sent = self._send(self._backlog)
        del self._backlog[:sent]
        if not self._backlog and self._write_fd >= 0:
            self._loop.remove_writer(self._write_fd)

    def _send(self, data: bytes | bytearray) -> int:
        try:
            return os.write(self._write_fd, data)
        except (BlockingIOError, InterruptedError):
            return 0
        except OSError as error:
            # What it said before it went may still lie in the other pipe, and its end says more than this.
            self._stop_writing()
            self._loop.call_later(_LAST_WORDS_S, self._end, f"writing to it failed: {error.strerror}")
            return 0

    def _stop_writing(self) -> None:
        if self._write_fd >= 0:
            self._loop.remove_writer(self._write_fd)
            os.close(self._write_fd)
            self._write_fd = -1
        self._backlog.clear()

    def _end(self, reason: str) -> None:
        """Read no more, and say why if nothing was said before."""
        if self._read_fd >= 0:
            self._loop.remove_reader(self._read_fd)
            os.close(self._read_fd)
            self._read_fd = -1
        self._report(reason)

    def _report(self, reason: str) -> None:
        if not self._closed:
            self._closed = True
            if self._on_closed is not None:
                self._on_closed(reason)
