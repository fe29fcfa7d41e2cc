"""The codebases of a session: generated ones, or the user's own project, and how they get onto the disk.

Knows nothing of backends or of load.
"""

from __future__ import annotations

import shutil
import warnings
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from pytest_rustide_load.codebase import Codebase, CodebaseSpec, generate_codebase
from pytest_rustide_load.codebase.foreign import ForeignCodebase
from pytest_rustide_load.errors import ConfigError, Problem, did_you_mean
from pytest_rustide_load.workspaces import (
    Repository,
    WorkspaceCache,
    find_repository,
    materialise,
    read_project,
)

__all__ = ["Codebases"]

# So many lines take a second and more.
_LARGE = 50_000


class Codebases:
    """`own` is the user's project, where --load-codebase names one: then there is no other codebase. `say` is
    told what takes a while."""

    def __init__(
        self, config: pytest.Config, own: Path | None, say: Callable[[str], object] = lambda _: None
    ) -> None:
        self._config = config
        self._own = own
        self._say = say
        self._generated: dict[str, Codebase] = {}

    @cached_property
    def repository(self) -> Repository | None:
        """The user's own project. Raises ConfigError."""
        return None if self._own is None else find_repository(self._own)

    @cached_property
    def foreign(self) -> ForeignCodebase:
        assert self.repository is not None  # noqa: S101  asked for only then
        self._say(f"reading {self._own}")
        return ForeignCodebase(read_project(self.repository))

    def check(self) -> None:
        """Raises ConfigError where the user's own project is none that load can run on."""
        if self.repository is not None and not self.foreign.oracle.probes():
            raise ConfigError(Problem("holds no place to point at", "--load-codebase"))

    def get(self, fields: Mapping[str, Any], seed: int) -> Codebase | ForeignCodebase:
        """The codebase with these fields of CodebaseSpec, generated once, of `seed` unless given. Raises
        ConfigError with every wrong field."""
        if self.repository is not None:
            return self.foreign
        known = CodebaseSpec.__dataclass_fields__
        unknown = [name for name in fields if name not in known]
        if unknown:
            raise ConfigError(
                [
                    Problem(f"unknown field {name!r}: {did_you_mean(name, known)}", "codebase")
                    for name in unknown
                ]
            )
        spec = CodebaseSpec(**{"seed": seed, **fields})
        digest = spec.digest()
        if digest not in self._generated:
            if spec.loc >= _LARGE:
                self._say(f"making a codebase of {spec.loc:,} lines")
            self._generated[digest] = generate_codebase(spec)
        return self._generated[digest]

    def write(self, codebase: Codebase | ForeignCodebase, target: Path) -> None:
        """Put a copy of `codebase` at `target`. Raises OSError."""
        if isinstance(codebase, ForeignCodebase):
            assert self.repository is not None  # noqa: S101  it came from there
            self.repository.copy(target)
        elif not self._is_copied(codebase, target):
            materialise(codebase, target)

    def _is_copied(self, codebase: Codebase, target: Path) -> bool:
        """By way of pytest's cache, if there is one that can be written."""
        try:
            if self._workspaces is None:
                return False
            self._workspaces.copy(codebase, target)
        except OSError as error:
            # A read-only project, or a disk that is full: the copy itself lies elsewhere.
            shutil.rmtree(target, ignore_errors=True)
            warnings.warn(f"codebases are not kept in pytest's cache: {error}", stacklevel=2)
            return False
        return True

    @cached_property
    def _workspaces(self) -> WorkspaceCache | None:
        """The codebases on disk, in pytest's cache; None where there is none (`-p no:cacheprovider`)."""
        cache: pytest.Cache | None = getattr(self._config, "cache", None)
        return None if cache is None else WorkspaceCache(cache.mkdir("rustide-load"))
