"""The base protocol of LSP without I/O: bytes in, message bodies out, and the reverse.

Knows nothing of JSON, of requests or of where the bytes come from. Memory is bounded: a header or a body
beyond its limit is a ProtocolError as soon as it is announced, not when it has been buffered.
"""

from __future__ import annotations

import re

from pytest_rustide_load.errors import ProtocolError

__all__ = ["MAX_BODY_BYTES", "MAX_HEADER_BYTES", "FrameError", "FrameParser", "frame"]

MAX_BODY_BYTES = 64 * 1024 * 1024
MAX_HEADER_BYTES = 4096
_SEPARATOR = b"\r\n\r\n"
# What nearly every header of every server is, apart from the number.
_USUAL_HEADER = b"Content-Length: "
_MAX_DIGITS = 15
# Does not begin with a letter, or holds what is neither printable ASCII nor the end of a line.
_NO_HEADER = re.compile(rb"\A[^A-Za-z]|[^\t\r\n -~]")


def frame(body: bytes) -> bytes:
    """`body` with its header, ready to be written."""
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


class FrameError(ProtocolError):
    """A ProtocolError with the bodies that were complete before it."""

    def __init__(self, message: str, bodies: list[bytes]) -> None:
        super().__init__(message)
        self.bodies = bodies


class FrameParser:
    """Cuts a stream into bodies.

    `feed` returns the bodies that became complete, in order. After a ProtocolError the stream has no
    known frame boundary left and the parser refuses to go on. Its message quotes what stood in the place
    of the first header, a banner or a usage message; in the place of a later one may stand source text.
    """

    __slots__ = ("_any_header", "_broken", "_max_body", "_max_header", "_need", "_rest")

    def __init__(
        self, *, max_body_bytes: int = MAX_BODY_BYTES, max_header_bytes: int = MAX_HEADER_BYTES
    ) -> None:
        self._rest = bytearray()
        self._need = -1  # length of the body being awaited, -1 while in a header
        self._max_body = max_body_bytes
        self._max_header = max_header_bytes
        self._broken = False
        self._any_header = False

    def buffered_bytes(self) -> int:
        """What is held of a frame that is not complete yet."""
        return len(self._rest)

    def feed(self, data: bytes) -> list[bytes]:
        """Take `data`; raises FrameError, with the bodies that `data` completed before the fault, where it
        cannot be the base protocol."""
        if self._broken:
            raise ProtocolError("the stream is broken: no frame boundary is known after the last error")
        rest = self._rest
        bodies: list[bytes] = []
        if rest:
            rest += data
            if len(rest) < self._need:
                return []
            # Cut off what was awaited, and go on with plain bytes: a large body is copied once only.
            with memoryview(rest) as gathered:
                if self._need >= 0:
                    bodies.append(bytes(gathered[: self._need]))
                data = bytes(gathered[max(self._need, 0) :])
            rest.clear()
            self._need = -1
        try:
            position = self._cut(data, bodies)
        except ProtocolError as error:
            self._broken = True
            raise FrameError(str(error), bodies) from None
        if position < len(data):
            rest += memoryview(data)[position:]
        return bodies

    def _cut(self, data: bytes, bodies: list[bytes]) -> int:
        """Append the whole bodies in `data`; returns where the first unfinished frame begins in it: at its
        header or, once that has been read into `_need`, at its body."""
        position, end, need = 0, len(data), self._need
        while True:
            if need < 0:
                header_end = data.find(_SEPARATOR, position)
                if header_end < 0:
                    # Of the separator three bytes may have come.
                    self._check_header(data[position : position + self._max_header + 4], allowed=3)
                    break
                need = self._content_length(data[position:header_end])
                position = header_end + 4
            if end - position < need:
                break
            bodies.append(data[position : position + need])
            position += need
            need = -1
        self._need = need
        return position

    def _check_header(self, held: bytes, *, allowed: int = 0) -> None:
        """Refuse what no header begins with: garbage must not wait for a header's end that may never come."""
        if len(held) > self._max_header + allowed:
            raise ProtocolError(f"a header of more than {self._max_header} bytes: {self._quote(held)}")
        first, line_end, _ = held.partition(b"\n")
        if held and (_NO_HEADER.search(held) or (line_end and b":" not in first)):
            raise ProtocolError(f"not a header: {self._quote(held)}")

    def _content_length(self, header: bytes) -> int:
        digits = header[len(_USUAL_HEADER) :]
        if not (header.startswith(_USUAL_HEADER) and digits.isdigit()):
            digits = self._find_length(header)
        length = int(digits) if len(digits) <= _MAX_DIGITS else self._max_body + 1
        if length > self._max_body:
            raise ProtocolError(
                f"a body of {digits[:_MAX_DIGITS].decode()} bytes, more than {self._max_body}"
            )
        self._any_header = True
        return length

    def _find_length(self, header: bytes) -> bytes:
        """The digits of Content-Length among the lines of any header."""
        self._check_header(header)
        found: set[bytes] = set()
        for line in header.split(b"\r\n"):
            name, colon, value = line.partition(b":")
            if not colon:
                raise ProtocolError(f"not a header line: {self._quote(line)}")
            if name.strip().lower() == b"content-length":
                digits = value.strip()
                if not digits.isdigit():
                    raise ProtocolError(f"not a content length: {self._quote(digits)}")
                found.add(digits)
        if not found:
            raise ProtocolError(f"a header without Content-Length: {self._quote(header)}")
        if len(found) > 1:
            raise ProtocolError(f"a header with two content lengths: {self._quote(header)}")
        return found.pop()

    def _quote(self, data: bytes) -> str:
        return f"{len(data)} bytes, not shown" if self._any_header else repr(data[:64])
