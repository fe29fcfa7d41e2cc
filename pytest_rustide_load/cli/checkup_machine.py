"""What the machine offers: cores, memory, clock, limits, and what the kernel tells.

Looks and measures for a tenth of a second. Changes nothing: a control group is made and taken away again.
"""

from __future__ import annotations

import os
import shlex
import shutil
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psutil

from pytest_rustide_load.backends.discover import as_root
from pytest_rustide_load.cli.checkup import Finding, State
from pytest_rustide_load.cli.checkup_groups import control_groups
from pytest_rustide_load.cli.noise_floor import load_noise_floor, noise_floor_path
from pytest_rustide_load.monitor import cpu_quota_cores, host_fingerprint, memory_limit_bytes
from pytest_rustide_load.units import MB, NS_PER_S, format_bytes, format_duration_ns

__all__ = ["machine_findings"]

_ENOUGH_MEMORY = 2_000 * MB
_ENOUGH_DISK = 2_000 * MB
_ENOUGH_FILES = 1_024
_LATE_NS = 2_000_000
_SLOW_CLOCKS = {"hpet", "acpi_pm", "jiffies"}
_LOOPBACK = "127.0.0.1"
_GRUB = "etc/default/grub"
_WHO_COMPUTES = "ps -eo pcpu,pid,comm --sort=-pcpu | head"
_CLOCKS = "sys/devices/system/clocksource/clocksource0"


def machine_findings(root: Path = Path("/")) -> list[Finding]:
    """Of everything timings and stress depend on. `root` holds `proc` and `sys`."""
    return [
        _cores(),
        _busy(),
        _memory(),
        _disk(),
        *_limits(),
        _clock(root),
        _timers(),
        _governor(root),
        *_kernel(root),
        _loopback(),
        _noise_floor(),
    ]


def _cores() -> Finding:
    usable, quota = _usable_cores(), cpu_quota_cores()
    text = f"{usable} of {os.cpu_count() or usable}"
    if quota is not None:
        text += f", a control group allows {quota:.3g} cores' worth of time"
    least = min(usable, quota or usable)
    if least < 2:
        why = f"{text}: generator and backend share it, and each measures the other"
        return Finding("cores", State.LESS, why)
    if quota is not None:
        return Finding("cores", State.LESS, f"{text}: a quota stalls everything for up to 0.1 s when used up")
    return Finding("cores", State.OK, text)


def _usable_cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _busy() -> Finding:
    """What else runs takes part in every figure."""
    load = os.getloadavg()[0]
    share = load / _usable_cores()
    text = f"load average {load:.2f} on {_usable_cores()} cores"
    if share > 0.5:
        return Finding("idle", State.LESS, f"{text}: something else is running", look=_WHO_COMPUTES)
    return Finding("idle", State.OK, text)


def _memory() -> Finding:
    memory, limit = psutil.virtual_memory(), memory_limit_bytes()
    free = memory.available if limit is None else min(memory.available, limit)
    text = f"{format_bytes(free)} available of {format_bytes(memory.total)}"
    if limit is not None and limit < memory.total:
        text += f", a control group allows {format_bytes(limit)}"
    if free < _ENOUGH_MEMORY:
        look = "ps -eo rss,pid,comm --sort=-rss | head"
        return Finding("memory", State.LESS, f"{text}: large codebases take 2 GB", look=look)
    return Finding("memory", State.OK, text)


def _disk() -> Finding:
    folder = tempfile.gettempdir()
    free = shutil.disk_usage(folder).free
    text = f"{format_bytes(free)} free in {folder}"
    if free < _ENOUGH_DISK:
        mend = "export TMPDIR=/a/directory/with/room"
        return Finding("disk", State.LESS, f"{text}: copies of large codebases go there", mend)
    return Finding("disk", State.OK, text)


def _limits() -> Iterator[Finding]:
    try:
        import resource
    except ImportError:
        return
    files, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if 0 <= files < _ENOUGH_FILES:
        text = f"{files}: a team of backends opens more"
        raised = f"ulimit -n {_ENOUGH_FILES}"
        if 0 <= most < _ENOUGH_FILES:
            raised = as_root(f"prlimit --pid $$ --nofile={_ENOUGH_FILES}:{_ENOUGH_FILES}")
        yield Finding("open files", State.LESS, text, raised)
    else:
        yield Finding("open files", State.OK, f"{files} at most")
    bound = {}
    commands = []
    for flag, name, kind in (("v", "as", resource.RLIMIT_AS), ("d", "data", resource.RLIMIT_DATA)):
        soft, hard = resource.getrlimit(kind)
        if soft == resource.RLIM_INFINITY:
            continue
        bound[f"ulimit -{flag}"] = soft
        # What is above the hard limit only root may raise.
        is_free = hard == resource.RLIM_INFINITY
        higher = as_root(f"prlimit --pid $$ --{name}=unlimited")
        commands.append(f"ulimit -{flag} unlimited" if is_free else higher)
    if bound:
        text = ", ".join(f"{name} {format_bytes(value)}" for name, value in bound.items())
        yield Finding(
            "memory limits",
            State.LESS,
            f"{text}: rust-analyzer maps far more than it uses",
            "; ".join(commands),
        )
    else:
        yield Finding("memory limits", State.OK, "none")


def _clock(root: Path) -> Finding:
    resolution_ns = time.get_clock_info("monotonic").resolution * NS_PER_S
    source = _read(root / _CLOCKS / "current_clocksource")
    text = f"resolution {format_duration_ns(resolution_ns)}" + (f", source {source}" if source else "")
    if source in _SLOW_CLOCKS or resolution_ns > 1_000_000:
        known = _read(root / _CLOCKS / "available_clocksource").split()
        better = next((name for name in known if name not in _SLOW_CLOCKS), "")
        mend = f"echo {better} | {as_root(f'tee /{_CLOCKS}/current_clocksource')}" if better else ""
        return Finding("clock", State.LESS, f"{text}: every look at it takes long", mend)
    return Finding("clock", State.OK, text)


def _timers() -> Finding:
    """How late a sleeper wakes, which is how late requests leave."""
    late = []
    for _ in range(40):
        begin_ns = time.monotonic_ns()
        time.sleep(0.001)
        late.append(time.monotonic_ns() - begin_ns - 1_000_000)
    middle, worst = statistics.median(late), max(late)
    text = f"wake {format_duration_ns(middle)} late at the median, {format_duration_ns(worst)} at worst of 40"
    if middle > _LATE_NS:
        return Finding("timers", State.LESS, f"{text}: so late do requests leave", look=_WHO_COMPUTES)
    return Finding("timers", State.OK, text)


def _governor(root: Path) -> Finding:
    governor = _read(root / "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")
    if governor == "powersave":
        text = "powersave: the first requests after a pause meet a slow core"
        # `cpupower` does the same, where it is installed.
        files = "/sys/devices/system/cpu/cpu*/cpufreq/scaling_governor"
        return Finding("frequency", State.LESS, text, f"echo performance | {as_root(f'tee {files}')}")
    return Finding("frequency", State.OK, governor or "not ours to see, as in most virtual machines")


def _kernel(root: Path) -> Iterator[Finding]:
    if (root / "proc/self/stat").exists():
        yield Finding("/proc", State.OK, "processes and threads are watched cheaply")
    else:
        text = "not there: processes are watched by psutil, threads not at all"
        is_linux = sys.platform.startswith("linux")
        yield Finding("/proc", State.LESS, text, as_root("mount -t proc proc /proc") if is_linux else "")
    if _read(root / "proc/pressure/cpu"):
        yield Finding("pressure (PSI)", State.OK, "the kernel counts who waits for CPU, memory and I/O")
    else:
        mend = "boot with psi=1 on the kernel's command line"
        if (root / _GRUB).is_file():
            add = f"""sed -i 's/^GRUB_CMDLINE_LINUX="/&psi=1 /' /{_GRUB}"""
            mend = " && ".join(map(as_root, (add, _boot_menu(), "reboot")))
        yield Finding("pressure (PSI)", State.LESS, "not counted: bottlenecks are told from less", mend)
    yield control_groups(root)


def _boot_menu() -> str:
    """What writes it anew: Debian's name for it, Fedora's, or that of others."""
    path = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
    for name in ("grub2", "grub"):
        if not shutil.which("update-grub", path=path) and shutil.which(f"{name}-mkconfig", path=path):
            return f"{name}-mkconfig -o /boot/{name}/grub.cfg"
    return "update-grub"


def _loopback() -> Finding:
    """Backends of teams, links with delay and the live view listen there."""
    try:
        with closing(socket.create_server((_LOOPBACK, 0))) as server:
            server.settimeout(2)
            with closing(socket.create_connection(server.getsockname(), timeout=2)):
                accepted, _ = server.accept()
                accepted.close()
    except OSError as error:
        text = f"{_LOOPBACK} does not connect ({error}): no teams, no networks"
        return Finding("loopback", State.LESS, text, as_root("ip link set lo up"))
    return Finding("loopback", State.OK, f"{_LOOPBACK} connects")


def _noise_floor() -> Finding:
    known = load_noise_floor(noise_floor_path(), host_fingerprint())
    if known is None:
        text = "not measured on this machine: nobody knows what the generator itself adds"
        # Debian has no program that is called python.
        mend = f"{shlex.quote(sys.executable)} -m pytest_rustide_load selftest --store"
        return Finding("noise floor", State.LESS, text, mend)
    added = known.get("added_p50_200_ns")
    said = "" if added is None else f": the generator adds {format_duration_ns(added)} at p50"
    return Finding("noise floor", State.OK, f"known{said}")


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
