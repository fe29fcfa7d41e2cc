"""A server whose every delay is known: the truth that the load generator is measured against.

Runs as a program of its own: `python null_server.py [--delays-ms A,B,…] [--stall-ms EVERY,FOR] [--log FILE]`.
Answers each request with null: at once, or after the delay its number points to in the list. With a stall
it does nothing at all for FOR at the end of every EVERY, as a server with a long pause would. The log holds
three numbers of 8 bytes for each request, in the order of their coming: its id, when it was read and when its
answer was written, both on the system's monotonic clock in nanoseconds. Answers written in one piece were
written at one time.
"""

from __future__ import annotations

import heapq
import os
import re
import select
import sys
import time
from array import array

_HEADER = re.compile(rb"Content-Length: (\d+)\r\n\r\n")
_REQUEST_ID = re.compile(rb'"id":(\d+),"method"')
_NS_PER_MS = 1_000_000


def _option(name: str) -> str:
    return sys.argv[sys.argv.index(name) + 1] if name in sys.argv else ""


def _times_ns(name: str) -> list[int]:
    return [round(float(text) * _NS_PER_MS) for text in _option(name).split(",") if text]


def _take(buffer: bytearray) -> list[bytes]:
    """The whole frames at the front of `buffer`, taken out of it."""
    bodies = []
    position = 0
    while header := _HEADER.match(buffer, position):
        end = header.end() + int(header[1])
        if end > len(buffer):
            break
        bodies.append(bytes(buffer[header.end() : end]))
        position = end
    del buffer[:position]
    return bodies


class _Server:
    def __init__(self) -> None:
        self.delays_ns = _times_ns("--delays-ms")
        self.stall_ns = _times_ns("--stall-ms")
        self.log_path = _option("--log")
        self.began_ns = time.perf_counter_ns()
        self.log = array("q")
        # When each answer is due, its row in the log, and the id.
        self.waiting: list[tuple[int, int, bytes]] = []

    def run(self) -> None:
        buffer = bytearray()
        ended = False
        while not ended:
            if self.waiting:
                left_ns = self.waiting[0][0] - time.perf_counter_ns()
                if not select.select([0], [], [], max(left_ns, 0) / 1e9)[0]:
                    self.answer()
                    continue
            data = os.read(0, 1 << 16)
            ended = not data
            self.stall()
            now_ns = time.perf_counter_ns()
            buffer += data
            for body in _take(buffer):
                request = _REQUEST_ID.search(body)
                if request:
                    self.accept(request[1], now_ns)
                elif b'"method":"exit"' in body:
                    ended = True
            self.answer()
        if self.log_path:
            with open(self.log_path, "wb") as file:
                self.log.tofile(file)

    def stall(self) -> None:
        if self.stall_ns:
            every_ns, for_ns = self.stall_ns
            into_ns = (time.perf_counter_ns() - self.began_ns) % every_ns
            if into_ns > every_ns - for_ns:
                time.sleep((every_ns - into_ns) / 1e9)

    def accept(self, request_id: bytes, now_ns: int) -> None:
        number = int(request_id)
        delay_ns = self.delays_ns[number % len(self.delays_ns)] if self.delays_ns else 0
        row = len(self.log)
        if self.log_path:
            self.log.extend((number, now_ns, 0))
        heapq.heappush(self.waiting, (now_ns + delay_ns, row, request_id))

    def answer(self) -> None:
        """Write every answer that is due, in one piece."""
        now_ns = time.perf_counter_ns()
        replies, rows = [], []
        while self.waiting and self.waiting[0][0] <= now_ns:
            _, row, request_id = heapq.heappop(self.waiting)
            reply = b'{"jsonrpc":"2.0","id":%b,"result":null}' % request_id
            replies.append(b"Content-Length: %d\r\n\r\n%b" % (len(reply), reply))
            rows.append(row)
        data = b"".join(replies)
        if self.log_path:
            now_ns = time.perf_counter_ns()
            for row in rows:
                self.log[row + 2] = now_ns
        while data:
            data = data[os.write(1, data) :]


if __name__ == "__main__":
    _Server().run()
