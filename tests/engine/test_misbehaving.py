"""Whatever a server does becomes a classified result within its time-out, and no process stays."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from pytest_rustide_load.backends import start_process
from pytest_rustide_load.codebase import CodebaseSpec, generate_codebase
from pytest_rustide_load.engine import RealClock, ScenarioRun, Session, new_event_loop, wait_until_ready
from pytest_rustide_load.errors import BackendError, Crashed, NotReady
from pytest_rustide_load.ports import BackendInfo
from pytest_rustide_load.stats import Outcome
from pytest_rustide_load.stats.samples import NEVER
from pytest_rustide_load.workload import OperationPattern, Range, Scenario

SERVER = Path(__file__).parent.parent / "servers" / "misbehaving.py"
CODEBASE = generate_codebase(CodebaseSpec(seed=1, loc=1_000))
SCENARIO = Scenario(
    name="catalogue",
    description="",
    warm_up_s=0,
    duration_s=0.5,
    request_timeout_s=0.4,
    patterns=(OperationPattern("definition", Range(40, 40)),),
)


def with_server(fault, tmp_path, work):
    """Run `work(session, process)` on a server with `fault`; then nothing of it may be left."""
    info = BackendInfo("bad", "", (sys.executable, "-S", "-E", str(SERVER), fault))

    async def run():
        process = await start_process(info, os.environ, tmp_path)
        session = Session(process.transport(), RealClock())
        tree = []
        try:
            try:
                return await work(session, process)
            finally:
                tree += (
                    psutil.Process(process.pid).children(recursive=True) if process.exit_code is None else []
                )
                await session.shutdown(timeout_s=0.5)
        finally:
            await process.stop(grace_s=0.2)
            assert process.exit_code is not None
            _, alive = psutil.wait_procs(tree, timeout=3)
            assert not [left for left in alive if left.status() != psutil.STATUS_ZOMBIE]

    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        return runner.run(run())


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("exits-at-start", Crashed),
        ("never-answers-initialize", NotReady),
        ("error-to-initialize", NotReady),
        ("garbage-before-header", Crashed),
        ("missing-content-length", Crashed),
        ("negative-content-length", Crashed),
        ("huge-content-length", Crashed),
        ("half-a-frame", NotReady),
    ],
)
def test_a_server_that_fails_the_handshake_is_a_backend_error(fault, error, tmp_path):
    async def work(session, _process):
        began_s = time.monotonic()
        with pytest.raises(BackendError) as caught:
            await session.initialize(tmp_path, timeout_s=1.0)
        assert type(caught.value) is error
        assert time.monotonic() - began_s < 3

    with_server(fault, tmp_path, work)


def test_a_server_that_never_gets_ready_is_not_ready_and_says_what_it_said_last(tmp_path):
    async def work(session, _process):
        await session.initialize(tmp_path, timeout_s=5)

        async def canary(_session):
            return ""

        with pytest.raises(NotReady, match="still loading"):
            await wait_until_ready(session, RealClock(), canary=canary, timeout_s=1.0)

    with_server("never-ready", tmp_path, work)


# What becomes of the requests, the counters that tell why, and how the run ends.
CATALOGUE = {
    "none": ({Outcome.EMPTY}, {}, "complete"),
    "bytes-one-at-a-time": ({Outcome.EMPTY}, {}, "complete"),
    "log-flood": ({Outcome.EMPTY}, {"notifications": 200_000}, "complete"),
    "stderr-flood": ({Outcome.EMPTY}, {}, "complete"),
    "asks-and-never-listens": ({Outcome.EMPTY}, {"server_requests": 100}, "complete"),
    "duplicate-reply": ({Outcome.EMPTY}, {"duplicate_replies": 1}, "complete"),
    "reply-to-nothing": ({Outcome.EMPTY}, {"unknown_replies": 1}, "complete"),
    "error-without-code": ({Outcome.ERROR}, {}, "complete"),
    "error-that-is-none": ({Outcome.ERROR}, {}, "complete"),
    "neither-result-nor-error": ({Outcome.EMPTY}, {}, "complete"),
    "invalid-utf8": ({Outcome.WRONG}, {}, "complete"),
    "nested-beyond-measure": ({Outcome.TIMEOUT}, {"malformed_messages": 1}, "complete"),
    "half-an-answer": ({Outcome.EMPTY, Outcome.TIMEOUT}, {}, "complete"),
    "stops-reading": ({Outcome.TIMEOUT}, {}, "complete"),
    "invalid-json": ({Outcome.TIMEOUT}, {"malformed_messages": 1}, "complete"),
    "wrong-id": ({Outcome.TIMEOUT}, {"unknown_replies": 1}, "complete"),
    "null-id": ({Outcome.TIMEOUT}, {"unknown_replies": 1}, "complete"),
    "hangs-in-mid-run": ({Outcome.EMPTY, Outcome.TIMEOUT}, {}, "complete"),
    "exits-in-mid-run": ({Outcome.EMPTY, Outcome.CRASHED}, {}, "crashed"),
    "closes-stdout-but-lives": ({Outcome.EMPTY, Outcome.CRASHED}, {}, "crashed"),
    "hundred-megabyte-answer": ({Outcome.EMPTY, Outcome.CRASHED}, {"protocol_errors": 1}, "crashed"),
    "hangs-on-shutdown": ({Outcome.EMPTY}, {}, "complete"),
    "hangs-on-exit": ({Outcome.EMPTY}, {}, "complete"),
    "ignores-sigterm": ({Outcome.EMPTY}, {}, "complete"),
    "leaves-a-child": ({Outcome.EMPTY}, {}, "complete"),
}


@pytest.mark.parametrize("fault", CATALOGUE)
def test_a_run_against_any_server_ends_classified_with_nothing_lost(fault, tmp_path):
    outcomes, counters, ended = CATALOGUE[fault]

    async def work(session, _process):
        await session.initialize(tmp_path, timeout_s=10)
        scenario = replace(SCENARIO, request_timeout_s=8.0) if "flood" in fault else SCENARIO
        one = ScenarioRun(
            scenario, codebase=CODEBASE, sessions=[session], roots=[tmp_path], clock=RealClock(), seed=1
        )
        await asyncio.wait_for(one.run(), timeout=20)
        return one.record(), session.counters

    record, counted = with_server(fault, tmp_path, work)
    seen = Counter(sample.outcome for sample in record.samples)
    assert set(seen) == outcomes
    assert record.ended == ended
    assert len(record.samples) == sum(sample.sent_ns != NEVER for sample in record.samples)
    for name, at_least in counters.items():
        assert getattr(counted, name) >= at_least


def test_answers_that_nobody_reads_do_not_gather_for_ever(tmp_path):
    async def work(session, process):
        await session.initialize(tmp_path, timeout_s=10)
        before = psutil.Process().memory_info().rss
        with pytest.raises(Crashed, match="it stopped reading"):
            await session.request("textDocument/definition", {}, timeout_s=30)
        assert session.counters.server_requests > 1_000
        assert psutil.Process().memory_info().rss - before < 300_000_000

    with_server("asks-endlessly-and-never-reads", tmp_path, work)


def test_a_flood_and_a_huge_answer_leave_memory_bounded(tmp_path):
    own = psutil.Process()
    before = own.memory_info().rss
    test_a_run_against_any_server_ends_classified_with_nothing_lost("log-flood", tmp_path)
    test_a_run_against_any_server_ends_classified_with_nothing_lost("hundred-megabyte-answer", tmp_path)
    assert own.memory_info().rss - before < 100_000_000
