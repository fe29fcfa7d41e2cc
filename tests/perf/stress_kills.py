"""Nothing stays of stress when pytest is killed: `python tests/perf/stress_kills.py [KILLS] [SEED]`.

Starts pytest KILLS times (100) on a scenario with everything at once: burnt CPU, memory held and limited, a
disk kept busy, a network, a workspace in memory, and a full disk below the backend's cache. Kills it with
SIGKILL, the first time when all of that is there, then a random time after a random part of it has appeared,
and looks for what is left: processes, control groups, mounts in any namespace, and files outside of pytest's
own base directory. Prints what was there at the moment
of each kill, so that one sees that there was something to leave behind. Exit status 1 where anything is left.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from pytest_rustide_load.stress.fulldisk import full_disk_refusal

SCENARIO = """
description: all at once
warm_up: 0s
duration: 20s
codebase: {loc: 500, crates: 1}
operations: {hover: 20/s, edit: 2/s}
network: mobile_network
storage: STORE
fault: {kind: disk_full, at: 500ms, gate: false}
restart: backoff
stress: {cpu: 20%, memory: 20MB, memory_pattern: spike, memory_limit: 1GB, io: 5MB}
"""
MARK = "RUSTIDE_STRESS_KILLS"
# How long after a part has appeared the latest kill comes, and how long the part is waited for.
LATER_S = 2.0
PATIENCE_S = 120.0
# What is killed is given so long to be gone.
GONE_S = 20.0
# Kinds of processes, by a word of their command line.
KINDS = ("burn", "hold", "churn", "cage", "tidy", "supervisor", "reference_server", "pytest")
# A process that has a mount of its own, and what that is called.
MOUNT, SOURCE = "mount", " tmpfs rustide-load "


def main() -> int:
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    draws = random.Random(seed)
    # Its own end leaves nothing either.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    seen: Counter[str] = Counter()
    failures = 0
    memory = Path("/dev/shm")
    with (
        tempfile.TemporaryDirectory() as name,
        tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as store,
    ):
        directory = Path(name)
        (directory / "all.scenario.yaml").write_text(SCENARIO.replace("STORE", store))
        (directory / "pytest.ini").write_text("[pytest]\n")
        places = (directory / "tmp", Path(store))
        before = set(lasting(places, set()))
        for number in range(1, kills + 1):
            # Where no small file system may be had, the disk is made full in another way.
            everything = (*KINDS, *([MOUNT] if not full_disk_refusal(directory) else []))
            wanted = set(everything) if number == 1 else {draws.choice(everything)}
            later_s = draws.uniform(0, LATER_S)
            there, left, after_s = kill_once(directory, places, before, wanted, later_s)
            seen.update(there)
            failures += bool(left)
            names = ", ".join(sorted(there)) or "nothing yet"
            print(f"{number:4} killed after {after_s:4.1f} s, when there were: {names}", flush=True)
            for one in left:
                print(f"     LEFT: {one}", flush=True)
    total = ", ".join(f"{kind} {count}" for kind, count in seen.most_common())
    print(f"{kills} kills (seed {seed}), {failures} left something; there when killed: {total}")
    return 1 if failures or not seen["churn"] else 0


def kill_once(
    directory: Path, places: tuple[Path, ...], before: set[str], wanted: set[str], later_s: float
) -> tuple[set[str], list[str], float]:
    """What was there when pytest was killed, what was left of it, and when that was: `later_s` after the
    kinds `wanted` were there for the first time."""
    mark = f"{os.getpid()}-{time.monotonic_ns()}"
    temporary = directory / "tmp"
    temporary.mkdir(exist_ok=True)
    environment = {**os.environ, MARK: mark, "TMPDIR": str(temporary)}
    with subprocess.Popen(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--ide-backend=embedded"),
            *(f"--basetemp={directory / 'base'}", "--load-history=off", "all.scenario.yaml"),
        ],
        cwd=directory,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as pytest:
        began = time.monotonic()
        try:
            there, mine = watch(pytest.pid, wanted, later_s)
            there |= {what(one) for one in set(lasting(places, mine)) - before}
        finally:
            pytest.send_signal(signal.SIGKILL)
            after_s = time.monotonic() - began
    deadline = time.monotonic() + GONE_S
    while left := [*processes(mark, mine), *sorted(set(lasting(places, mine)) - before)]:
        if time.monotonic() > deadline:
            break
        time.sleep(0.05)
    return there, left, after_s


def watch(root: int, wanted: set[str], later_s: float) -> tuple[set[str], set[int]]:
    """The kinds of processes below `root` at the end, and all that ever were, until `later_s` after the kinds
    `wanted` were there for the first time."""
    mine, there, due = {root}, set[str](), None
    give_up = time.monotonic() + PATIENCE_S
    while (now := time.monotonic()) < give_up and (due is None or now < due):
        # A backend has an environment of its own: it is known by who started it.
        mine |= family(root)
        there = {kind for pid in mine for kind in kinds(pid)}
        if due is None and there >= wanted:
            due = now + later_s
        time.sleep(0.05)
    return there, mine


def family(root: int) -> set[int]:
    """Every process below `root`."""
    parents: dict[int, list[int]] = {}
    for pid in pids():
        try:
            parent = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        parents.setdefault(parent, []).append(pid)
    found = [root]
    for pid in found:
        found += parents.get(pid, [])
    return set(found)


def processes(mark: str, mine: set[int]) -> Iterator[str]:
    """What still runs, or holds a mount, of those with the mark in their environment, and of those seen below
    pytest."""
    for pid in pids():
        try:
            environment = Path(f"/proc/{pid}/environ").read_bytes()
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        ours = f"{MARK}={mark}".encode() in environment or (pid in mine and kinds(pid))
        if ours and state != "Z":
            yield f"process {pid}: {command(pid)}"


def lasting(places: tuple[Path, ...], mine: set[int]) -> Iterator[str]:
    """Control groups of these processes, mounts, and files in the places where temporary ones are made."""
    # Those of others may go while they are looked at.
    for above, names, _ in os.walk("/sys/fs/cgroup"):
        for name in names:
            if name.startswith("rustide-load-") and int(name.split("-")[2]) in mine:
                yield f"{above}/{name}"
    yield from (line.split()[1] for line in Path("/proc/mounts").read_text().splitlines())
    below = tuple(map(str, places))
    yield from {one for pid in pids() for one in mounts(pid) if one.startswith(below)}
    for place in places:
        yield from map(str, place.glob("*"))


def what(path: str) -> str:
    """A kind of thing that lasts."""
    if path.startswith("/sys/fs/cgroup"):
        return "control group"
    return MOUNT if path.endswith("/rustide-load/cache") else "directory"


def kinds(pid: int) -> list[str]:
    line = command(pid)
    found = [kind for kind in KINDS if kind in line]
    return [*found, MOUNT] if mounts(pid) else found


def mounts(pid: int) -> list[str]:
    """The full disks that this process sees."""
    try:
        lines = Path(f"/proc/{pid}/mountinfo").read_text().splitlines()
    except OSError:
        return []
    return [line.split()[4] for line in lines if SOURCE in line]


def command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return ""


def pids() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal()]


if __name__ == "__main__":
    sys.exit(main())
