"""Burns CPU time in threads: `burn.py OWNER_PID OWNER_FD MODEL THREADS RATIO NICE`.

MODEL is single_thread, multi_thread (each thread on its own) or thread_pool (threads share one queue of
short tasks). Each thread aims at RATIO of a core, by a closed loop over what it really got: what others
take from it is asked for again, up to a debt of DEBT_S, so that it does not give way under competition
and does not burst afterwards either. Hashing large buffers lets go of the interpreter's lock, so the
threads run on as many cores as there are. Standard library only.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import queue
import sys
import threading
import time
from collections.abc import Callable

from pytest_rustide_load.stress.programs.watch import die_with_owner

_PERIOD_S = 0.01
_DEBT_S = 0.1
# About 50 µs of work, so that the loop looks at the time often enough.
_BLOCK = bytes(32 * 1024)


def _burn_for(cpu_s: float) -> None:
    """Use this much of the thread's CPU time, or give up when four times as long has passed."""
    end_cpu_s = time.thread_time() + cpu_s
    end_s = time.monotonic() + 4 * cpu_s
    while time.thread_time() < end_cpu_s and time.monotonic() < end_s:
        hashlib.sha256(_BLOCK)


def _keep_up(ratio: float, used_s: Callable[[], float], spend: Callable[[float], None]) -> None:
    """Each period, spend what is missing from `ratio` of the time since the start, within the debt."""
    last_s, last_used_s, owed_s = time.monotonic(), used_s(), 0.0
    while True:
        now_s, now_used_s = time.monotonic(), used_s()
        owed_s += ratio * (now_s - last_s) - (now_used_s - last_used_s)
        owed_s = min(max(owed_s, -_DEBT_S), _DEBT_S)
        last_s, last_used_s = now_s, now_used_s
        if owed_s > 0:
            spend(min(owed_s, _PERIOD_S))
        else:
            # Idle for as long as it takes to owe half of a period again.
            time.sleep(min(_PERIOD_S, (_PERIOD_S / 2 - owed_s) / ratio))


def _thread(ratio: float) -> None:
    _keep_up(ratio, time.thread_time, _burn_for)


def _pool(threads: int, ratio: float) -> None:
    """Workers take tasks; the dispatcher hands each worker a task and waits for all of them."""
    tasks: queue.SimpleQueue[float] = queue.SimpleQueue()
    done: queue.SimpleQueue[None] = queue.SimpleQueue()

    def work() -> None:
        while True:
            _burn_for(tasks.get())
            done.put(None)

    for _ in range(threads):
        threading.Thread(target=work, daemon=True).start()

    def spend(cpu_s: float) -> None:
        for _ in range(threads):
            tasks.put(cpu_s)
        for _ in range(threads):
            done.get()

    _keep_up(ratio, lambda: time.process_time() / threads, spend)


def _be_nice(nice: int) -> None:
    """A lower priority: of the process, and of its session where the kernel schedules by sessions.

    There (autogroup) the first alone would count only among the processes of this session.
    """
    os.nice(nice)
    with contextlib.suppress(OSError), open("/proc/self/autogroup", "w", encoding="ascii") as group:
        group.write(str(nice))


def main() -> None:
    owner_pid, owner_fd = int(sys.argv[1]), int(sys.argv[2])
    model, threads, ratio, nice = sys.argv[3], int(sys.argv[4]), float(sys.argv[5]), int(sys.argv[6])
    die_with_owner(owner_pid, owner_fd)
    if nice:
        _be_nice(nice)
    os.write(1, b"burning\n")
    if model == "thread_pool":
        _pool(threads, ratio)
    for _ in range(threads - 1):
        threading.Thread(target=_thread, args=(ratio,), daemon=True).start()
    _thread(ratio)


if __name__ == "__main__":
    main()
