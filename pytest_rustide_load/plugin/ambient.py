"""What holds for everything a session does while a block of a test lasts: stress beside it, storage under it.

And the networks there are to name. Knows nothing of who asked for any of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

from pytest_rustide_load.errors import ConfigError, Problem
from pytest_rustide_load.stress.apply import Stress as Running
from pytest_rustide_load.workload.networks import NETWORKS, LinkProfile
from pytest_rustide_load.workload.reading import Reader
from pytest_rustide_load.workload.surroundings import read_networks
from pytest_rustide_load.yamltree import Node, parse_yaml

__all__ = ["NETWORKS_NAME", "Ambient"]

NETWORKS_NAME = "networks.yaml"


class Ambient:
    """`root` is pytest's root directory, which may hold a networks.yaml."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._running: list[Running] = []
        self._storages: list[str] = []

    @cached_property
    def networks(self) -> dict[str, LinkProfile]:
        """Those there are by name, the session's own before built-in ones. Raises ConfigError."""
        path = self._root / NETWORKS_NAME
        if not path.is_file():
            return dict(NETWORKS)
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(Problem(f"cannot be read: {error}", NETWORKS_NAME)) from None
        root = parse_yaml(text, NETWORKS_NAME)
        reader = Reader()
        found = read_networks(reader, Node({"networks": root}, NETWORKS_NAME, 1, {}))
        if reader.problems:
            raise ConfigError(reader.problems)
        return found

    @property
    def running(self) -> tuple[Running, ...]:
        """The stressors that blocks of the test have started."""
        return tuple(self._running)

    @property
    def storage(self) -> str:
        """Where workspaces are to lie that say nothing of it; empty where nobody does."""
        return self._storages[-1] if self._storages else ""

    @contextmanager
    def beside(self, stress: Running) -> Iterator[None]:
        """Runs in this block are under `stress`, and their results say so."""
        self._running.append(stress)
        try:
            yield
        finally:
            self._running.remove(stress)

    @contextmanager
    def stored_on(self, storage: str) -> Iterator[None]:
        """Workspaces made in this block lie there."""
        self._storages.append(storage)
        try:
            yield
        finally:
            self._storages.pop()
