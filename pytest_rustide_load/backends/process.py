"""One running backend: its supervisor, its pipes, the end of its stderr, and how it is stopped.

Knows nothing of LSP or of which backend it is.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from pytest_rustide_load.backends.transport import PipeTransport
from pytest_rustide_load.errors import BackendError, Crashed, StartFailed
from pytest_rustide_load.ports import BackendInfo

__all__ = ["BackendProcess", "start_process"]

_SUPERVISOR = Path(__file__).with_name("supervisor.py")
_STDERR_KEPT_BYTES = 64 * 1024
_STDERR_HEADER_BYTES = 8
_POLL_S = 0.01
_START_S = 20.0
_TERMINATE_S = 2.0
_KILL_S = 5.0


class BackendProcess:
    """ports.RunningBackend.

    `pid` is that of the supervisor: the backend's processes are those below it. `backend_pid` is the
    process of the command itself.
    """

    def __init__(
        self,
        info: BackendInfo,
        popen: subprocess.Popen[bytes],
        transport: PipeTransport,
        *,
        owner_fd: int,
        tail_fd: int,
        started_ns: int,
    ) -> None:
        self._info = info
        self._popen = popen
        self._owner_fd = owner_fd
        self._tail_fd = tail_fd
        self._tail_text = ""
        self._transport = transport
        self._started_ns = started_ns
        self._terminated = False
        self.backend_pid = 0

    @property
    def info(self) -> BackendInfo:
        return self._info

    @property
    def pid(self) -> int:
        return self._popen.pid

    @property
    def started_ns(self) -> int:
        return self._started_ns

    @property
    def exit_code(self) -> int | None:
        return self._popen.poll()

    def transport(self) -> PipeTransport:
        return self._transport

    def stderr_tail(self) -> str:
        """At most the last 64 KiB, from the beginning of a line."""
        return _read_tail(self._tail_fd) if self._tail_fd >= 0 else self._tail_text

    def end_error(self, doing: str) -> BackendError | None:
        """How the backend's end while `doing` something is to be reported; None while it lives.

        StartFailed where it never said a word, else Crashed; both with exit code and the tail of stderr.
        """
        code = self.exit_code
        if code is None:
            return None
        spoke = self._transport.received_bytes > 0
        kind = Crashed if spoke else StartFailed
        what = "ended" if spoke else "ended before it said anything"
        return kind(f"{self._info.name} {what} while {doing}", exit_code=code, stderr_tail=self.stderr_tail())

    def kill(self) -> None:
        """SIGKILL the whole tree at once, without waiting for it to be gone. Idempotent."""
        # The supervisor takes the end of this pipe for our own end.
        if self._owner_fd >= 0:
            os.close(self._owner_fd)
            self._owner_fd = -1

    async def stop(self, *, grace_s: float) -> None:
        """Close its input and wait `grace_s` for it to end by itself, then SIGTERM, then SIGKILL, the whole
        tree. Idempotent.

        Cancelled, it kills at once. Raises BackendError where the tree cannot be ended.
        """
        self._transport.close()
        try:
            ended = await self._wait(grace_s)
            if not ended:
                self._terminate()
                ended = await self._wait(_TERMINATE_S)
        finally:
            self.kill()
        if not ended and not await self._wait(_KILL_S):
            # The supervisor does not react: without it the kernel ends the backend (not what it started).
            with contextlib.suppress(ProcessLookupError):
                self._popen.send_signal(signal.SIGKILL)
            if not await self._wait(_KILL_S):
                raise BackendError(
                    f"{self._info.name} (process {self.pid}) cannot be ended", stderr_tail=self.stderr_tail()
                )
        self._transport.abort()
        if self._tail_fd >= 0:
            self._tail_text = _read_tail(self._tail_fd)
            os.close(self._tail_fd)
            self._tail_fd = -1

    def _terminate(self) -> None:
        """SIGTERM, once: a second one would end a backend in the midst of its farewell."""
        if not self._terminated:
            self._terminated = True
            with contextlib.suppress(ProcessLookupError):
                self._popen.send_signal(signal.SIGTERM)

    async def _wait(self, timeout_s: float) -> bool:
        """True when the process has ended within the time."""
        deadline_s = time.monotonic() + timeout_s
        while self._popen.poll() is None:
            if time.monotonic() >= deadline_s:
                return False
            await asyncio.sleep(_POLL_S)
        return True


async def start_process(
    info: BackendInfo, environment: Mapping[str, str], workspace: Path, *, within: tuple[str, ...] = ()
) -> BackendProcess:
    """Start `info.command` in `workspace` below a supervisor; `within`, if given, becomes it. Raises
    StartFailed; nothing is left then."""
    started_ns = time.perf_counter_ns()
    tail_fd = _make_tail()
    owner_read, owner_write = os.pipe()
    stdin_read, stdin_write = os.pipe()
    stdout_read, stdout_write = os.pipe()
    status_read, status_write = os.pipe()
    supervisor = [
        *(sys.executable, "-I", "-S", str(_SUPERVISOR)),
        *map(str, (os.getpid(), owner_read, tail_fd, _STDERR_KEPT_BYTES)),
    ]
    try:
        popen = subprocess.Popen(
            [*supervisor, *within, *info.command],
            stdin=stdin_read,
            stdout=stdout_write,
            stderr=status_write,
            cwd=workspace,
            env=dict(environment),
            pass_fds=(owner_read, tail_fd),
            start_new_session=True,
        )
    except OSError as error:
        for fd in (tail_fd, owner_write, stdin_write, stdout_read, status_read):
            os.close(fd)
        raise StartFailed(f"cannot start {info.name}: {error}") from error
    finally:
        for fd in (owner_read, stdin_read, stdout_write, status_write):
            os.close(fd)
    transport = PipeTransport(stdin_write, stdout_read)
    process = BackendProcess(
        info, popen, transport, owner_fd=owner_write, tail_fd=tail_fd, started_ns=started_ns
    )
    try:
        async with asyncio.timeout(_START_S):
            status = await _read_all(status_read)
    except TimeoutError:
        status = f"no sign of life within {_START_S:g} s"
    except BaseException:
        process.kill()
        transport.abort()
        raise
    finally:
        os.close(status_read)
    word, _, pid = status.partition(" ")
    if word != "started":
        await process.stop(grace_s=0)
        raise StartFailed(f"{info.name} could not be started: {status or 'its supervisor ended'}")
    process.backend_pid = int(pid)
    return process


async def _read_all(fd: int) -> str:
    """What comes over a pipe until its other end is closed."""
    loop = asyncio.get_running_loop()
    chunks: list[bytes] = []
    done = loop.create_future()

    def readable() -> None:
        data = os.read(fd, 64 * 1024)
        chunks.append(data)
        if not data and not done.done():
            done.set_result(None)

    loop.add_reader(fd, readable)
    try:
        await done
    finally:
        loop.remove_reader(fd)
    return b"".join(chunks).decode(errors="replace").strip()


def _make_tail() -> int:
    """A file without a name for the ring that the supervisor keeps; see there."""
    with tempfile.TemporaryFile() as file:
        fd = os.dup(file.fileno())
    os.pwrite(fd, bytes(_STDERR_HEADER_BYTES + _STDERR_KEPT_BYTES), 0)
    return fd


def _read_tail(fd: int) -> str:
    content = os.pread(fd, _STDERR_HEADER_BYTES + _STDERR_KEPT_BYTES, 0)
    total = int.from_bytes(content[:_STDERR_HEADER_BYTES], "little")
    ring = content[_STDERR_HEADER_BYTES:]
    if total <= _STDERR_KEPT_BYTES:
        return ring[:total].decode(errors="replace")
    start = total % _STDERR_KEPT_BYTES
    # The first line has lost its beginning.
    kept = (ring[start:] + ring[:start]).partition(b"\n")
    return (kept[2] or kept[0]).decode(errors="replace")
