"""The one error tree, and the nearest right name for a wrong one.

Knows nothing of the rooms that raise; standard library only.
"""

from __future__ import annotations

import difflib
import shlex
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

__all__ = [
    "AgentError",
    "BackendError",
    "ConfigError",
    "Crashed",
    "HistoryError",
    "NotReady",
    "Problem",
    "ProtocolError",
    "RustIdeLoadError",
    "StartFailed",
    "did_you_mean",
    "missing_package",
    "nearest_name",
    "shown",
]

# What one line of a server's stderr may take in an error message, and how many lines are shown.
_TAIL_LINES = 20
_LONGEST_SHOWN = 80
_MOST_NAMES = 50
_LEAST_BEGINNING = 3


class RustIdeLoadError(Exception):
    """Base of every error this package raises on purpose."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in what the user wrote: where it stands and what is wrong with it.

    `line` counts from 1; `source` is a file, an option or a test id.
    """

    message: str
    source: str = ""
    line: int | None = None

    def __str__(self) -> str:
        where = self.source if self.line is None else f"{self.source}:{self.line}"
        return f"{where}: {self.message}" if where else self.message


class ConfigError(RustIdeLoadError):
    """What the user wrote cannot be run; carries every problem found, not only the first."""

    def __init__(self, problems: str | Problem | Sequence[Problem]) -> None:
        if isinstance(problems, str):
            problems = Problem(problems)
        self.problems: tuple[Problem, ...] = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class BackendError(RustIdeLoadError):
    """The backend could not be used.

    `exit_code` is None while the process lives; `stderr_tail` holds its last lines.
    """

    def __init__(self, message: str, *, exit_code: int | None = None, stderr_tail: str = "") -> None:
        self.exit_code = exit_code
        self.stderr_tail = stderr_tail
        parts = [message]
        if exit_code is not None:
            parts.append(f"exit status {exit_code}" if exit_code >= 0 else f"killed by signal {-exit_code}")
        text = "; ".join(parts)
        if stderr_tail.strip():
            lines = stderr_tail.strip().splitlines()[-_TAIL_LINES:]
            text += "\nlast lines of its stderr:\n" + "\n".join(f"  {line}" for line in lines)
        super().__init__(text)


class StartFailed(BackendError):
    """The backend's process could not be started or ended before it spoke."""


class NotReady(BackendError):
    """The backend runs but did not become ready in time."""


class Crashed(BackendError):
    """The backend's process ended, or closed its output, while it was needed."""


class ProtocolError(RustIdeLoadError):
    """The bytes on the wire are not the base protocol of LSP."""


class AgentError(RustIdeLoadError):
    """An agent that was to run a share of the users cannot be started, or cannot do its work."""


class HistoryError(RustIdeLoadError):
    """The history database cannot be read or written."""


def missing_package(error: ModuleNotFoundError) -> str:
    """What to type where one of this package's own requirements is not installed. Raises `error` again where
    it is about anything else."""
    name = (error.name or "").partition(".")[0]
    if not name or name == __package__:
        raise error
    mend = f"{shlex.quote(sys.executable)} -m pip install pytest-rustide-load"
    return f"{name} is not installed; mend it with: {mend}"


def nearest_name(name: str, known: Iterable[str]) -> str | None:
    """The known name most like `name`, or None where none is near."""
    candidates = list(known)
    folded = {candidate.lower().replace("-", "_"): candidate for candidate in candidates}
    key = name.lower().replace("-", "_")
    if key in folded:
        return folded[key]
    matches = difflib.get_close_matches(key, list(folded), n=1, cutoff=0.6)
    # A long name is not like its beginning, and whoever writes that means it.
    matches = matches or [one for one in folded if one.startswith(key) and len(key) >= _LEAST_BEGINNING]
    return folded[matches[0]] if len(matches) == 1 else None


def shown(value: object) -> str:
    """A wrong value as it was written, without the middle of a very long one."""
    text = repr(value)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:30]}…{text[-10:]}"


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A sentence end for an error: the nearest right name, or the list of all of them, if it can be read."""
    candidates = sorted(known)
    nearest = nearest_name(name, candidates)
    if nearest is not None:
        return f"did you mean {nearest!r}?"
    if len(candidates) > _MOST_NAMES:
        return f"known are {len(candidates)}, such as {candidates[0]} and {candidates[-1]}"
    return "known: " + ", ".join(candidates)
