"""Codebases on disk: written once into a cache, and copied from there for each backend.

Knows nothing of servers or of how a codebase came about.
"""

from __future__ import annotations

from pytest_rustide_load.workspaces.cache import DEFAULT_MAX_BYTES, WorkspaceCache
from pytest_rustide_load.workspaces.copies import working_copy
from pytest_rustide_load.workspaces.repository import Repository, find_repository, read_project, read_sources
from pytest_rustide_load.workspaces.trees import SourceFiles, materialise

__all__ = [
    "DEFAULT_MAX_BYTES",
    "Repository",
    "SourceFiles",
    "WorkspaceCache",
    "find_repository",
    "materialise",
    "read_project",
    "read_sources",
    "working_copy",
]
