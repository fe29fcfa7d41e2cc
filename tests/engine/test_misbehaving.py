"""Whatever a server does becomes a classified result within its time-out, and no process stays."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from pytest_rustide_load.backends import start_process, transport
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
    duration_s=0.25,
    patterns=(OperationPattern("definition", Range(80, 80)),),
)
# Of a server that does not answer; one that does has its time, however busy the machine is.
SILENCE_S = 0.4
PATIENCE_S = 8.0


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
    ("fault", "error", "timeout_s"),
    [
        ("exits-at-start", Crashed, PATIENCE_S),
        ("never-answers-initialize", NotReady, SILENCE_S),
        ("error-to-initialize", NotReady, PATIENCE_S),
        ("garbage-before-header", Crashed, PATIENCE_S),
        ("missing-content-length", Crashed, PATIENCE_S),
        ("negative-content-length", Crashed, PATIENCE_S),
        ("huge-content-length", Crashed, PATIENCE_S),
        ("half-a-frame", NotReady, SILENCE_S),
    ],
)
def test_a_server_that_fails_the_handshake_is_a_backend_error(fault, error, timeout_s, tmp_path):
    async def work(session, _process):
        began_s = time.monotonic()
        with pytest.raises(BackendError) as caught:
            await session.initialize(tmp_path, timeout_s=timeout_s)
        assert type(caught.value) is error
        assert time.monotonic() - began_s < 3

    with_server(fault, tmp_path, work)


def test_a_server_that_never_gets_ready_is_not_ready_and_says_what_it_said_last(tmp_path):
    async def work(session, _process):
        await session.initialize(tmp_path, timeout_s=5)

        async def canary(_session):
            return ""

        with pytest.raises(NotReady, match="still loading"):
            await wait_until_ready(session, RealClock(), canary=canary, timeout_s=SILENCE_S)

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
    "garbage-in-mid-run": ({Outcome.EMPTY, Outcome.CRASHED}, {"protocol_errors": 1}, "crashed"),
    "negative-length-in-mid-run": ({Outcome.EMPTY, Outcome.CRASHED}, {"protocol_errors": 1}, "crashed"),
    "huge-length-in-mid-run": ({Outcome.EMPTY, Outcome.CRASHED}, {"protocol_errors": 1}, "crashed"),
    "length-too-small": ({Outcome.CRASHED}, {"malformed_messages": 1, "protocol_errors": 1}, "crashed"),
    "empty-body": ({Outcome.EMPTY}, {"malformed_messages": 1}, "complete"),
    "text-id": ({Outcome.TIMEOUT}, {"unknown_replies": 1}, "complete"),
    "batch": ({Outcome.TIMEOUT}, {"malformed_messages": 1}, "complete"),
    "asks-what-nobody-knows": ({Outcome.EMPTY}, {"server_requests": 100}, "complete"),
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
        timeout_s = SILENCE_S if Outcome.TIMEOUT in outcomes else PATIENCE_S
        scenario = replace(SCENARIO, request_timeout_s=timeout_s)
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
    assert record.generator.planned == len(record.samples) == sum(seen.values())
    for name, at_least in counters.items():
        assert getattr(counted, name) >= at_least


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        ("exits-at-start", "I do not want to"),
        ("garbage-before-header", "Hello! I am a language server."),
        ("error-to-initialize", "no licence"),
    ],
)
def test_a_load_test_on_a_server_that_fails_is_exit_status_one_and_says_why(fault, why, pytester):
    pytester.makepyfile(
        """
        def test_load(rust_codebase, ide_backend, run_scenario):
            run_scenario("individual-developer", backend=ide_backend(rust_codebase(loc=1_000)), duration_s=1)
        """
    )
    # The directory is there to be found by.
    command = f"--ide-backend=cmd:{sys.executable} -S -E {SERVER} {fault} {pytester.path}"
    result = pytester.run(sys.executable, "-m", "pytest", "-p", "no:cacheprovider", command, timeout=60)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert why in result.stdout.str()
    lines = (process.info["cmdline"] or () for process in psutil.process_iter(["cmdline"]))
    assert not [line for line in lines if str(SERVER) in line and str(pytester.path) in line]


def test_answers_that_nobody_reads_do_not_gather_for_ever(tmp_path, monkeypatch):
    monkeypatch.setattr(transport, "_MAX_BACKLOG_BYTES", 16 << 20)

    async def work(session, process):
        await session.initialize(tmp_path, timeout_s=60)
        before = psutil.Process().memory_info().rss
        with pytest.raises(Crashed, match="it stopped reading: more than 16 MiB were waiting"):
            await session.request("textDocument/definition", {}, timeout_s=120)
        assert session.counters.server_requests > 1_000
        assert psutil.Process().memory_info().rss - before < 75_000_000

    with_server("asks-endlessly-and-never-reads", tmp_path, work)


def test_a_flood_and_a_huge_answer_leave_memory_bounded(tmp_path):
    own = psutil.Process()
    highest = before = own.memory_info().rss
    done = threading.Event()

    def watch():
        nonlocal highest
        while not done.wait(0.01):
            highest = max(highest, own.memory_info().rss)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        test_a_run_against_any_server_ends_classified_with_nothing_lost("log-flood", tmp_path)
        test_a_run_against_any_server_ends_classified_with_nothing_lost("hundred-megabyte-answer", tmp_path)
    finally:
        done.set()
        watcher.join()
    assert highest - before < 100_000_000
