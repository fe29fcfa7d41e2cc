"""Two loads on one machine measure each other: those of several workers take turns.

Knows nothing of what a turn is used for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

from filelock import FileLock, Timeout

from pytest_rustide_load.errors import RustIdeLoadError

__all__ = ["Turns"]

# The lock of a worker that died is free. The longest scenario of the library takes eight hours, and several
# may come before this one: whoever waits longer waits for one that hangs.
_TIMEOUT_S = 24 * 3600.0


class Turns:
    """A turn of this process, which may be taken several times over and ends with the last of them. It is
    waited for in a block of `waiting`."""

    def __init__(
        self, *, shared: bool = False, waiting: Callable[[], AbstractContextManager[None]] = nullcontext
    ) -> None:
        self._shared = shared
        self._waiting = waiting
        self._lock: FileLock | None = None
        self._holders = 0

    def take(self, path: Path) -> None:
        """Wait for the lock at `path`. Raises RustIdeLoadError where others have it for a day."""
        self._holders += 1
        if self._holders > 1 or self._shared:
            return
        self._lock = FileLock(path, timeout=_TIMEOUT_S)
        try:
            with self._waiting():
                self._lock.acquire()
        except Timeout:
            self._holders -= 1
            raise RustIdeLoadError(f"others have been running load for {_TIMEOUT_S:g} s: {path}") from None
        except BaseException:
            # Ctrl-C while it waits.
            self._holders -= 1
            raise

    @contextmanager
    def held(self, path: Path) -> Iterator[None]:
        """A turn for as long as the block lasts."""
        self.take(path)
        try:
            yield
        finally:
            self.end()

    def end(self) -> None:
        """Give back what was taken once."""
        self._holders -= 1
        if self._holders == 0 and self._lock is not None:
            self._lock.release()
            self._lock = None
