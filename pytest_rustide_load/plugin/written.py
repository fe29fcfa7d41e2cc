"""What became of a file that a session was asked for.

Knows nothing of what stands in it.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Written"]


class Written(NamedTuple):
    """`line` tells where the file is, or why not. Where it `is_missing` though it was asked for, the session
    fails: what comes next counts on it."""

    line: str
    is_missing: bool = False
