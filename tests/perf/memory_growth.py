"""Memory of the generator during a long run: run as a script, prints it every so often and what it grew by.

    python tests/perf/memory_growth.py [SECONDS] [RATE_PER_S]

What the run records grows, 32 bytes an operation for its sample and 21 for the version it was asked at, and
is subtracted; columns that grow hold some sixteenth more. The number of live blocks of Python's own
allocator must not grow at all. The first tenth of the run is warm-up.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

import psutil

from pytest_rustide_load.cli.generator_figures import _session
from pytest_rustide_load.codebase import CodebaseSpec, generate_codebase
from pytest_rustide_load.engine import Progress, RealClock, ScenarioRun, new_event_loop
from pytest_rustide_load.workload import OperationPattern, Range, Scenario

RECORD_BYTES = 32 + 21


async def main(seconds: float, rate_per_s: float) -> None:
    own = psutil.Process()
    scenario = Scenario(
        name="memory",
        description="",
        warm_up_s=0,
        duration_s=seconds,
        patterns=(OperationPattern("definition", Range(rate_per_s, rate_per_s)),),
    )
    seen: list[tuple[float, int]] = []
    next_s = seconds / 10

    def on_progress(state: Progress) -> None:
        nonlocal next_s
        if state.elapsed_s >= next_s:
            next_s += seconds / 10
            rss = own.memory_info().rss
            seen.append((state.elapsed_s, rss - RECORD_BYTES * state.answered))
            blocks = sys.getallocatedblocks()
            figures = f"{state.answered:>9,} answers  {rss / 1e6:7.1f} MB  {blocks:>9,} blocks"
            print(f"{state.elapsed_s:6.0f} s  {figures}", flush=True)

    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory)
        async with _session(root) as session:
            run = ScenarioRun(
                scenario,
                codebase=generate_codebase(CodebaseSpec(seed=1, loc=2_000)),
                sessions=[session],
                roots=[root],
                clock=RealClock(),
                seed=1,
                on_progress=on_progress,
            )
            await run.run()
    grown = seen[-1][1] - seen[0][1]
    span_s = seen[-1][0] - seen[0][0]
    print(f"beyond its record it grew by {grown / 1e6:.1f} MB in {span_s:.0f} s")


if __name__ == "__main__":
    arguments = [float(text) for text in sys.argv[1:]]
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(main(*(arguments + [600.0, 1_000.0][len(arguments) :])))
