"""Editors that drive rust-analyzer: right answers, nothing lost, deltas really asked."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from pathlib import Path

import pytest

from pytest_rustide_load.backends import parse_backend_choice, resolve_launcher
from pytest_rustide_load.codebase import CodebaseSpec, generate_codebase
from pytest_rustide_load.engine import RealClock, ScenarioRun, new_event_loop
from pytest_rustide_load.plugin.backend import start, stop
from pytest_rustide_load.stats import Outcome, RunRecord
from pytest_rustide_load.workload import OperationPattern, Range, Scenario
from pytest_rustide_load.workload.edits import EditMix
from pytest_rustide_load.workspaces import materialise

pytestmark = pytest.mark.real_backend
CODEBASE = generate_codebase(CodebaseSpec(seed=5, loc=2_000))


def typing(editor: str) -> Scenario:
    return Scenario(
        name=f"typing in {editor}",
        description="",
        warm_up_s=1,
        duration_s=5,
        editor=editor,
        edits=EditMix(),
        patterns=(OperationPattern("edit", Range(6, 6)), OperationPattern("hover", Range(2, 2))),
    )


@pytest.mark.parametrize("editor", ["vscode", "neovim", "helix"])
def test_an_editor_gets_right_answers_and_loses_nothing(editor: str, tmp_path: Path) -> None:
    async def work() -> RunRecord:
        clock = RealClock()
        backend = await start(
            resolve_launcher(parse_backend_choice("rust-analyzer"), environ=os.environ).launch,
            CODEBASE,
            tmp_path / "workspace",
            clock,
            write=lambda target: materialise(CODEBASE, target),
            on_status=lambda _status: None,
            editor=editor,
        )
        try:
            run = ScenarioRun(
                typing(editor),
                codebase=CODEBASE,
                sessions=[backend.session],
                roots=[backend.workspace],
                clock=clock,
                seed=3,
            )
            await run.run()
            return run.record()
        finally:
            await stop(backend)

    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        record = runner.run(work())
    assert record.ended == "complete"
    outcomes = Counter((sample.operation, sample.outcome) for sample in record.samples)
    wrong = {key: count for key, count in outcomes.items() if key[1] in (Outcome.WRONG, Outcome.TIMEOUT)}
    assert not wrong, record.first_wrong
    assert not [key for key in outcomes if key[1] == Outcome.ERROR]
    assert record.safety.lost_edits == 0
    assert record.safety.documents_compared >= 1
    assert outcomes["edit", Outcome.OK] == pytest.approx(36, abs=2)
    asked = {operation for operation, _ in outcomes}
    if editor != "helix":
        # The first answer brings an id, every further question is a delta.
        assert "semantic_tokens_delta" in asked
    assert len(asked) > 4
