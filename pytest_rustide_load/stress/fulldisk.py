"""A disk that is full for one process: a small file system without a free block, where there may be one.

Knows nothing of who writes there. What mounts is programs/full.py.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from pytest_rustide_load.stress.child import program_command
from pytest_rustide_load.units import MB, format_bytes

__all__ = ["FULL_DISK", "full_disk_command", "full_disk_refusal"]

_BYTES = MB
_TRY_S = 10.0
# What it is, in words.
FULL_DISK = f"tmpfs of {format_bytes(_BYTES)}"


def full_disk_command(directory: Path) -> tuple[str, ...]:
    """What is to be put before a command, so that for it the disk below `directory` is full."""
    return (*program_command("full"), str(directory), str(_BYTES))


def full_disk_refusal(directory: Path) -> str:
    """Why `directory`, which exists, cannot be on such a disk here, in words; empty where it can. Tries it in
    a process of its own."""
    if not sys.platform.startswith("linux"):
        return "only Linux has mounts of one process"
    try:
        done = subprocess.run(
            full_disk_command(directory), capture_output=True, text=True, timeout=_TRY_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return "" if done.returncode == 0 else done.stderr.strip() or f"exit status {done.returncode}"
