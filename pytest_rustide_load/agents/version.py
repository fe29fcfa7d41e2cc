"""Whether two hosts run the same code: the same seed makes the same users only then.

Knows nothing of agents.
"""

from __future__ import annotations

import hashlib
import platform
from pathlib import Path

import pytest_rustide_load

__all__ = ["code_digest", "host_identity"]

_BOOT = Path("/proc/sys/kernel/random/boot_id")


def code_digest() -> str:
    """A digest of every module of this package, wherever it is installed."""
    root = Path(pytest_rustide_load.__file__).parent
    found = hashlib.blake2b(digest_size=8)
    for path in sorted(root.rglob("*.py"), key=lambda path: path.relative_to(root).as_posix()):
        content = path.read_bytes()
        found.update(f"{path.relative_to(root).as_posix()} {len(content)}\n".encode() + content)
    return found.hexdigest()


def host_identity() -> str:
    """The same for all processes of one running host, and for no other host."""
    try:
        boot = _BOOT.read_text().strip()
    except OSError:
        boot = ""
    return f"{platform.node()} {boot}"
