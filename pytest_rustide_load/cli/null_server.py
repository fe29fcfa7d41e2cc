"""A server that answers every request at once with null: the known truth the generator is measured against.

Runs as a program of its own: `python null_server.py [STALL_EVERY_S STALL_S]`. With a stall it does nothing at
all for STALL_S at the end of every STALL_EVERY_S, as a server with a long pause would.
"""

from __future__ import annotations

import os
import re
import sys
import time

_HEADER = re.compile(rb"Content-Length: (\d+)\r\n\r\n")
_REQUEST_ID = re.compile(rb'"id":(\d+),"method"')


def _take(buffer: bytearray) -> list[bytes]:
    """The whole frames at the front of `buffer`, taken out of it."""
    bodies = []
    while (header := _HEADER.match(buffer)) and len(buffer) >= header.end() + int(header[1]):
        end = header.end() + int(header[1])
        bodies.append(bytes(buffer[header.end() : end]))
        del buffer[:end]
    return bodies


def main() -> None:
    every_s, stall_s = (float(sys.argv[1]), float(sys.argv[2])) if len(sys.argv) > 2 else (0.0, 0.0)
    began_s = time.monotonic()
    buffer = bytearray()
    while data := os.read(0, 1 << 16):
        if stall_s:
            into_s = (time.monotonic() - began_s) % every_s
            if into_s > every_s - stall_s:
                time.sleep(every_s - into_s)
        buffer += data
        replies = []
        for body in _take(buffer):
            request = _REQUEST_ID.search(body)
            if request:
                reply = b'{"jsonrpc":"2.0","id":%b,"result":null}' % request[1]
                replies.append(b"Content-Length: %d\r\n\r\n%b" % (len(reply), reply))
            elif b'"method":"exit"' in body:
                return
        if replies:
            os.write(1, b"".join(replies))


if __name__ == "__main__":
    main()
