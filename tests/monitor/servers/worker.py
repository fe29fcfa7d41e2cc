"""Does a known amount of something below a process that only waits, and says in lines what it did.

`worker.py MODE ARGUMENTS`: the process itself is the one on top that is not counted.
"""

from __future__ import annotations

import contextlib
import os
import resource
import sys
import time

MB = 1_000_000


def say(*words: object) -> None:
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


def await_word() -> None:
    os.read(0, 1)


def burn(cpu_s: float) -> None:
    while time.process_time() < cpu_s:
        pass


def own_cpu_s() -> float:
    """With that of the children waited for, to the microsecond."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


def hold(size_mb: str) -> None:
    """Memory, on top of what the interpreter has."""
    say(resident_bytes())
    await_word()
    held = bytearray(int(size_mb) * MB)
    held[::4096] = b"x" * len(held[::4096])
    say(resident_bytes())
    await_word()


def resident_bytes() -> int:
    """The exact figure of the walked page tables, not the counter under test."""
    with open("/proc/self/smaps_rollup", encoding="ascii") as rollup:
        return next(int(line.split()[1]) * 1024 for line in rollup if line.startswith("Rss:"))


def cpu(cpu_s: str) -> None:
    await_word()
    burn(float(cpu_s))
    say(time.process_time())
    await_word()


def storage(size_mb: str, path: str) -> None:
    await_word()
    write(int(size_mb), path)
    say("done")
    await_word()


def write(size_mb: int, path: str) -> None:
    with open(path, "wb", buffering=0) as file:
        for _ in range(size_mb):
            file.write(bytes(MB))
        os.fsync(file.fileno())


def children(count: str, cpu_s: str, life_s: str, path: str) -> None:
    """Children one after the other that burn, write 2 MB, and are waited for."""
    await_word()
    for _ in range(int(count)):
        child = os.fork()
        if child == 0:
            born_s = time.monotonic()
            burn(float(cpu_s))
            write(2, path)
            time.sleep(max(0.0, float(life_s) - (time.monotonic() - born_s)))
            os._exit(0)
        os.waitpid(child, 0)
    say(own_cpu_s())
    await_word()


def forgotten(cpu_s: str) -> None:
    """A child whose parent ignores its end, so that the kernel keeps no account of it."""
    import signal

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    await_word()
    child = os.fork()
    if child == 0:
        burn(float(cpu_s))
        say("burnt")
        await_word()
        os._exit(0)
    with contextlib.suppress(ChildProcessError):
        os.waitpid(child, 0)
    say("gone")
    await_word()


def crowd(processes: str, threads: str) -> None:
    import threading

    for _ in range(int(processes) - 1):
        if os.fork() == 0:
            time.sleep(60)
    for _ in range(int(threads) - 1):
        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
    say("ready")
    time.sleep(60)


def quarrel() -> None:
    """Two threads that hand a byte to and fro: switches and system calls."""
    import threading

    there, back = os.pipe(), os.pipe()

    def answer() -> None:
        while data := os.read(there[0], 1):
            os.write(back[1], data)

    threading.Thread(target=answer, daemon=True).start()
    say("ready")
    await_word()
    for _ in range(2000):
        os.write(there[1], b"x")
        os.read(back[0], 1)
    say("done")
    await_word()


def threads(count: str, sleeps: str) -> None:
    """Threads one after the other that sleep so many times, and end when told."""
    import threading

    def sleep() -> None:
        for _ in range(int(sleeps)):
            time.sleep(0.0001)
        say("slept")
        await_word()

    for _ in range(int(count)):
        await_word()
        thread = threading.Thread(target=sleep)
        thread.start()
        thread.join()
        say("ended")
    await_word()


if __name__ == "__main__":
    if os.fork() == 0:
        globals()[sys.argv[1]](*sys.argv[2:])
        os._exit(0)
    os.wait()
