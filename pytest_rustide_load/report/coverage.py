"""What of a backend a session asked about: of the methods it announces, and of the kinds of places there are.

Values in, lines out; knows nothing of terminals.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

from pytest_rustide_load.codebase import LANDMARK_KINDS
from pytest_rustide_load.report.results import LoadTestResults
from pytest_rustide_load.report.table import wrap
from pytest_rustide_load.workload import OPERATIONS

__all__ = ["render_coverage"]


def render_coverage(results: Sequence[LoadTestResults], *, width: int = 80) -> str:
    """For each backend of the session: how many of the methods it announces were asked, and which were not;
    the same of the kinds of places that questions were about. Ends without a newline."""
    lines: list[str] = []
    backends = dict.fromkeys(f"{one.backend.name} {one.backend.version}".rstrip() for one in results)
    for backend in backends:
        mine = [one for one in results if f"{one.backend.name} {one.backend.version}".rstrip() == backend]
        offered = {name for one in mine for name in one.offered}
        asked = {name for one in mine for name, part in one.operations.items() if part.error_stats.planned}
        methods = {OPERATIONS[name].method for name in offered}
        covered = {OPERATIONS[name].method for name in offered & asked}
        text = f"{backend}: {len(covered)} of {len(methods)} methods it announces were asked"
        lines += wrap(text, width, "  ")
        lines += _list("not asked", methods - covered, width)
        kinds: Counter[str] = Counter()
        for one in mine:
            kinds.update(one.landmark_kinds)
        if kinds:
            known = [kind for kind in LANDMARK_KINDS if kinds[kind]]
            lines.append(f"  {len(known)} of {len(LANDMARK_KINDS)} kinds of places were asked about")
            lines += _list("not asked about", set(LANDMARK_KINDS) - set(known), width)
    return "\n".join(lines)


def _list(title: str, names: Collection[str], width: int) -> list[str]:
    return wrap(f"{title}: {', '.join(sorted(names))}", width, "    ", first="  ") if names else []
