"""Faults of a backend in mid-run: its process, its cache on disk, its connection.

Each is done to every target at once, says when it takes effect, and is lifted with the end of the coroutine
where it can be, also when that is cancelled. What cannot be done to a target is refused with the reason,
before anything is done to any. Knows nothing of runs, nor of how backends are started again.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import resource
import signal
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pytest_rustide_load.seeds import seeded_random
from pytest_rustide_load.stress.child import StressRefused
from pytest_rustide_load.stress.fulldisk import FULL_DISK, full_disk_command, full_disk_refusal
from pytest_rustide_load.stress.proxy import LinkedTransport
from pytest_rustide_load.units import ns_from_s
from pytest_rustide_load.workload.faults import FAULTS, Fault

__all__ = ["Target", "strike"]

_POLL_S = 0.001
# A question comes within this time, or the backend is hit while it has none.
_BUSY_WITHIN_S = 10.0
# Written in blocks: a file of so much is no file at all.
_FULL_BYTES = 4096
_FLIPPED_EVERY = 512


@dataclass(frozen=True, slots=True)
class Target:
    """One backend. `pid` is that of its process, 0 where it is not known or somebody else's. `link` is in its
    connection, None for none. `cache` is the directory it keeps things in, None where it has none.
    `before_load` gets what is to be done to every process that is started in its place, before it has read
    anything, and `start_within` the program that is to start each of them; both return what ends that."""

    name: str
    pid: int
    link: LinkedTransport | None = None
    cache: Path | None = None
    before_load: Callable[[Callable[[int], None]], Callable[[], None]] = lambda _do: lambda: None
    start_within: Callable[[tuple[str, ...]], Callable[[], None]] = lambda _program: lambda: None


async def strike(
    fault: Fault,
    targets: Sequence[Target],
    *,
    struck: Callable[[str], None],
    is_busy: Callable[[], bool],
    seed: int = 0,
) -> None:
    """Do `fault` to all `targets`, and return when it is over. `struck` is told what was done at the moment
    it takes effect; `is_busy` tells whether anybody waits for an answer. Raises StressRefused."""
    group = FAULTS[fault.kind].group
    for target in targets:
        if group in ("process", "cache") and not target.pid:
            raise StressRefused(f"the process of {target.name} was not started here: nothing is done to it")
        if group == "cache" and target.cache is None:
            raise StressRefused(f"{target.name} keeps no cache")
        if group == "connection" and target.link is None:
            raise StressRefused(
                f"there is no link between {target.name} and its user: let the scenario start it"
            )
    if group == "cache":
        await _spoil_caches(fault, targets, struck, seed)
        return
    await _DONE[fault.kind](fault, targets, struck, is_busy)


async def _kill(
    _fault: Fault, targets: Sequence[Target], struck: Callable[[str], None], _is_busy: Callable[[], bool]
) -> None:
    struck(f"SIGKILL to {_names(targets)}")
    _signal(targets, signal.SIGKILL)


async def _crash(
    _fault: Fault, targets: Sequence[Target], struck: Callable[[str], None], is_busy: Callable[[], bool]
) -> None:
    for target in targets:
        # It would lie in the workspace, as large as the process.
        with contextlib.suppress(OSError):
            resource.prlimit(target.pid, resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_BUSY_WITHIN_S):
            while not is_busy():
                await asyncio.sleep(_POLL_S)
    # SIGSEGV would be taken by Rust's runtime, which looks for stacks that overflowed.
    doing = "while it answers" if is_busy() else "which nobody asked anything"
    struck(f"SIGABRT to {_names(targets)}, {doing}")
    _signal(targets, signal.SIGABRT)


async def _stop(
    fault: Fault, targets: Sequence[Target], struck: Callable[[str], None], _is_busy: Callable[[], bool]
) -> None:
    struck(f"SIGSTOP to {_names(targets)} for {fault.duration_s:g} s")
    try:
        _signal(targets, signal.SIGSTOP)
        await asyncio.sleep(fault.duration_s)
    finally:
        _signal(targets, signal.SIGCONT)


async def _hang(
    _fault: Fault, targets: Sequence[Target], struck: Callable[[str], None], _is_busy: Callable[[], bool]
) -> None:
    # Whoever ends it needs no consent of a stopped process.
    struck(f"SIGSTOP to {_names(targets)} for good")
    _signal(targets, signal.SIGSTOP)


async def _reset(
    _fault: Fault, targets: Sequence[Target], struck: Callable[[str], None], _is_busy: Callable[[], bool]
) -> None:
    struck("the connection is reset" if len(targets) == 1 else "the connection of the first user is reset")
    for link in _links(targets[:1]):
        link.reset()


async def _storm(
    _fault: Fault, targets: Sequence[Target], struck: Callable[[str], None], _is_busy: Callable[[], bool]
) -> None:
    struck(f"the connections of {_count(targets)} are reset at once")
    for link in _links(targets):
        link.reset()


async def _partition(
    fault: Fault, targets: Sequence[Target], struck: Callable[[str], None], _is_busy: Callable[[], bool]
) -> None:
    struck(f"nothing gets through to {_names(targets)} for {fault.duration_s:g} s")
    for link in _links(targets):
        link.partition(ns_from_s(fault.duration_s))
    await asyncio.sleep(fault.duration_s)


async def _half_open(
    _fault: Fault, targets: Sequence[Target], struck: Callable[[str], None], _is_busy: Callable[[], bool]
) -> None:
    struck(f"nothing gets through to {_names(targets)} ever again, and both ends stay open")
    for link in _links(targets):
        link.partition(None)


_Deed = Callable[[Fault, Sequence[Target], Callable[[str], None], Callable[[], bool]], Awaitable[None]]
_DONE: dict[str, _Deed] = {
    "kill": _kill,
    "crash": _crash,
    "stop": _stop,
    "hang": _hang,
    "reset": _reset,
    "reconnect_storm": _storm,
    "partition": _partition,
    "half_open": _half_open,
}


# -- caches


async def _spoil_caches(
    fault: Fault, targets: Sequence[Target], struck: Callable[[str], None], seed: int
) -> None:
    """Spoil what is on disk, and kill the backend: the one that is started next has to live with it."""
    spoilt = whole = 0
    for number, target in enumerate(targets):
        assert target.cache is not None  # noqa: S101  refused before
        draws = seeded_random(seed, "fault", fault.kind, number)
        files, size = await asyncio.to_thread(_spoil, fault.kind, target.cache, draws)
        spoilt, whole = spoilt + files, whole + size
    done = {
        "cache_deleted": "deleted",
        "cache_truncated": "cut in half",
        "cache_corrupted": "with flipped bits",
        "disk_full": "deleted",
    }[fault.kind]
    place = ", ".join(dict.fromkeys(_place(target) for target in targets))
    told = f"{spoilt} files ({whole:,} bytes) of {place} {done}"
    with contextlib.ExitStack() as stack:
        if fault.kind == "disk_full":
            told += f", and {await _fill_disks(targets, stack)}"
        struck(f"{told}; SIGKILL to {_names(targets)}")
        _signal(targets, signal.SIGKILL)
        if fault.kind == "disk_full":
            # Nobody makes room until the run is over.
            await asyncio.Event().wait()


def _spoil(kind: str, cache: Path, draws: random.Random) -> tuple[int, int]:
    """How many files were spoilt, and their bytes. Links are left alone, with all behind them."""
    files = size = 0
    for folder, _, names in os.walk(cache):
        for name in sorted(names):
            path = Path(folder, name)
            if path.is_symlink() or not path.is_file():
                continue
            length = path.stat().st_size
            files, size = files + 1, size + length
            if kind in ("cache_deleted", "disk_full"):
                path.unlink()
            elif kind == "cache_truncated":
                os.truncate(path, length // 2)
            elif length:
                _flip(path, length, draws)
    return files, size


def _flip(path: Path, length: int, draws: random.Random) -> None:
    """One bit in every few hundred bytes, and one at least."""
    with path.open("r+b") as file:
        for _ in range(max(length // _FLIPPED_EVERY, 1)):
            at = draws.randrange(length)
            file.seek(at)
            byte = file.read(1)[0]
            file.seek(at)
            file.write(bytes([byte ^ (1 << draws.randrange(8))]))


async def _fill_disks(targets: Sequence[Target], stack: contextlib.ExitStack) -> str:
    """Until the stack closes, what is started in place of the targets finds the disk of its cache full; says
    how."""
    refusal = ""
    for target in targets:
        assert target.cache is not None  # noqa: S101  refused before
        refusal = refusal or await asyncio.to_thread(full_disk_refusal, target.cache)
    for target in targets:
        assert target.cache is not None  # noqa: S101  refused before
        if refusal:
            stack.callback(target.before_load(_limit_files))
        else:
            stack.callback(target.start_within(full_disk_command(target.cache)))
    if refusal:
        return f"no file may be written any more (RLIMIT_FSIZE; a small file system cannot be had: {refusal})"
    return f"the disk below it is full ({FULL_DISK})"


def _limit_files(pid: int) -> None:
    """What a full disk does to whoever checks its writes: they fail. (One that does not is ended by SIGXFSZ,
    where a full disk would have said ENOSPC.)"""
    with contextlib.suppress(OSError):
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (_FULL_BYTES, _FULL_BYTES))


# -- all of them


def _signal(targets: Sequence[Target], number: signal.Signals) -> None:
    for target in targets:
        # One that has ended, or was ended by whoever found it dead, needs no signal.
        with contextlib.suppress(ProcessLookupError):
            os.kill(target.pid, number)


def _links(targets: Sequence[Target]) -> list[LinkedTransport]:
    return [target.link for target in targets if target.link is not None]


def _names(targets: Sequence[Target]) -> str:
    first = targets[0].name
    return first if len(targets) == 1 else f"{len(targets)} processes of {first}"


def _count(targets: Sequence[Target]) -> str:
    return "one user" if len(targets) == 1 else f"{len(targets)} users"


def _place(target: Target) -> str:
    assert target.cache is not None  # noqa: S101  refused before
    return "its cache" if target.cache.name == "cache" else f"its {target.cache.name} directory"
