"""The selftest's figures, kept for this machine: what a load test's own figures cannot be finer than.

Knows nothing of how they were measured.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

__all__ = ["load_noise_floor", "noise_floor_path", "store_noise_floor"]


def noise_floor_path(environ: Mapping[str, str] = os.environ) -> Path:
    """Where it is kept: below XDG_CACHE_HOME or ~/.cache, for all projects of this user."""
    base = environ.get("XDG_CACHE_HOME", "")
    root = Path(base) if os.path.isabs(base) else Path.home() / ".cache"
    return root / "pytest-rustide-load" / "selftest.json"


def store_noise_floor(document: Mapping[str, Any], path: Path) -> None:
    """Keep `document`, the selftest's JSON. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(f".{os.getpid()}")
    unfinished.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    unfinished.replace(path)


def load_noise_floor(path: Path, machine: Mapping[str, str]) -> dict[str, float] | None:
    """Its figures by name, units last; None where none are kept, or only those of another `machine` (as
    host_fingerprint describes it) or another kernel or Python."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        if document["machine"] != dict(machine):
            return None
        return {str(name): float(value) for name, value in document["figures"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
