"""Where a backend lives: the network before it, the storage under it, the limits around it.

Joins workload and stress; knows nothing of runs or samples.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from pytest_rustide_load.stress.cage import MemoryCage
from pytest_rustide_load.stress.child import StressRefused
from pytest_rustide_load.stress.storage import Place, PlacedDirectory, look_at, ram_directory
from pytest_rustide_load.workload import Scenario
from pytest_rustide_load.workload.faults import FAULTS
from pytest_rustide_load.workload.networks import LinkProfile

__all__ = ["DIRECT", "Surroundings", "open_storage", "surroundings_of"]

# A link that does nothing, until it breaks.
DIRECT = LinkProfile("direct", 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """`network` is None for none; `storage` one of workload.stress.STORAGES or a directory; `is_caged` says
    that the backend's memory may have to be limited later; `priority` is one of PRIORITIES. `keeps_cache`
    says that it is to have a cache on disk."""

    network: LinkProfile | None = None
    storage: str = "disk"
    is_caged: bool = False
    priority: str = "normal"
    keeps_cache: bool = False

    def cage(self, stack: ExitStack) -> MemoryCage | None:
        """What a backend is to be put into as it starts; closed with the stack."""
        if not self.is_caged:
            return None
        cage = MemoryCage()
        stack.callback(cage.close)
        return cage


def surroundings_of(scenario: Scenario, user: int) -> Surroundings:
    """What the scenario says of a user's backend."""
    who = scenario.of_user(user)
    group = "" if scenario.fault is None else FAULTS[scenario.fault.kind].group
    return Surroundings(
        network=who.first_network or (DIRECT if group == "connection" else None),
        keeps_cache=group == "cache",
        storage=scenario.storage,
        is_caged=bool(scenario.stress.memory_limit_bytes),
        priority=who.priority,
    )


def open_storage(
    storage: str, make: Callable[[], Path], keep_free_bytes: int, stack: ExitStack
) -> tuple[Path, Place]:
    """A new directory on `storage` and what it lies on; `make` gives one on pytest's disk. What is elsewhere
    is removed with the stack, or with this process. Raises StressRefused with the reason."""
    if storage == "disk":
        path = make()
        return path, look_at(path)
    if storage == "ram":
        parent = ram_directory(keep_free_bytes)
    else:
        try:
            parent = look_at(Path(storage))
        except OSError as error:
            raise StressRefused(f"{storage} cannot be worked in: {error.strerror}") from error
    placed = stack.enter_context(PlacedDirectory(parent.path))
    return placed.path, parent
