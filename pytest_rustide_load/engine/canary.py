"""The question that shows a backend to be ready: a definition whose place the oracle knows.

Knows nothing of how long to wait for the right answer.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from pytest_rustide_load.codebase import Codebase, Landmark
from pytest_rustide_load.codebase.foreign import ForeignCodebase
from pytest_rustide_load.engine.checks import Checker
from pytest_rustide_load.engine.readiness import Canary
from pytest_rustide_load.engine.session import Session
from pytest_rustide_load.stats.samples import Outcome

__all__ = ["make_canary"]

_TIMEOUT_S = 30.0
_CANDIDATES = 64


def make_canary(codebase: Codebase | ForeignCodebase, root: Path) -> Canary:
    """A canary on the copy of `codebase` at `root`: a landmark whose definition lies in another file (which
    takes a loaded workspace to find), or any at all. Where no answer is known, some answer to most of a
    number of questions."""
    if isinstance(codebase, ForeignCodebase):
        return _some_answers(codebase, root)
    landmark = _far_landmark(codebase)

    async def ask(session: Session) -> str:
        outcome, why = await _definition(session, codebase, root, landmark)
        if outcome == Outcome.OK:
            return ""
        return why or "the answer to a question with a known answer was empty"

    return ask


def _far_landmark(codebase: Codebase) -> Landmark:
    """A use of something that is declared in another file. Of a few: a large codebase has a million."""
    oracle = codebase.oracle
    found = [
        landmark
        for kind in ("function_call", "type_use", "method_call", "local")
        for landmark in oracle.sample_landmarks(_CANDIDATES, kind, seed=0)
    ]
    if not found:
        raise ValueError("a codebase without landmarks gives no canary")
    far = (one for one in found if all(place.path != one.path for place in oracle.definition(one)))
    return next(far, found[0])


def _some_answers(codebase: ForeignCodebase, root: Path) -> Canary:
    probes = codebase.oracle.probes()
    if not probes:
        raise ValueError("a codebase without landmarks gives no canary")

    async def ask(session: Session) -> str:
        answered = 0
        for probe in probes:
            outcome, _ = await _definition(session, codebase, root, probe)
            answered += outcome == Outcome.OK
        if answered * 2 >= len(probes):
            return ""
        return f"only {answered} of {len(probes)} questions about definitions had an answer"

    return ask


async def _definition(
    session: Session, codebase: Codebase | ForeignCodebase, root: Path, landmark: Landmark
) -> tuple[Outcome, str]:
    """Ask for the definition at `landmark`, and judge the answer."""
    checker = Checker(codebase, root, session.position_encoding, {})
    position = {
        "line": landmark.line,
        "character": checker.column(landmark.path, landmark.line, landmark.column),
    }
    params = {"textDocument": {"uri": (root / landmark.path).as_uri()}, "position": position}
    result = await session.request("textDocument/definition", params, timeout_s=_TIMEOUT_S)
    raw = msgspec.Raw(msgspec.json.encode(result))
    return checker.check("definition", landmark, landmark.path, {}, raw)
