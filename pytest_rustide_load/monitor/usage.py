"""What one process uses, as every way of reading it reports it.

Knows nothing of how it is read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

__all__ = ["ProcessReader", "Usage"]


@dataclass(frozen=True, slots=True)
class Usage:
    """One process now, and what it has used since it began.

    `inherited_cpu_ns` is what its children had used when it waited for them. The I/O counts bytes that
    really went to or came from storage, and calls that read or wrote anything, those of such children
    included, as the faults are. A counter that cannot be read is
    zero. An ended process that nobody has waited for yet is not `alive` and holds nothing, but its
    counters are still there.
    """

    alive: bool
    rss_bytes: int
    threads: int
    own_cpu_ns: int
    inherited_cpu_ns: int = 0
    minor_faults: int = 0
    major_faults: int = 0
    system_cpu_ns: int = 0
    read_bytes: int = 0
    write_bytes: int = 0
    read_calls: int = 0
    write_calls: int = 0


class ProcessReader(Protocol):
    """Looks at one process, again and again."""

    def read(self) -> Usage | None:
        """None when there is no such process any more."""
        ...

    def close(self) -> None: ...
