"""What users do that reaches more than one document: commits, switched branches, renames and moves.

Joins the team and its renames for a run that asks for them. Knows nothing of plans; the run says when.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Protocol

from pytest_rustide_load.codebase import Codebase
from pytest_rustide_load.codebase.foreign import ForeignCodebase
from pytest_rustide_load.engine.flight import Due, Flight
from pytest_rustide_load.engine.keyboard import Keyboard
from pytest_rustide_load.engine.renames import Renames
from pytest_rustide_load.engine.team import Team
from pytest_rustide_load.engine.user import User
from pytest_rustide_load.ports import Clock
from pytest_rustide_load.workload import JOINT_OPERATIONS, Range

__all__ = ["Act", "joint_acts"]

# What a user does when it is due, with the random bits of that.
Act = Callable[[User, Due, int], object]

_REFACTORINGS = frozenset({"apply_rename", "move_file"})


class _At(Protocol):
    """Lets something happen at a time; what is `late` also while a run settles."""

    def __call__(self, due_ns: int, what: Callable[[], None], *, late: bool = False) -> None: ...


def joint_acts(
    asked: Collection[str],
    users: Sequence[User],
    roots: Sequence[Path],
    codebase: Codebase | ForeignCodebase,
    *,
    flight: Flight,
    clock: Clock,
    keyboards: Mapping[int, Keyboard],
    at: _At,
    timeout_ns: int,
    seed: int,
    refactored_files: Range | None,
    write: Callable[[Path, str], None],
    remove: Callable[[Path], None],
) -> tuple[Team | None, Renames | None, dict[str, Act]]:
    """What carries out the operations `asked` for, and each by its name. Without them there is no team, and
    in a codebase that was not generated, where nobody knows what is right, no renames: those are dropped."""
    if not JOINT_OPERATIONS & set(asked):
        return None, None, {}
    team = Team(
        users,
        roots,
        codebase,
        flight,
        clock,
        keyboards=keyboards,
        at=partial(at, late=True),
        timeout_ns=timeout_ns,
        seed=seed,
        write=write,
        remove=remove,
    )
    acts: dict[str, Act] = {"commit": team.commit, "branch_switch": team.switch_branch}
    if not isinstance(codebase, Codebase) or not _REFACTORINGS & set(asked):
        return team, None, acts | {name: lambda _user, due, _draw: flight.drop(due) for name in _REFACTORINGS}
    renames = Renames(
        codebase,
        team,
        flight,
        clock,
        users=users,
        files=refactored_files,
        keyboards=keyboards,
        at=at,
        timeout_ns=timeout_ns,
    )
    return team, renames, acts | {"apply_rename": renames.rename, "move_file": renames.move}
