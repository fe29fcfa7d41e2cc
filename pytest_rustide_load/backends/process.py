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
import threading
import time
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from pytest_rustide_load.backends.transport import PipeTransport
from pytest_rustide_load.errors import StartFailed
from pytest_rustide_load.ports import BackendInfo, Transport

__all__ = ["BackendProcess", "start_process"]

_SUPERVISOR = Path(__file__).with_name("supervisor.py")
_STDERR_KEPT_BYTES = 64 * 1024
_STDERR_CHUNK_BYTES = 8 * 1024
_POLL_S = 0.01
_TERMINATE_S = 2.0
_KILL_S = 5.0


class BackendProcess:
    """ports.RunningBackend. `pid` is that of the supervisor: the backend's processes are those below it."""

    def __init__(
        self,
        info: BackendInfo,
        popen: subprocess.Popen[bytes],
        transport: PipeTransport,
        owner_fd: int,
        started_ns: int,
    ) -> None:
        self._info = info
        self._popen = popen
        self._transport = transport
        self._owner_fd = owner_fd
        self._started_ns = started_ns
        assert popen.stderr is not None  # noqa: S101  it was asked for as a pipe
        self._stderr = _StderrTail(popen.stderr)
        self._stopped = False

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

    def transport(self) -> Transport:
        return self._transport

    def stderr_tail(self) -> str:
        return self._stderr.text()

    async def stop(self, *, grace_s: float) -> None:
        """Wait `grace_s` for it to end by itself, then SIGTERM, then SIGKILL, the whole tree. Idempotent."""
        if self._stopped:
            return
        self._stopped = True
        ended = await self._wait(grace_s)
        if not ended:
            with contextlib.suppress(ProcessLookupError):
                self._popen.send_signal(signal.SIGTERM)
            ended = await self._wait(_TERMINATE_S)
        # The supervisor takes the end of this pipe for our own end, and kills what is left.
        self._release()
        if not ended and not await self._wait(_KILL_S):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._popen.pid, signal.SIGKILL)
            await self._wait(_KILL_S)
        self._transport.abort()
        # Closing takes effect on the loop's next turns; a loop that stops before them would leak the pipes.
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        self._stderr.close()

    def _release(self) -> None:
        if self._owner_fd >= 0:
            os.close(self._owner_fd)
            self._owner_fd = -1

    async def _wait(self, timeout_s: float) -> bool:
        """True when the process has ended within the time."""
        deadline_s = time.monotonic() + timeout_s
        while self._popen.poll() is None:
            if time.monotonic() >= deadline_s:
                return False
            await asyncio.sleep(_POLL_S)
        return True


class _StderrTail:
    """Drains a pipe in a thread, whatever the event loop does, and keeps its end."""

    def __init__(self, pipe: IO[bytes]) -> None:
        self._pipe = pipe
        self._chunks: deque[bytes] = deque(maxlen=_STDERR_KEPT_BYTES // _STDERR_CHUNK_BYTES)
        self._thread = threading.Thread(target=self._drain, name="backend-stderr", daemon=True)
        self._thread.start()

    def text(self) -> str:
        return b"".join(self._chunks).decode(errors="replace")

    def close(self) -> None:
        self._thread.join(timeout=_TERMINATE_S)
        if not self._thread.is_alive():
            self._pipe.close()

    def _drain(self) -> None:
        held = b""
        while data := os.read(self._pipe.fileno(), _STDERR_CHUNK_BYTES):
            # Whole chunks only: a server that writes byte by byte must not push out what it said before.
            held += data
            if self._chunks:
                self._chunks.pop()
            if len(held) >= _STDERR_CHUNK_BYTES:
                self._chunks.append(held[:_STDERR_CHUNK_BYTES])
                held = held[_STDERR_CHUNK_BYTES:]
            self._chunks.append(held)


async def start_process(info: BackendInfo, environment: Mapping[str, str], workspace: Path) -> BackendProcess:
    """Start `info.command` in `workspace` below a supervisor. Raises StartFailed."""
    read_end, owner_fd = os.pipe()
    command = [sys.executable, "-I", "-S", str(_SUPERVISOR), str(read_end), *info.command]
    started_ns = time.perf_counter_ns()
    try:
        popen = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            cwd=workspace,
            env=dict(environment),
            pass_fds=(read_end,),
            start_new_session=True,
        )
    except OSError as error:
        os.close(owner_fd)
        raise StartFailed(f"cannot start {info.command[0]}: {error.strerror}") from error
    finally:
        os.close(read_end)
    assert popen.stdin is not None and popen.stdout is not None  # noqa: S101, PT018
    transport = await PipeTransport.connect(popen.stdin, popen.stdout)
    return BackendProcess(info, popen, transport, owner_fd, started_ns)
