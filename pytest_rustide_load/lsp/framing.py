"""The base protocol of LSP without I/O: bytes in, message bodies out, and the reverse.

Knows nothing of JSON, of requests or of where the bytes come from. Memory is bounded: a header or a body
beyond its limit is a ProtocolError as soon as it is announced, not when it has been buffered.
"""

from __future__ import annotations

import re

from pytest_rustide_load.errors import ProtocolError

__all__ = ["MAX_BODY_BYTES", "MAX_HEADER_BYTES", "FrameParser", "frame"]

MAX_BODY_BYTES = 64 * 1024 * 1024
MAX_HEADER_BYTES = 4096
_SEPARATOR = b"\r\n\r\n"
# Does not begin with a letter, or holds what is neither printable ASCII nor the end of a line.
_NO_HEADER = re.compile(rb"\A[^A-Za-z]|[^\t\r\n -~]")


def frame(body: bytes) -> bytes:
    """`body` with its header, ready to be written."""
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


class FrameParser:
    """Cuts a stream into bodies.

    `feed` returns the bodies that became complete, in order. After a ProtocolError the stream has no
    known frame boundary left and the parser refuses to go on.
    """

    __slots__ = ("_broken", "_buffer", "_max_body", "_max_header", "_need")

    def __init__(
        self, *, max_body_bytes: int = MAX_BODY_BYTES, max_header_bytes: int = MAX_HEADER_BYTES
    ) -> None:
        self._buffer = bytearray()
        self._need = -1  # length of the body being awaited, -1 while in a header
        self._max_body = max_body_bytes
        self._max_header = max_header_bytes
        self._broken = False

    def buffered_bytes(self) -> int:
        """What is held of a frame that is not complete yet."""
        return len(self._buffer)

    def feed(self, data: bytes) -> list[bytes]:
        """Take `data`; raises ProtocolError where it cannot be the base protocol.

        Bodies completed by `data` before the fault are lost with it: `bodies` of the error has them.
        """
        if self._broken:
            raise ProtocolError("the stream is broken: no frame boundary is known after the last error")
        buffer = self._buffer
        buffer += data
        bodies: list[bytes] = []
        position = 0
        need = self._need
        try:
            while True:
                if need < 0:
                    end = buffer.find(_SEPARATOR, position)
                    if end < 0:
                        self._check_unfinished_header(position)
                        break
                    need = self._content_length(bytes(buffer[position:end]))
                    position = end + 4
                if len(buffer) - position < need:
                    break
                bodies.append(bytes(buffer[position : position + need]))
                position += need
                need = -1
        except ProtocolError as error:
            self._broken = True
            buffer.clear()
            raise FrameError(str(error), bodies) from None
        if position:
            del buffer[:position]
        self._need = need
        return bodies

    def _check_unfinished_header(self, position: int) -> None:
        held = len(self._buffer) - position
        if held > self._max_header:
            raise ProtocolError(f"no end of header within {self._max_header} bytes")
        # Garbage must not wait for a header's end that may never come.
        start = bytes(self._buffer[position : position + self._max_header])
        first, line_end, _ = start.partition(b"\n")
        if start and (_NO_HEADER.search(start) or (line_end and b":" not in first)):
            raise ProtocolError(f"not a header: {start[:64]!r}")

    def _content_length(self, header: bytes) -> int:
        if len(header) > self._max_header:
            raise ProtocolError(f"a header of {len(header)} bytes, more than {self._max_header}")
        length = -1
        for line in header.split(b"\r\n"):
            name, colon, value = line.partition(b":")
            if not colon:
                raise ProtocolError(f"not a header line: {line[:64]!r}")
            if name.strip().lower() == b"content-length":
                text = value.strip()
                if not text.isdigit() or len(text) > 15:
                    raise ProtocolError(f"not a content length: {text[:64]!r}")
                length = int(text)
        if length < 0:
            raise ProtocolError(f"a header without Content-Length: {header[:64]!r}")
        if length > self._max_body:
            raise ProtocolError(f"a body of {length} bytes, more than {self._max_body}")
        return length


class FrameError(ProtocolError):
    """A ProtocolError with the bodies that were complete before it."""

    def __init__(self, message: str, bodies: list[bytes]) -> None:
        super().__init__(message)
        self.bodies = bodies
