"""The users of a run, each on a session of its own. Knows nothing of what they are to do when."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pytest_rustide_load.codebase import Codebase
from pytest_rustide_load.codebase.foreign import ForeignCodebase
from pytest_rustide_load.engine.expected import Expected
from pytest_rustide_load.engine.session import Session
from pytest_rustide_load.engine.user import User
from pytest_rustide_load.workload import Scenario

__all__ = ["make_users"]


def make_users(
    scenario: Scenario,
    codebase: Codebase | ForeignCodebase,
    sessions: Sequence[Session],
    roots: Sequence[Path],
    *,
    seed: int,
    numbers: Sequence[int] | None = None,
) -> list[User]:
    """Those of `numbers`, of all sessions where it is None. What is right is worked out once for each
    encoding of positions."""
    expected = {
        encoding: Expected(codebase, encoding)
        for encoding in sorted({session.position_encoding for session in sessions})
    }
    return [
        User(
            number,
            scenario.of_user(number),
            codebase,
            session=session,
            root=root,
            seed=seed,
            expected=expected[session.position_encoding],
        )
        for number, session, root in zip(numbers or range(len(sessions)), sessions, roots, strict=True)
    ]
