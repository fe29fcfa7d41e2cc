"""Where runs are kept, and of which commit they are.

Knows nothing of what a run is.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_rustide_load.errors import HistoryError
from pytest_rustide_load.history import HISTORY_PATH, HistoryStore

__all__ = ["git_commit", "git_revision", "named_history", "open_history"]

_TIMEOUT_S = 10.0


def open_history(config: pytest.Config, tell: Callable[[str], object]) -> HistoryStore | None:
    """None where runs are to be kept nowhere. Raises HistoryError for a file that was named and cannot be;
    where the usual one cannot be, `tell` is told, and nothing is kept."""
    given = named_history(config)
    if given == "off":
        return None
    try:
        return HistoryStore(config.rootpath / (given or HISTORY_PATH))
    except HistoryError as error:
        if given:
            raise
        tell(f"runs are not kept: {error}")
        return None


def named_history(config: pytest.Config) -> str:
    """The file that was named, or "off"; empty for the usual one."""
    return config.getoption("load_history") or str(config.getini("load_history"))


def git_revision(directory: Path) -> str:
    """Twelve digits of the commit, with "+" where files that git knows were changed since; empty where there
    is no repository, no commit or no git."""
    commit = _git(directory, "rev-parse", "--short=12", "HEAD")
    if not commit:
        return ""
    changed = _git(directory, "status", "--porcelain", "--untracked-files=no")
    return f"{commit}+" if changed else commit


def git_commit(directory: Path, name: str) -> str:
    """Twelve digits of the commit that a branch, a tag, `HEAD~1` or a longer hash means; empty for none."""
    if name.startswith("-"):
        return ""
    return _git(directory, "rev-parse", "--verify", "--quiet", "--short=12", f"{name}^{{commit}}")


def _git(directory: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(
            ["git", "-C", str(directory), *arguments],
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_S,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
