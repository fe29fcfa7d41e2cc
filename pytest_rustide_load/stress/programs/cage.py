"""Limits the memory of processes: `cage.py OWNER_PID OWNER_FD MECHANISM`.

MECHANISM is auto, or rlimit for RLIMIT_DATA where a control group could be had. It says `using NAME` first,
with the reason where it is not a control group. Its owner tells it, over the pipe whose end is the owner's
end, one command a line:

- `adopt PID`: this process, and what it starts, is to be limited. Said before it has taken much memory:
  what it holds already is charged where it was taken.
- `limit BYTES PATTERN RAMP_S STEPS`: gradual lowers the limit evenly from a little above what is used,
  stepped in STEPS equal steps, spike sets it at once, lifts it after RAMP_S and sets it again after as long.
- `lift`: no limit any more.

It says `limit BYTES` whenever another limit is in force (0 for none), `by NAME REASON` when it is another
mechanism's, `peak BYTES` and `killed COUNT` as these grow. When its owner ends, in whatever way, it lifts the
limit and removes the group. Standard library only.
"""

from __future__ import annotations

import contextlib
import os
import resource
import select
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from pytest_rustide_load.stress.programs.groups import MemoryGroup, make_group, remove_stale, start_ticks
from pytest_rustide_load.stress.programs.watch import watch_owner

_TICK_S = 0.05
# A ramp begins a little above what is used, and goes down in so many steps.
_ABOVE_USE = 1.2
_GRADUAL_STEPS = 50


def _say(text: str) -> None:
    with contextlib.suppress(BlockingIOError, BrokenPipeError):
        os.write(1, f"{text}\n".encode())


def _children(pid: int) -> list[int]:
    found: list[int] = []
    with contextlib.suppress(OSError):
        for task in os.listdir(f"/proc/{pid}/task"):
            found += map(int, Path(f"/proc/{pid}/task/{task}/children").read_text(encoding="ascii").split())
    return found


def _status_bytes(pid: int, key: str) -> int:
    with contextlib.suppress(OSError, ValueError, IndexError):
        for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
            if line.startswith(key):
                return int(line.split()[1]) * 1024
    return 0


class _Cage:
    def __init__(self, mechanism: str) -> None:
        self.group: MemoryGroup | None = None
        # With when each began: the number of one that has ended may be somebody else's by now.
        self._adopted: dict[int, str] = {}
        self._limit: int | None = None
        self._by_rlimit = False
        self._peak = self._killed = 0
        why = ""
        if mechanism != "rlimit":
            remove_stale()
            try:
                self.group = make_group()
            except OSError as error:
                why = str(error)
        _say(f"using {'RLIMIT_DATA' if self.group is None else self.group.name} {why}".rstrip())

    def adopt(self, pid: int) -> None:
        if self.group is not None:
            try:
                for one in self._tree([pid]):
                    self.group.adopt(one)
            except ProcessLookupError:
                return
            except OSError as error:
                self.group.remove()
                self.group = None
                _say(f"by RLIMIT_DATA a process may not be moved into a group: {error.strerror}")
        self._adopted[pid] = start_ticks(pid)
        if self._limit is not None:
            self.set_limit(self._limit)

    def used_bytes(self) -> int:
        if self.group is not None and not self._by_rlimit:
            return self.group.used_bytes()
        return max((_status_bytes(pid, "VmData:") for pid in self._tree(self._alive())), default=0)

    def set_limit(self, limit: int | None) -> None:
        if self.group is None:
            self._set_rlimit(limit)
        elif not self.group.set_limit(limit):
            # The first generation cannot limit below what is used and cannot be taken back.
            if not self._by_rlimit:
                used = self.group.used_bytes()
                _say(f"by RLIMIT_DATA {self.group.name} cannot go below the {used // 10**6} MB in use")
            self._by_rlimit = True
            self._set_rlimit(limit)
        elif limit is None and self._by_rlimit:
            self._set_rlimit(None)
            self._by_rlimit = False
        if limit != self._limit:
            self._limit = limit
            _say(f"limit {limit or 0}")

    def look(self) -> None:
        """Tell what has grown."""
        if self.group is None:
            return
        peak, killed = self.group.peak_bytes(), self.group.oom_kills()
        if peak > self._peak * 1.01:
            self._peak = peak
            _say(f"peak {peak}")
        if killed > self._killed:
            self._killed = killed
            _say(f"killed {killed}")

    def close(self) -> None:
        self.set_limit(None)
        if self.group is not None:
            self.group.remove()

    def _set_rlimit(self, limit: int | None) -> None:
        for pid in self._tree(self._alive()):
            with contextlib.suppress(OSError, ValueError):
                # The hard limit stays: the soft one is what counts, and this way it can be lifted again.
                _, hard = resource.prlimit(pid, resource.RLIMIT_DATA)
                soft = hard if limit is None else limit
                resource.prlimit(pid, resource.RLIMIT_DATA, (soft, hard))

    def _alive(self) -> list[int]:
        return [pid for pid, began in self._adopted.items() if began and start_ticks(pid) == began]

    def _tree(self, pids: list[int]) -> list[int]:
        """These processes and what they have started."""
        found = list(pids)
        for pid in found:
            found += _children(pid)
        return found


def _course(
    used: int, limit: int, pattern: str, ramp_s: float, steps: int
) -> Iterator[tuple[float, int | None]]:
    """Limits over time: pauses before each, and what then holds."""
    if pattern == "spike":
        yield 0.0, limit
        while True:
            yield ramp_s, None
            yield ramp_s, limit
    count = max(1, _GRADUAL_STEPS if pattern == "gradual" else steps)
    high = max(int(used * _ABOVE_USE), limit)
    for step in range(1, count + 1):
        yield (0.0 if step == 1 else ramp_s / max(1, count - 1)), high + (limit - high) * step // count


def main() -> None:
    watched = watch_owner(int(sys.argv[1]), int(sys.argv[2]))
    owner_fd = watched[0]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    cage = _Cage(sys.argv[3])
    try:
        _serve(cage, watched, owner_fd)
    finally:
        cage.close()


def _serve(cage: _Cage, watched: list[int], owner_fd: int) -> None:
    course: Iterator[tuple[float, int | None]] = iter(())
    coming: tuple[float, int | None] | None = None
    text = b""
    while True:
        wait_s = _TICK_S if coming is None else min(_TICK_S, max(0.0, coming[0] - time.monotonic()))
        readable = select.select(watched, [], [], wait_s)[0]
        if owner_fd in readable:
            data = os.read(owner_fd, 65536)
            if not data:
                return
            *lines, text = (text + data).split(b"\n")
            for line in lines:
                word, *rest = line.decode().split()
                if word == "adopt":
                    cage.adopt(int(rest[0]))
                elif word == "limit":
                    limit, pattern, ramp_s, steps = int(rest[0]), rest[1], float(rest[2]), int(rest[3])
                    course = _course(cage.used_bytes(), limit, pattern, ramp_s, steps)
                    coming = _next(course)
                else:
                    course, coming = iter(()), None
                    cage.set_limit(None)
        elif readable:
            return
        while coming is not None and time.monotonic() >= coming[0]:
            cage.set_limit(coming[1])
            coming = _next(course)
        cage.look()


def _next(course: Iterator[tuple[float, int | None]]) -> tuple[float, int | None] | None:
    step = next(course, None)
    return None if step is None else (time.monotonic() + step[0], step[1])


if __name__ == "__main__":
    main()
