"""What makes a backend's life hard while load runs, as a value.

Knows nothing of how any of it is done, nor of what this machine allows.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "CPU_MODELS",
    "CPU_THROTTLINGS",
    "MEMORY_PATTERNS",
    "RECOVERY_ACTIONS",
    "STORAGES",
    "STRESS_KEYS",
    "Stress",
]

# Those of stress.cpu and stress.memory, which build on this room.
CPU_MODELS = ("multi_thread", "single_thread", "thread_pool")
CPU_THROTTLINGS = ("os_scheduling", "process_priority")
MEMORY_PATTERNS = ("gradual", "stepped", "spike")
# What is done for a backend once the pressure has gone.
RECOVERY_ACTIONS = ("garbage_collection", "cache_eviction", "process_restart")
# Besides a directory: that of pytest, and one in memory.
STORAGES = ("disk", "ram")
STRESS_KEYS = (
    "cpu",
    "cpu_model",
    "cpu_throttling",
    "memory",
    "memory_pattern",
    "memory_limit",
    "recovery_action",
    "io",
)


@dataclass(frozen=True, slots=True)
class Stress:
    """What makes the backend's life hard while load runs; 0 and empty for nothing of the kind.

    `cpu_ratio` of the cores is burnt by others, `memory_bytes` are held by others, `memory_limit_bytes` is
    what the backend itself may have, each in `memory_pattern`; `io_bytes` is the size of a file that others
    write and read where the backend's workspace lies. `recovery_action`, one of RECOVERY_ACTIONS, is done
    once it is over.
    """

    cpu_ratio: float = 0.0
    cpu_model: str = "multi_thread"
    cpu_throttling: str = "os_scheduling"
    memory_bytes: int = 0
    memory_pattern: str = "gradual"
    memory_limit_bytes: int = 0
    recovery_action: str = ""
    io_bytes: int = 0

    @property
    def is_any(self) -> bool:
        return bool(self.cpu_ratio or self.memory_bytes or self.memory_limit_bytes or self.io_bytes)
