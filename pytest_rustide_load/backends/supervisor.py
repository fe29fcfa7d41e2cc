"""A small parent for a backend: ends the backend's whole process tree when its owner is gone.

Runs as a program of its own, `python -I -S supervisor.py OWNER_PID OWNER_FD TAIL_FD TAIL_BYTES COMMAND...`,
standard library only. Its life:

- It starts COMMAND and says `started PID` on its stderr, or else what went wrong, and closes that.
- The backend's stdin and stdout are its own, handed through: no byte of the protocol is copied. What the
  backend writes to stderr is kept in a ring in the file TAIL_FD (8 bytes: how many were ever written, then
  TAIL_BYTES of ring), so that a flood of it neither blocks the backend nor costs its owner anything.
- OWNER_FD is the read end of a pipe whose write end the owner alone should hold. When the owner closes it,
  or its process ends in whatever way, everything below the supervisor is killed.
- SIGTERM is passed on to the whole tree.
- When the backend ends, what it left behind is killed, and the supervisor ends the same way: with its exit
  status or by its signal.

On Linux it is a subreaper: orphans come to it, those that made a session of their own included. Elsewhere
only the backend's process group is ended. Knows nothing of the rest of the package, and imports little,
because every millisecond here is one of the backend's start.
"""

from __future__ import annotations

import os
import select
import signal
import sys

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_CANNOT_START = 127
_HEADER_BYTES = 8
_CHUNK_BYTES = 64 * 1024
# What the last words may take to drain, in chunks: more than a pipe holds, and an end in any case.
_LAST_CHUNKS = 32
_IS_LINUX = sys.platform.startswith("linux")


def _prctl(option: int, value: int) -> None:
    if _IS_LINUX:
        import ctypes

        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def _children(pid: int) -> list[int]:
    """The processes `pid` has started, by the kernel's own list; empty when it has ended."""
    found: list[int] = []
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children", encoding="ascii") as children:
                found += map(int, children.read().split())
    except OSError:
        pass
    return found


def _children_by_parent() -> dict[int, list[int]]:
    """Every process's children, from the parent each names: for kernels that keep no list."""
    found: dict[int, list[int]] = {}
    for name in os.listdir("/proc"):
        if name.isdecimal():
            try:
                with open(f"/proc/{name}/stat", "rb") as stat:
                    # The command's name, in parentheses, may hold anything; then come state and parent.
                    parent = int(stat.read().rpartition(b")")[2].split()[1])
            except OSError:
                continue
            found.setdefault(parent, []).append(int(name))
    return found


def _descendants() -> list[int]:
    """Every process below this one, parents first."""
    me = os.getpid()
    if os.path.exists(f"/proc/{me}/task/{me}/children"):
        children = _children
    else:
        table = _children_by_parent()

        def children(pid: int) -> list[int]:
            return table.get(pid, [])

    found = [me]
    for pid in found:
        found += children(pid)
    return found[1:]


def _signal_tree(number: int, backend: int) -> None:
    # A negative number stands for the process group.
    for pid in _descendants() if _IS_LINUX else [-backend]:
        try:
            os.kill(pid, number)
        except OSError:
            # It has ended, or belongs to somebody else by now.
            continue


def _reap(backend: int) -> int | None:
    """Collect whoever has ended; the wait status of the backend if it is among them."""
    status = None
    try:
        while True:
            pid, ended = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                break
            if pid == backend:
                status = ended
    except ChildProcessError:
        pass
    return status


def _kill_tree(backend: int) -> int | None:
    """SIGKILL until nothing is left; the wait status of the backend if it was still there.

    After each death the tree is looked at anew: who was born in the meantime is then a child of ours, or
    of somebody who has the signal already.
    """
    status = None
    while True:
        _signal_tree(signal.SIGKILL, backend)
        try:
            pid, ended = os.waitpid(-1, 0)
        except ChildProcessError:
            return status
        if pid == backend:
            status = ended


def _start(command: list[str], stderr: int) -> int:
    """The pid of the started backend; ends this process where it cannot be started."""
    # The write end closes as the command takes over, or carries what went wrong.
    problem_read, problem_write = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            _become(command, stderr)
        except OSError as error:
            os.write(problem_write, f"cannot start {command[0]}: {error.strerror}".encode())
        os._exit(_CANNOT_START)
    os.close(problem_write)
    problem = os.read(problem_read, _CHUNK_BYTES)
    os.close(problem_read)
    if problem:
        os.write(2, problem)
        os._exit(_CANNOT_START)
    return pid


def _become(command: list[str], stderr: int) -> None:
    # A group of its own, so that it can be ended as a whole where there is no subreaper.
    os.setpgid(0, 0)
    # Should the supervisor itself be killed, the kernel takes at least the backend along.
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    signal.set_wakeup_fd(-1)
    # What is ignored stays ignored across exec: Python ignores two signals, nohup and background jobs others.
    for number in signal.valid_signals():
        if signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
    os.dup2(stderr, 2)
    os.execvp(command[0], command)  # noqa: S606


class _Tail:
    """The end of what a pipe brought, in a ring in a file."""

    def __init__(self, pipe: int, file: int, size: int) -> None:
        self._pipe = pipe
        self._file = file
        self._size = size
        self._total = 0

    def drain(self) -> bool:
        """Take what one read brings; False at the end of the pipe and when it is empty."""
        try:
            data = os.read(self._pipe, _CHUNK_BYTES)
        except BlockingIOError:
            return False
        if not data:
            return False
        kept = data[-self._size :]
        start = (self._total + len(data) - len(kept)) % self._size
        room = self._size - start
        self._total += len(data)
        try:
            os.pwrite(self._file, kept[:room], _HEADER_BYTES + start)
            os.pwrite(self._file, kept[room:], _HEADER_BYTES)
            os.pwrite(self._file, self._total.to_bytes(_HEADER_BYTES, "little"), 0)
        except OSError:
            # A full disk costs the words, not the run.
            pass
        return True


def _end_like(status: int | None) -> None:
    if status is None:
        os._exit(128 + signal.SIGKILL)
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        if number != signal.SIGKILL:
            import resource

            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
    os._exit(os.waitstatus_to_exitcode(status))


def _owner_handle(owner_pid: int) -> int | None:
    """A descriptor that becomes readable when the owner's process ends, where the system has such.

    The pipe alone would not do: a child the owner forked without exec holds its write end too.
    """
    try:
        return os.pidfd_open(owner_pid)
    except (AttributeError, OSError):
        return None


def main() -> None:
    owner_pid, owner_fd, tail_fd, tail_bytes = map(int, sys.argv[1:5])
    for fd in (owner_fd, tail_fd):
        os.set_inheritable(fd, False)
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    wake_read, wake_write = os.pipe()
    stderr_read, stderr_write = os.pipe()
    for fd in (wake_read, wake_write, stderr_read):
        os.set_blocking(fd, False)
    # The numbers of the signals arrive as bytes in this pipe; the handlers need do nothing.
    signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD):
        signal.signal(number, lambda *_: None)
    backend = _start(sys.argv[5:], stderr_write)
    os.close(stderr_write)
    os.write(2, f"started {backend}".encode())
    # The backend alone holds its pipes from here on: their end is its end.
    nowhere = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(nowhere, fd)
    tail = _Tail(stderr_read, tail_fd, tail_bytes)
    owner = [fd for fd in (owner_fd, _owner_handle(owner_pid)) if fd is not None]
    watched = [*owner, wake_read, stderr_read]
    while True:
        readable = select.select(watched, [], [])[0]
        if stderr_read in readable and not tail.drain():
            watched.remove(stderr_read)
        signals = os.read(wake_read, 4096) if wake_read in readable else b""
        status = _reap(backend)
        ended = status is not None
        if ended or any(fd in readable for fd in owner):
            left = _kill_tree(backend)
            for _ in range(_LAST_CHUNKS):
                if not tail.drain():
                    break
            _end_like(status if ended else left)
        elif signal.SIGTERM in signals:
            _signal_tree(signal.SIGTERM, backend)


if __name__ == "__main__":
    main()
