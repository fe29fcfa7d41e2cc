"""Every command of the documentation runs, and every scenario, budget, network and setting it shows is used:
typed.py says how each is shortened, and which are typed by other tests."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.blocks import ROOT, Block
from tests.docs.checks import are_tests, came_back, does_not_tell, fails_by_budgets, judged
from tests.docs.jobs import (
    Job,
    jobs_of_blocks,
    jobs_of_budgets,
    jobs_of_tests,
    lanes_of_commands,
    make_places,
    run,
)
from tests.docs.outputs import lanes_of_outputs
from tests.docs.shown import not_printed
from tests.docs.typed import APPENDED, BLOCKS, ELSEWHERE, NEWCOMER, SMALLEST, TYPED
from tests.plugin.test_tutorial import typed_by_a_newcomer

# What may end with 1 as well: it judges times of a machine that does other things, or after a second of load.
JUDGES = re.compile(
    r"selftest|budgets suggest --check|--benchmark-compare-fail|--load-compare=|--load-baseline"
    r"|(stress|monitor)_accuracy|live_cost"
)
# Which say themselves what may fail.
MAY_FAIL = (are_tests, came_back, fails_by_budgets, judged)


def test_what_shortens_commands_is_for_some_of_them():
    lines = [one.line for one in TYPED]
    for table in (APPENDED, ELSEWHERE):
        assert [pattern for pattern in table if not any(re.search(pattern, line) for line in lines)] == []
    folders = (ROOT / "tests/perf", ROOT / "tests/stats")
    scripts = {path.stem for folder in folders for path in folder.glob("*.py")}
    assert {name.split()[0] for name in SMALLEST} <= scripts


def test_the_tutorial_is_typed_by_the_test_of_a_newcomer():
    typed = [re.sub("['\"]", "", text) for text in typed_by_a_newcomer()]
    there = [one for one in TYPED if re.search(NEWCOMER, one.line)]
    assert [one.name for one in there if not any(one.line in text for text in typed)] == []
    assert len(there) > 8


def test_the_server_answers_over_stdin_and_stdout():
    [command] = [one for one in TYPED if one.line == "python -m pytest_rustide_load.reference_server"]
    asked = [
        {"id": 1, "method": "initialize", "params": {"processId": None, "rootUri": None, "capabilities": {}}},
        {"id": 2, "method": "shutdown"},
        {"method": "exit"},
    ]
    bodies = [json.dumps({"jsonrpc": "2.0", **one}).encode() for one in asked]
    done = subprocess.run(
        [sys.executable, *command.words[1:]],
        input=b"".join(b"Content-Length: %d\r\n\r\n%b" % (len(body), body) for body in bodies),
        capture_output=True,
        timeout=60,
        check=True,
    )
    assert b'"hoverProvider"' in done.stdout
    assert done.stdout.count(b"Content-Length: ") == 2


@pytest.fixture
def listening() -> Iterator[int]:
    """The port of a server that is started as it stands there."""
    [command] = [one for one in TYPED if "reference_server --tcp" in one.line]
    words = [sys.executable, *command.words[1:]]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as server:
        try:
            yield int(re.search(r"127\.0\.0\.1:(\d+)", server.stdout.readline())[1])
            assert server.poll() is None, "it was only connected to, and is to be left running"
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(timeout=20)


# One test, as workers of pytest-xdist would each run all of it for several.
def test_what_is_shown_runs(listening: int, tmp_path: Path):
    places = make_places(tmp_path / "pages")
    lanes = lanes_of_commands(places, listening, tmp_path / "demo")
    blocks = [
        *jobs_of_tests(tmp_path / "tests"),
        *jobs_of_blocks(places, tmp_path / "blocks"),
        *jobs_of_budgets(tmp_path / "budgets"),
    ]
    lanes += [*([job] for job in blocks), *lanes_of_outputs(places, tmp_path / "outputs")]
    assert left_out({job.name for job in blocks}) == []
    run(lanes, tmp_path)
    ran = [job for lane in lanes for job in lane]
    for job in sorted(ran, key=lambda job: -job.outcome["cpu_s"]):
        took, used, status = (job.outcome[name] for name in ("took_s", "cpu_s", "status"))
        kind = "drawn" if job.drawn else "real" if job.real else ""
        print(f"{took:5.2f} s, {used:5.2f} s of CPU, {kind:5} exit status {status}: {job.name}")
    problems = [problem for job in ran for problem in problems_of(job)]
    printed = "\n".join(job.outcome["output"] for job in ran)
    problems += [
        f"{block.name}: nothing prints: {line}" for block in BLOCKS for line in not_printed(block, printed)
    ]
    assert not problems, "\n\n".join(problems)
    assert len(ran) > 100
    assert sum(job.real for job in ran) > 30


def left_out(used: set[str]) -> list[str]:
    """Blocks of code that are in none of the jobs, and that no other test runs either."""
    lines = "\n".join(one.line for one in TYPED)

    def elsewhere(block: Block) -> bool:
        # By tests/workflows and tests/plugin/test_tutorial.py; in examples; by test_blocks.py; by its name.
        return (
            block.page in {"docs/ci.md", "docs/tutorial.md"}
            or (block.page == "docs/recovery.md" and block.kind == "python")
            or (block.kind == "python" and "run_scenario" not in block.text)
            or bool(block.file and f"pytest {block.file}" in lines)
        )

    code = [block for block in BLOCKS if block.kind not in {"sh", "text"}]
    return [block.name for block in code if block.name not in used and not elsewhere(block)]


def problems_of(job: Job) -> Iterator[str]:
    """What is not as it should be, with what was printed."""
    outcome = job.outcome
    told = f"{job.name}\n{job.line}\n{outcome['output'][-6000:]}"
    may_fail = JUDGES.search(job.line) or job.check in MAY_FAIL
    expected = (0, 1) if may_fail else job.expected
    # pytest-benchmark raises what it found.
    raised = "Traceback" in outcome["output"] and "Performance has regressed" not in outcome["output"]
    if outcome["status"] not in expected or raised:
        yield f"exit status {outcome['status']}: {told}"
        return
    # No load, or load with wrong answers, is no success.
    for result in (job.results or [{"operations": {}}]) if job.real else []:
        counts = [one["error_stats"] for one in result["operations"].values()]
        right, wrong = (sum(one[name] for one in counts) for name in ("ok", "wrong"))
        if "--ide-backend=rust-analyzer" in job.line and "rust-analyzer" not in result["backend"]["name"]:
            yield f"the backend is {result['backend']}: {told}"
        if not right or wrong or result["ended"] != "complete":
            yield f"{right} right and {wrong} wrong answers: {told}"
    seen = outcome["seen"]
    if job.visit and not (
        seen
        and seen["performance"]["operations"]
        and seen["health"]["status"] in {"running", "alert"}
        and "<title>" in seen["page"]
        and "# TYPE " in seen["metrics"]
    ):
        yield f"the live view told {seen}: {told}"
    for check in (does_not_tell, job.check):
        yield from (f"{problem}: {told}" for problem in (check(job) if check else ()))
