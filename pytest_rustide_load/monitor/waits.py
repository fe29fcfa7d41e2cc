"""What each thread of a process tree waits for, many times a second: for windows of diagnosis.

`/proc/PID/task/TID/wchan` names the kernel's function a thread sleeps in, proc_pid_wchan(5). Linux only,
and only where the kernel tells. Knows nothing of LSP or scenarios.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections import Counter

from pytest_rustide_load.monitor import procfs
from pytest_rustide_load.ports import Clock
from pytest_rustide_load.stats.observed import WaitLook

__all__ = ["WaitSampler", "WaitsProbe", "tells_waits"]

_INTERVAL_S = 0.05
_STOP_S = 5.0
# New processes are looked for at every so many looks.
_DISCOVER_LOOKS = 10
# Where threads are parked that have nothing to do, or may not do it: locks and condition variables; reading
# from pipes and sockets, or waiting until one of several can be read.
_LOCKS = ("futex",)
_READS = ("pipe_read", "anon_pipe_read", "ep_poll", "do_epoll", "poll", "select", "wait_woken", "unix_stream")
_READS_TOO = ("skb_wait", "inet_csk_accept", "inotify", "eventfd", "signalfd", "do_wait", "sigtimedwait")


def tells_waits() -> bool:
    """Whether this kernel tells what a sleeping thread of ours waits for."""
    read_end, write_end = os.pipe()
    thread = threading.Thread(target=os.read, args=(read_end, 1), daemon=True)
    thread.start()
    try:
        for _ in range(50):
            with contextlib.suppress(OSError):
                if _read(f"/proc/self/task/{thread.native_id}/wchan") not in (b"", b"0"):
                    return True
            threading.Event().wait(0.002)
        return False
    finally:
        os.write(write_end, b"x")
        thread.join()
        os.close(read_end)
        os.close(write_end)


class WaitsProbe:
    """Looks at the threads of the processes below each of `roots`, and with True at the root too."""

    def __init__(self, roots: dict[int, bool], clock: Clock) -> None:
        self._roots = dict(roots)
        self._clock = clock
        self._looks = 0
        self._pids: list[int] = []

    def sample(self) -> WaitLook:
        """Look now."""
        if self._looks % _DISCOVER_LOOKS == 0:
            self._pids = [
                pid
                for root, itself in self._roots.items()
                for pid in ([root, *procfs.descendants(root)] if itself else procfs.descendants(root))
            ]
        self._looks += 1
        kinds: Counter[str] = Counter()
        for pid in self._pids:
            # What ends meanwhile is left out.
            with contextlib.suppress(OSError):
                for task in os.listdir(f"/proc/{pid}/task"):
                    with contextlib.suppress(OSError):
                        kinds[_kind(f"/proc/{pid}/task/{task}")] += 1
        total = kinds.total()
        return WaitLook(
            at_ns=self._clock.now_ns(),
            threads=total,
            threads_blocked=kinds["blocked"],
            threads_in_futex=kinds["futex"],
            threads_working=total - kinds["blocked"] - kinds["futex"] - kinds["reading"],
        )


class WaitSampler:
    """Looks twenty times a second from `start` to `stop`, in a thread of its own."""

    def __init__(self, probe: WaitsProbe) -> None:
        self._probe = probe
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._sample, name="rustide-load-waits", daemon=True)
        self.looks: list[WaitLook] = []

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Idempotent."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join(_STOP_S)

    def _sample(self) -> None:
        while not self._ended.wait(_INTERVAL_S):
            self.looks.append(self._probe.sample())


def _kind(directory: str) -> str:
    state = _read(f"{directory}/stat").rpartition(b") ")[2][:1]
    if state == b"R":
        return "running"
    if state == b"D":
        return "blocked"
    place = _read(f"{directory}/wchan").decode("ascii", "replace")
    if any(name in place for name in _LOCKS):
        return "futex"
    return "reading" if any(name in place for name in (*_READS, *_READS_TOO)) else "other"


def _read(path: str) -> bytes:
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return os.read(fd, 4096)
    finally:
        os.close(fd)
