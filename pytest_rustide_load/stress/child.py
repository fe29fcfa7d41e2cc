"""One stressor's process: started, asked for words, and gone with its owner on every path.

Knows nothing of what it stresses. The programs are files beside this one, run isolated from the user's
environment; the owner's death reaches them through watch.py.
"""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
import sys
import threading
import time
from abc import ABC, abstractmethod
from pathlib import Path
from types import TracebackType
from typing import Generic, Self, TypeVar

from pytest_rustide_load.errors import RustIdeLoadError

__all__ = ["StressChild", "StressError", "StressRefused", "Stressing", "program_command"]

_Report = TypeVar("_Report")

_END_S = 5.0
_ROOT = Path(__file__).parents[2]
_PACKAGE = "pytest_rustide_load.stress.programs"
# An isolated interpreter does not know where this package is.
_RUN = (
    "import runpy, sys; sys.path.insert(0, sys.argv[1]); del sys.argv[:2]; "
    "runpy.run_module(sys.argv[0], run_name='__main__')"
)


class StressError(RustIdeLoadError):
    """A stressor could not be started."""


class StressRefused(StressError):
    """A stressor must not, or cannot, be started on this machine: the message says why."""


def program_command(name: str) -> list[str]:
    """What runs a program of this folder, with its arguments after it."""
    return [sys.executable, "-I", "-S", "-c", _RUN, str(_ROOT), f"{_PACKAGE}.{name}"]


class StressChild:
    """A running program of this folder. Its arguments are OWNER_PID OWNER_FD and then `arguments`.

    It has `tidy_s` to put things in order when it is stopped, before it is killed.
    """

    def __init__(self, program: str, *arguments: str, tidy_s: float = 0.0) -> None:
        self._tidy_s = tidy_s
        owner_read, self._owner_fd = os.pipe()
        self._words_fd, words_write = os.pipe()
        os.set_blocking(self._words_fd, False)
        try:
            self._popen = subprocess.Popen(
                [*program_command(program), str(os.getpid()), str(owner_read), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=words_write,
                stderr=subprocess.DEVNULL,
                pass_fds=(owner_read,),
                start_new_session=True,
            )
        except OSError as error:
            os.close(self._owner_fd)
            os.close(self._words_fd)
            raise StressError(f"cannot start a stressor: {error}") from error
        finally:
            os.close(owner_read)
            os.close(words_write)
        self._text = b""
        self._stopping = threading.Lock()

    @property
    def pid(self) -> int:
        return self._popen.pid

    @property
    def alive(self) -> bool:
        return self._popen.poll() is None

    def lines(self, timeout_s: float = 0.0) -> list[str]:
        """The whole lines it has said since the last call, waiting up to the time-out for a first one."""
        deadline_s = time.monotonic() + timeout_s
        while True:
            with contextlib.suppress(BlockingIOError):
                while chunk := os.read(self._words_fd, 65536):
                    self._text += chunk
            whole, newline, rest = self._text.rpartition(b"\n")
            left_s = deadline_s - time.monotonic()
            if newline or left_s <= 0 or not self.alive:
                self._text = rest if newline else self._text
                return whole.decode(errors="replace").split("\n") if newline else []
            select.select([self._words_fd], [], [], left_s)

    def say(self, line: str) -> None:
        """Tell it something, over the pipe whose end is our end; nothing where it is gone."""
        with self._stopping, contextlib.suppress(BrokenPipeError):
            if self._owner_fd >= 0:
                os.write(self._owner_fd, f"{line}\n".encode())

    def stop(self) -> None:
        """End it and wait until it is gone. Idempotent, from any thread. Raises StressError where it cannot
        be ended."""
        with self._stopping:
            if self._owner_fd >= 0:
                os.close(self._owner_fd)
                self._owner_fd = -1
            if self._tidy_s:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self._popen.wait(self._tidy_s)
            self._popen.kill()
            try:
                self._popen.wait(_END_S)
            except subprocess.TimeoutExpired as error:
                raise StressError(f"the stressor's process {self.pid} cannot be ended") from error
            if self._words_fd >= 0:
                os.close(self._words_fd)
                self._words_fd = -1


class Stressing(ABC, Generic[_Report]):
    """A stressor at work: one process, and a report of what it achieved. A context manager."""

    _child: StressChild
    _final: _Report | None = None

    @property
    def pid(self) -> int:
        return self._child.pid

    @abstractmethod
    def report(self) -> _Report:
        """What was achieved until now; after `stop`, until then."""

    def stop(self) -> _Report:
        """End it; the final report. Idempotent."""
        final = self._final = self.report()
        self._child.stop()
        return final

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
