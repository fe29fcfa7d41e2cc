"""Who of a team commits which document. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

__all__ = ["share_out"]


def share_out(held: Sequence[Sequence[str]]) -> dict[str, int]:
    """Whose each document is, by the documents that each user has open: as many users as can have one to
    commit have one (a maximum matching, by augmenting paths), and the rest belong to whoever comes first."""
    owner: dict[str, int] = {}
    theirs: dict[int, str] = {}
    for number in range(len(held)):
        _find_one(number, held, owner, theirs)
    for number, paths in enumerate(held):
        for path in paths:
            owner.setdefault(path, number)
    return owner


def _find_one(
    number: int, held: Sequence[Sequence[str]], owner: dict[str, int], theirs: dict[int, str]
) -> None:
    """Give a user a document, for which others may have to take another one of theirs."""
    wanted_by: dict[str, int] = {}
    asked = deque([number])
    while asked:
        user = asked.popleft()
        for path in held[user]:
            # Nobody commits what is not Rust.
            if path in wanted_by or not path.endswith(".rs"):
                continue
            wanted_by[path] = user
            if path not in owner:
                _hand_on(path, wanted_by, owner, theirs)
                return
            asked.append(owner[path])


def _hand_on(path: str, wanted_by: dict[str, int], owner: dict[str, int], theirs: dict[int, str]) -> None:
    """Whoever wanted `path` takes it, and leaves theirs to whoever wanted that."""
    free: str | None = path
    while free is not None:
        taker = wanted_by[free]
        left = theirs.get(taker)
        owner[free], theirs[taker] = taker, free
        free = left
