"""A small parent for a backend: ends the backend's whole process tree when its owner is gone.

Runs as a program of its own (`python -I -S supervisor.py FD COMMAND...`), standard library only, quick to
start. FD is the read end of a pipe whose write end only the owner holds: when the owner closes it, or
dies in whatever way, the pipe reports its end and everything below this process is killed. The
backend's stdin, stdout and stderr are handed straight through; no byte is copied.

SIGTERM is passed on to the whole tree. When the backend ends, what it left behind is killed and this
process ends the same way: with its exit status or by its signal.
"""

from __future__ import annotations

import contextlib
import os
import resource
import select
import signal
import sys

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_EXIT_CANNOT_START = 127


def _prctl(option: int, value: int) -> None:
    """Linux only; elsewhere orphans are found through the process group alone."""
    if not sys.platform.startswith("linux"):
        return
    import ctypes

    ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)


def _children(pid: int) -> list[int]:
    found: list[int] = []
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children", encoding="ascii") as children:
                found += map(int, children.read().split())
    except OSError:
        # It ended while we looked, or there is no /proc.
        pass
    return found


def _descendants() -> list[int]:
    """Every process below this one, parents first."""
    found = _children(os.getpid())
    for pid in found:
        found += _children(pid)
    return found


def _signal_tree(number: int, backend: int) -> None:
    for pid in _descendants() or [backend]:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)


def _reap(backend: int) -> int | None:
    """Collect whoever has ended; the wait status of the backend if it is among them."""
    status = None
    with contextlib.suppress(ChildProcessError):
        while True:
            pid, ended = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                break
            if pid == backend:
                status = ended
    return status


def _kill_tree(backend: int) -> None:
    """SIGKILL until nothing is left: orphans come to us, because we are their subreaper."""
    while True:
        _signal_tree(signal.SIGKILL, backend)
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


def _start(command: list[str]) -> int:
    pid = os.fork()
    if pid:
        return pid
    # Should this process itself be killed, the kernel takes the backend along.
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    try:
        os.execvp(command[0], command)  # noqa: S606
    except OSError as error:
        os.write(2, f"cannot start {command[0]}: {error.strerror}\n".encode())
    os._exit(_EXIT_CANNOT_START)


def _end_like(status: int) -> None:
    if os.WIFSIGNALED(status):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        signal.signal(os.WTERMSIG(status), signal.SIG_DFL) if os.WTERMSIG(status) != signal.SIGKILL else None
        os.kill(os.getpid(), os.WTERMSIG(status))
    os._exit(os.waitstatus_to_exitcode(status))


def main() -> None:
    owner_fd, command = int(sys.argv[1]), sys.argv[2:]
    os.set_inheritable(owner_fd, False)
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    wake_read, wake_write = os.pipe()
    os.set_blocking(wake_write, False)
    os.set_blocking(wake_read, False)
    signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    backend = _start(command)
    signal.signal(signal.SIGTERM, lambda *_: _signal_tree(signal.SIGTERM, backend))
    # The backend alone holds its pipes from here on: their end is its end.
    nowhere = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(nowhere, fd)
    while True:
        readable, _, _ = select.select([owner_fd, wake_read], [], [])
        status = _reap(backend)
        if status is not None:
            _kill_tree(backend)
            _end_like(status)
        if owner_fd in readable and not os.read(owner_fd, 1):
            _kill_tree(backend)
            os._exit(128 + signal.SIGKILL)
        if wake_read in readable:
            with contextlib.suppress(BlockingIOError):
                os.read(wake_read, 4096)


if __name__ == "__main__":
    main()
