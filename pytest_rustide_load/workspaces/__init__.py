"""Codebases on disk.

Knows nothing of servers or of how a codebase came about.
"""

from __future__ import annotations

from pathlib import Path

from pytest_rustide_load.codebase import Codebase

__all__ = ["materialise"]


def materialise(codebase: Codebase, directory: Path) -> None:
    """Write every file of `codebase` below `directory`, which is made where it is missing. Raises OSError."""
    made: set[Path] = set()
    for path in codebase.paths:
        target = directory / path
        if target.parent not in made:
            target.parent.mkdir(parents=True, exist_ok=True)
            made.add(target.parent)
        target.write_text(codebase.text(path), encoding="utf-8", newline="\n")
