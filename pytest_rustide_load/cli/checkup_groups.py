"""Whether the memory of a backend can be limited by a control group, and what it takes."""

from __future__ import annotations

import os
import shlex
import shutil
from pathlib import Path

from pytest_rustide_load.backends.discover import as_root
from pytest_rustide_load.cli.checkup import Finding, State
from pytest_rustide_load.stress.programs.groups import make_group, places

__all__ = ["control_groups"]

_NAME = "control groups"
_TOP = "sys/fs/cgroup"
_HANDED_ON = "cgroup.subtree_control"


def control_groups(root: Path) -> Finding:
    """Found out as a load test would, by making one, which is taken away again. `root` holds `proc` and
    `sys`."""
    try:
        group = make_group(root)
    except OSError as error:
        text = f"none may be made ({error}): memory is limited by RLIMIT_DATA"
        return Finding(_NAME, State.LESS, text, _mend(root))
    group.remove()
    return Finding(_NAME, State.OK, f"version {group.generation}, and one may be made")


def _mend(root: Path) -> str:
    """What makes it possible; "" where nothing does that is a matter of a command: a kernel without them, or
    a container that may only read them."""
    known = list(places(root))
    found = [(generation, path) for generation, path in known if path.is_dir()]
    if not found:
        return _mount(root, is_first=1 in dict(known))
    generation, own = found[0]
    if os.statvfs(own).f_flag & os.ST_RDONLY:
        return ""
    if generation == 1:
        # Never delegated by systemd; whoever owns a group may make others in it.
        return _give([own])
    if os.geteuid() and (root / "run/systemd/system").is_dir() and shutil.which("systemd-run"):
        return "systemd-run --user --scope -p Delegate=yes pytest …"
    # One that has processes hands nothing on: it takes the one above.
    above = own.parent
    if len(found) == 1 or "memory" not in _words(above / "cgroup.controllers"):
        return ""
    parts = [_give([above, above / "cgroup.procs"])] if os.geteuid() else []
    if "memory" not in _words(above / _HANDED_ON):
        parts.append(f"echo +memory | {as_root(f'tee {shlex.quote(str(above / _HANDED_ON))}')}")
    return " && ".join(parts)


def _mount(root: Path, *, is_first: bool) -> str:
    """Where a kernel that has them shows none; `is_first` says that the first generation rules memory."""
    top = root / _TOP
    if not (root / "sys/fs").is_dir():
        return as_root("mount -t sysfs sysfs /sys")
    is_free = top.is_dir() and not any(top.iterdir())
    return as_root(f"mount -t cgroup2 none /{_TOP}") if is_free and not is_first else ""


def _give(paths: list[Path]) -> str:
    return as_root(f"chown {os.geteuid()} {shlex.join(map(str, paths))}")


def _words(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="ascii").split()
    except OSError:
        return []
