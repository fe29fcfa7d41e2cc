"""What a machine can offer to a scaling experiment: which cores are apart, and what a directory lies on.

Reads Linux's /sys and /proc. Knows nothing of experiments.
"""

from __future__ import annotations

import os
import time
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Storage", "allowed_cores", "core_groups", "probe_storage"]

_RAM = frozenset({"tmpfs", "ramfs"})
_SYNC_S = 0.3
_SYNC_BYTES = 4096


def core_groups(
    root: Path = Path("/sys/devices/system/cpu"), allowed: Collection[int] = ()
) -> list[list[int]]:
    """The `allowed` logical cores, those of this process where none are given, in groups that share a
    physical one; in order."""
    allowed = allowed or (os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else ())
    left = sorted(allowed)
    groups = []
    while left:
        siblings = _listed(root / f"cpu{left[0]}" / "topology" / "thread_siblings_list") or {left[0]}
        group = [core for core in left if core in siblings or core == left[0]]
        groups.append(group)
        left = [core for core in left if core not in group]
    return groups


def allowed_cores(pid: int) -> frozenset[int]:
    """Where the threads of a process may run, all of them together; empty where it has ended."""
    found: set[int] = set()
    with suppress(OSError):
        for task in os.listdir(f"/proc/{pid}/task"):
            with suppress(OSError):
                found |= os.sched_getaffinity(int(task))
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class Storage:
    """`kind` is "RAM disk", "NVMe", "SSD", "rotating disk", "network", "unknown", or a virtual disk that
    is said to be one of these. `syncs_per_s` is how many
    synced writes of 4 KB to a file one thread got done; None where it could not write."""

    kind: str
    filesystem: str
    device: str
    syncs_per_s: float | None

    def describe(self) -> str:
        """For people, such as "SSD (ext4 on vda, 812 synced writes a second)"."""
        where = f"{self.filesystem} on {self.device}" if self.device else self.filesystem
        speed = "" if self.syncs_per_s is None else f", {self.syncs_per_s:,.0f} synced writes a second"
        return f"{self.kind} ({where}{speed})"


def probe_storage(directory: Path, *, root: Path = Path("/"), measure: bool = True) -> Storage:
    """What `directory` lies on, and how fast writes get through to it."""
    filesystem, numbers = _mount(directory.resolve(), root)
    device = _device(numbers, root)
    return Storage(
        _kind(filesystem, device, root), filesystem, device, _syncs(directory) if measure else None
    )


def _mount(path: Path, root: Path) -> tuple[str, str]:
    """File system and MAJOR:MINOR of the mount that holds `path`, proc_pid_mountinfo(5)."""
    best = ("", "unknown", "")
    with suppress(OSError):
        for line in (root / "proc/self/mountinfo").read_text(encoding="utf-8").splitlines():
            before, _, after = line.partition(" - ")
            words = before.split()
            point = words[4].encode().decode("unicode_escape")
            # Of several on one point the last is the one seen.
            if path.is_relative_to(point) and len(point) >= len(best[0]):
                best = (point, after.split()[0], words[2])
    return best[1], best[2]


def _device(numbers: str, root: Path) -> str:
    """The name of the whole device, not of a partition of it; empty for none."""
    place = root / "sys/dev/block" / numbers
    if not numbers or not place.exists():
        return ""
    real = place.resolve()
    return real.parent.name if (real / "partition").exists() else real.name


def _kind(filesystem: str, device: str, root: Path) -> str:
    if filesystem in _RAM or device.startswith(("ram", "zram")):
        return "RAM disk"
    if filesystem.startswith(("nfs", "cifs", "smb", "9p", "ceph", "fuse.sshfs")):
        return "network"
    if not device:
        return "unknown"
    if device.startswith("nvme"):
        return "NVMe"
    try:
        rotates = (root / "sys/block" / device / "queue/rotational").read_text(encoding="ascii").strip()
    except OSError:
        return "unknown"
    kind = "rotating disk" if rotates == "1" else "SSD"
    # Such a one says what its host makes it say.
    return f"virtual disk, said to be a {kind}" if device.startswith(("vd", "xvd")) else kind


def _syncs(directory: Path) -> float | None:
    path = directory / f".rustide-load-{os.getpid()}"
    count = 0
    try:
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except OSError:
        return None
    try:
        begun_s = time.perf_counter()
        while (passed_s := time.perf_counter() - begun_s) < _SYNC_S:
            os.pwrite(fd, bytes(_SYNC_BYTES), 0)
            os.fsync(fd)
            count += 1
    except OSError:
        return None
    finally:
        os.close(fd)
        path.unlink(missing_ok=True)
    return count / passed_s


def _listed(path: Path) -> set[int]:
    """`0-2,5` as numbers."""
    found: set[int] = set()
    try:
        for part in path.read_text(encoding="ascii").strip().split(","):
            low, _, high = part.partition("-")
            found |= set(range(int(low), int(high or low) + 1))
    except (OSError, ValueError):
        return set()
    return found
