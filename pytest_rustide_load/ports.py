"""The interfaces between the pure rooms and the world; the rooms with effects implement them.

Knows no implementation. Times are nanoseconds of one monotonic clock.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from pytest_rustide_load.errors import BackendError
from pytest_rustide_load.stats.record import ResourceSample

__all__ = ["BackendInfo", "Clock", "Launcher", "Probe", "RunningBackend", "Shared", "Transport"]


class Clock(Protocol):
    """The one door to time."""

    def now_ns(self) -> int:
        """Monotonic nanoseconds."""
        ...

    async def sleep_until(self, when_ns: int) -> None:
        """Return as soon after `when_ns` as the scheduler allows; at once when it has passed."""
        ...


class Transport(Protocol):
    """Bytes to and from one server."""

    def start(self, on_bytes: Callable[[bytes], None], on_closed: Callable[[str], None]) -> None:
        """Begin to deliver what arrives. `on_closed` is called once, with the reason, at the end."""
        ...

    def write(self, data: bytes) -> None:
        """Queue `data`; never blocks. After the other end is gone it does nothing."""
        ...

    def backlog_bytes(self) -> int:
        """What is queued and not yet taken by the operating system."""
        ...

    def close(self) -> None:
        """Send what is queued and end our side; the other end may still speak."""
        ...


@dataclass(frozen=True, slots=True)
class BackendInfo:
    """Which backend it is and how to speak to it.

    `settings` answers `workspace/configuration` and is the base of `initializationOptions`.
    `note` is a sentence for the header, such as how to get a better backend; empty where there is none.
    """

    name: str
    version: str
    command: tuple[str, ...]
    settings: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""


class RunningBackend(Protocol):
    """A backend's process tree, alive or ended."""

    @property
    def info(self) -> BackendInfo: ...

    @property
    def pid(self) -> int:
        """Its processes are those below this one; 0 where they are not known."""
        ...

    @property
    def backend_pid(self) -> int:
        """The process of the command itself; 0 where it is not known."""
        ...

    @property
    def started_ns(self) -> int:
        """When the process was asked for."""
        ...

    @property
    def exit_code(self) -> int | None:
        """None while it lives, negative for a signal."""
        ...

    def transport(self) -> Transport:
        """The one connection of this process; the same object at each call."""
        ...

    def stderr_tail(self) -> str:
        """The last lines it wrote to stderr (bounded)."""
        ...

    def end_error(self, doing: str) -> BackendError | None:
        """How its end while `doing` something is to be reported; None while it lives."""
        ...

    def kill(self) -> None:
        """SIGKILL the whole tree at once, without waiting for it to be gone, unless it is somebody else's.
        Idempotent."""
        ...

    async def stop(self, *, grace_s: float) -> None:
        """Wait `grace_s` for it to end by itself, then SIGTERM, then SIGKILL, the whole tree. Idempotent."""
        ...


class Shared(Protocol):
    """One backend for several clients, which listens at `address`, host and port."""

    @property
    def address(self) -> tuple[str, int]: ...

    @property
    def ended(self) -> bool:
        """Whether it is known to be gone: nobody can connect any more."""
        ...

    async def connect(self) -> RunningBackend:
        """One more client. Raises StartFailed."""
        ...


class Launcher(Protocol):
    """Starts backends of one kind; `details` are facts about it that a report may keep."""

    @property
    def info(self) -> BackendInfo: ...

    @property
    def details(self) -> Mapping[str, str]: ...

    @property
    def shares(self) -> bool:
        """Whether one backend of this kind serves several clients."""
        ...

    def caching(self) -> Launcher:
        """One of the same backends with the cache they can keep in their workspace; itself, where they have
        no choice."""
        ...

    async def launch(self, workspace: Path, *, within: tuple[str, ...] = ()) -> RunningBackend:
        """Start one on `workspace`; `within` is a program with its arguments that gets the command of the
        backend as the rest of them, and becomes it. Raises StartFailed."""
        ...

    async def share(self, workspace: Path, *, within: tuple[str, ...] = ()) -> Shared:
        """Start one on `workspace` that several clients connect to. Raises StartFailed, as it does where
        none `shares`."""
        ...


class Probe(Protocol):
    """Looks at one process tree."""

    def sample(self) -> ResourceSample:
        """One cheap look, well under a millisecond."""
        ...

    def close(self) -> None: ...
