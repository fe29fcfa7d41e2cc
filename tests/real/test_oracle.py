"""The oracle against real servers: every landmark of three seeds, one question after the other."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from pathlib import Path

import msgspec
import pytest

from pytest_rustide_load.backends import parse_backend_choice, resolve_launcher
from pytest_rustide_load.codebase import Codebase, CodebaseSpec, generate_codebase
from pytest_rustide_load.engine import RealClock, new_event_loop
from pytest_rustide_load.engine.checks import Checker
from pytest_rustide_load.plugin.backend import IdeBackend, start, stop
from pytest_rustide_load.stats import Outcome
from pytest_rustide_load.workload import OPERATIONS
from pytest_rustide_load.workspaces import materialise

SEEDS = (1, 2, 3)
LOC = 1_500
BACKENDS = [pytest.param("rust-analyzer", marks=pytest.mark.real_backend), "embedded"]


async def _ask_everything(
    backend: IdeBackend, codebase: Codebase, operations: tuple[str, ...]
) -> tuple[Counter, list]:
    """Outcomes by operation, and what was said about those that are not OK."""
    root = backend.workspace
    checker = Checker(codebase, root, backend.session.position_encoding, {})
    outcomes: Counter = Counter()
    complaints: list[str] = []

    async def ask(operation, landmark, path, params):
        result = await backend.session.request(OPERATIONS[operation].method, params, timeout_s=30)
        raw = msgspec.Raw(msgspec.json.encode(result))
        outcome, why = checker.check(operation, landmark, path, {}, raw)
        outcomes[operation, outcome] += 1
        if outcome != Outcome.OK:
            complaints.append(why or f"{operation}: {outcome.name} at {landmark or path}")

    for landmark in codebase.oracle.landmarks():
        position = {
            "line": landmark.line,
            "character": checker.column(landmark.path, landmark.line, landmark.column),
        }
        at = {"textDocument": {"uri": (root / landmark.path).as_uri()}, "position": position}
        for operation in operations:
            if operation == "completion" and not codebase.oracle.completions(landmark):
                continue
            extra = {"context": {"includeDeclaration": False}} if operation == "references" else {}
            await ask(operation, landmark, landmark.path, {**at, **extra})
    for path in codebase.rust_paths:
        await ask("document_symbols", None, path, {"textDocument": {"uri": (root / path).as_uri()}})
    return outcomes, complaints


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("backend_name", BACKENDS)
def test_every_answer_on_every_landmark_is_what_the_oracle_says(
    backend_name: str, seed: int, tmp_path: Path
) -> None:
    codebase = generate_codebase(CodebaseSpec(seed=seed, loc=LOC))
    launcher = resolve_launcher(parse_backend_choice(backend_name), environ=os.environ)

    async def run():
        backend = await start(
            launcher,
            codebase,
            tmp_path / "workspace",
            RealClock(),
            write=lambda target: materialise(codebase, target),
            on_status=lambda _: None,
        )
        try:
            operations = ("definition", "references", "hover", "completion")
            return await _ask_everything(backend, codebase, operations)
        finally:
            await stop(backend)

    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        outcomes, complaints = runner.run(run())
    assert not complaints, "\n".join(complaints[:20])
    assert outcomes["definition", Outcome.OK] == len(codebase.oracle.landmarks())
    assert outcomes["references", Outcome.OK] == len(codebase.oracle.landmarks())
