"""A transport with a network link in it: bytes identical and in order, as late as the link makes them.

Wraps any transport, the pipes of a backend on stdio included. Knows nothing of what the bytes mean, nor
of how the backend was started.
"""

from __future__ import annotations

import heapq
import statistics
import time
from array import array
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from pytest_rustide_load.ports import Transport
from pytest_rustide_load.stress.alarm import Alarm
from pytest_rustide_load.stress.link import Direction, Link
from pytest_rustide_load.workload.networks import LinkProfile

__all__ = ["DirectionReport", "LinkReport", "LinkedTransport"]

_MAX_QUEUED_BYTES = 64 * 1024 * 1024
# Enough for exact medians, bounded for long runs.
_MAX_MEASURED = 100_000


@dataclass(frozen=True, slots=True)
class DirectionReport:
    """What one direction did. Delays run from offered to delivered, so they hold queueing and losses.

    `late_median_ns` is how much later than the model said the bytes were handed on: our own error.
    Medians are of the first 100,000 deliveries, and None without one.
    """

    writes: int
    bytes: int
    segments: int
    lost_segments: int
    delay_median_ns: float | None
    delay_p95_ns: float | None
    late_median_ns: float | None


@dataclass(frozen=True, slots=True)
class LinkReport:
    """The requested profile beside what was achieved in each direction."""

    profile: LinkProfile
    to_backend: DirectionReport
    from_backend: DirectionReport


class _Lane:
    """What is on its way in one direction."""

    def __init__(self, direction: Direction, deliver: Callable[[bytes], None]) -> None:
        self._direction = direction
        self._deliver = deliver
        # (arrival, offered, bytes), arrivals in order.
        self._queue: deque[tuple[int, int, bytes]] = deque()
        self._alarm = Alarm(self._ring)
        self._delays_ns = array("q")
        self._late_ns = array("q")
        self._writes = 0
        self._bytes = 0
        self._then: Callable[[], None] | None = None
        self.queued_bytes = 0
        self.stuck = False

    def offer(self, data: bytes) -> None:
        now_ns = time.monotonic_ns()
        arrival_ns = self._direction.arrival_ns(now_ns, len(data))
        if arrival_ns is None or self.stuck:
            # After the first bytes that never arrive nothing may: order would break.
            self.stuck = True
            return
        self._queue.append((arrival_ns, now_ns, data))
        self.queued_bytes += len(data)
        if len(self._queue) == 1:
            self._alarm.set(arrival_ns)

    def when_empty(self, then: Callable[[], None]) -> None:
        self._then = then
        if not self._queue:
            self._finish()

    def close(self) -> None:
        self._queue.clear()
        self.queued_bytes = 0
        self._then = None
        self._alarm.close()

    def report(self) -> DirectionReport:
        delays = sorted(self._delays_ns)
        return DirectionReport(
            writes=self._writes,
            bytes=self._bytes,
            segments=self._direction.segments,
            lost_segments=self._direction.lost_segments,
            delay_median_ns=statistics.median(delays) if delays else None,
            delay_p95_ns=delays[(len(delays) - 1) * 95 // 100] if delays else None,
            late_median_ns=statistics.median(self._late_ns) if delays else None,
        )

    def _ring(self) -> None:
        while self._queue:
            arrival_ns, offered_ns, data = self._queue[0]
            now_ns = time.monotonic_ns()
            if arrival_ns > now_ns:
                self._alarm.set(arrival_ns)
                return
            self._queue.popleft()
            self.queued_bytes -= len(data)
            self._writes += 1
            self._bytes += len(data)
            if len(self._delays_ns) < _MAX_MEASURED:
                self._delays_ns.append(now_ns - offered_ns)
                self._late_ns.append(now_ns - arrival_ns)
            self._deliver(data)
        self._finish()

    def _finish(self) -> None:
        if self._then is not None:
            then, self._then = self._then, None
            then()


class _Probes:
    """Probes on their way, in either direction; they do not wait for one another."""

    def __init__(self) -> None:
        self._alarm = Alarm(self._ring)
        self._underway: list[tuple[int, int, int, Callable[[int], None]]] = []
        self._count = 0
        self._closed = False

    def send(self, direction: Direction, size: int, arrived: Callable[[int], None]) -> None:
        now_ns = time.monotonic_ns()
        arrival_ns = direction.probe_ns(now_ns, size)
        if arrival_ns is None or self._closed:
            return
        self._count += 1
        heapq.heappush(self._underway, (arrival_ns, self._count, now_ns, arrived))
        self._alarm.set(self._underway[0][0])

    def close(self) -> None:
        self._closed = True
        self._underway.clear()
        self._alarm.close()

    def _ring(self) -> None:
        now_ns = time.monotonic_ns()
        while self._underway and self._underway[0][0] <= now_ns:
            _, _, sent_ns, arrived = heapq.heappop(self._underway)
            arrived(now_ns - sent_ns)
        if self._underway:
            self._alarm.set(self._underway[0][0])


class LinkedTransport:
    """ports.Transport: `inner` behind `link`. Made and used on one event loop's thread.

    Neither side is slowed by a slow link, as a full socket buffer would do: what is on its way waits here,
    up to 64 MiB for each direction; more ends the connection with the reason.
    """

    def __init__(self, inner: Transport, link: Link) -> None:
        self._inner = inner
        self._link = link
        self._to_backend = _Lane(link.user, inner.write)
        self._from_backend = _Lane(link.backend, self._arrived)
        self._probes = _Probes()
        self._on_bytes: Callable[[bytes], None] | None = None
        self._on_closed: Callable[[str], None] | None = None
        self._closed = False
        self._writing = True

    def start(self, on_bytes: Callable[[bytes], None], on_closed: Callable[[str], None]) -> None:
        self._on_bytes, self._on_closed = on_bytes, on_closed
        self._inner.start(self._offered_by_backend, self._backend_closed)

    def write(self, data: bytes) -> None:
        if not self._writing:
            return
        self._to_backend.offer(data)
        self._check_bound(self._to_backend, "sent")

    def backlog_bytes(self) -> int:
        """What the inner transport holds back; bytes on the link have left this machine, as it were."""
        return self._inner.backlog_bytes()

    def close(self) -> None:
        """Let what is on its way arrive, then close; at once where nothing can arrive any more."""
        self._writing = False
        if self._on_bytes is None:
            # Never started: nobody will report the end of it.
            self._end("closed by this side")
        if self._closed or self._to_backend.stuck:
            self._inner.close()
        else:
            self._to_backend.when_empty(self._inner.close)

    def change(self, profile: LinkProfile) -> None:
        """Another link from the next byte offered on."""
        self._link.change(profile)

    def partition(self, duration_ns: int | None) -> None:
        """Nothing offered within the duration gets through before its end; None makes it half-open: both
        ends stay open and nothing arrives ever again."""
        self._link.partition(None if duration_ns is None else time.monotonic_ns() + duration_ns)

    def reset(self) -> None:
        """Drop what is on its way and end the connection on both sides, as a RST does."""
        self._end("the connection was reset")
        self._inner.close()

    @property
    def profile(self) -> LinkProfile:
        """What what is sent now meets."""
        return self._link.profile

    def ping(self, size: int, arrived: Callable[[int, int], None]) -> None:
        """Send a probe of `size` bytes there and back beside the traffic, without either end hearing of it;
        `arrived` gets how long each way took, in nanoseconds. On a link that is broken it is never called."""

        def turn(there_ns: int) -> None:
            self._probes.send(self._link.backend, size, lambda back_ns: arrived(there_ns, back_ns))

        if self._writing:
            self._probes.send(self._link.user, size, turn)

    def report(self) -> LinkReport:
        return LinkReport(self._link.profile, self._to_backend.report(), self._from_backend.report())

    def _offered_by_backend(self, data: bytes) -> None:
        if not self._closed:
            self._from_backend.offer(data)
            self._check_bound(self._from_backend, "received")

    def _check_bound(self, lane: _Lane, what: str) -> None:
        if lane.queued_bytes > _MAX_QUEUED_BYTES:
            self._end(f"the link is too slow: more than {_MAX_QUEUED_BYTES >> 20} MiB wait to be {what}")
            self._inner.close()

    def _arrived(self, data: bytes) -> None:
        if self._on_bytes is not None and not self._closed:
            self._on_bytes(data)

    def _backend_closed(self, reason: str) -> None:
        # Its last words come first. On a dead link not even the end is heard, but nobody need wait for it.
        self._writing = False
        self._from_backend.when_empty(lambda: self._end(reason))

    def _end(self, reason: str) -> None:
        self._writing = False
        self._to_backend.close()
        self._from_backend.close()
        self._probes.close()
        if not self._closed:
            self._closed = True
            if self._on_closed is not None:
                self._on_closed(reason)
