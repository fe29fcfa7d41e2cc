"""A pytest plugin, `-p tests.simulated_runs`: load tests whose backends are drawn instead of run.

Everything is as always, from the command line to the exit status, but for what takes time: no process is
started and no request sent. What a run leaves behind, its record, is drawn from a distribution. So the
whole gate can be held against backends whose true change is known, hundreds of times over.

A backend is what its command line says:

    --ide-backend="cmd:true --slower=hover=10% --run-noise=1.4%"

`--slower=OPERATION=SHARE` (or all=SHARE) is the change that is to be found, `--run-noise=SHARE` by how much
runs differ (a deviation of logarithms), `--machine-noise=SHARE` by how much the machine does from run to run,
`--day-noise=SHARE` from one `--day=N` to another; both show in the calibration too, unless `--uncalibrated`.
`--gone=OPERATION` answers no such request, `--late=SHARE` makes the generator the bottleneck of so many
runs, `--unstressed=SHARE` lets so many miss a stress, and `--crash=SHARE` so many crash.
"""

from __future__ import annotations

import math
import re
import zlib
from collections.abc import Sequence
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from pytest_rustide_load.plugin.backend import IdeBackend
from pytest_rustide_load.plugin.pressure import Pressure
from pytest_rustide_load.report import StressFigure
from pytest_rustide_load.stats.record import (
    GeneratorStats,
    PartOfRun,
    ResourceSample,
    RunRecord,
    SafetyMetrics,
)
from pytest_rustide_load.stats.samples import Outcome, PhaseKind, SampleLog

SIGMA = 0.5
RHO = 0.5
MEDIAN_NS = 20_000_000
# Of those who ask again when they have an answer.
CLOSED_PER_S = 10
# An autoregression of first order as a moving average; what lies further back is below 1e-12.
WEIGHTS = math.sqrt(1 - RHO**2) * RHO ** np.arange(40)


def draw_latencies(random: np.random.Generator, count: int, shift: float) -> np.ndarray:
    """Log-normal latencies (deviation of logarithms 0.5) around exp(shift), with a lag-1 autocorrelation of
    0.5; of shape (count,)."""
    noise = random.normal(size=count + len(WEIGHTS) - 1)
    return np.exp(SIGMA * np.convolve(noise, WEIGHTS, mode="valid") + shift)


class Machine:
    """How slow the machine is at the moment (a logarithm), whether that shows in the calibration, and whether
    the stress of the run is what was asked for."""

    slowness = 0.0
    stressed = True
    calibrated = True


def _patterns(scenario: Any) -> list[Any]:
    """What is done all the time; where nothing is, what the first user does, or is done in any stage."""
    if scenario.patterns:
        return list(scenario.patterns)
    later = [pattern for stage in scenario.stages for pattern in stage.patterns]
    return list({one.operation: one for one in (*later, *scenario.of_user(0).patterns)}.values())


class SimulatedRun:
    """engine.ScenarioRun with a drawn record."""

    renames = None

    def __init__(
        self, scenario: Any, *, sessions: Sequence[Any], seed: int, duration_s: float | None, **_: Any
    ) -> None:
        self.scenario = scenario
        self.backend = sessions[0]
        self.seed = seed
        self.duration_s = duration_s or scenario.duration_s
        # What a backend is drawn as lies in no place of its own: where it does, this differs from run to run.
        side = zlib.crc32(" ".join(self.backend.command).rpartition("/tools/")[2].encode())
        # Both of a pair have one plan and noise of their own, also where they are the same.
        self.random = np.random.default_rng([seed, side, self.backend.number])
        day = np.random.default_rng([self.backend.day, zlib.crc32(scenario.name.encode())])
        Machine.slowness = (
            self.random.normal() * self.backend.machine_noise + day.normal() * self.backend.day_noise
        )
        Machine.calibrated = self.backend.calibrated
        # Of its own, so that what befalls a run leaves its figures as they are.
        fate = np.random.default_rng([seed, side, self.backend.number, 1])
        Machine.stressed = fate.random() >= self.backend.unstressed
        self.crashes = fate.random() < self.backend.crash

    async def run(self) -> None:
        """Takes no time."""

    def so_far(self) -> None:
        """Nobody watches."""

    def record(self) -> RunRecord:
        start_ns, end_ns = 1_000_000_000, int((1 + self.duration_s) * 1e9)
        patterns = _patterns(self.scenario)
        samples = SampleLog([*(one.operation for one in patterns), "startup"])
        # What the whole run has in common, the machine included.
        common = self.random.normal() * self.backend.run_noise + Machine.slowness
        for code, pattern in enumerate(patterns):
            if pattern.operation in self.backend.gone:
                continue
            rate_per_s = pattern.rate_per_s.high or CLOSED_PER_S
            count = round(rate_per_s * self.duration_s)
            if not count:
                continue
            slower = self.backend.slower.get(pattern.operation, self.backend.slower.get("all", 0.0))
            latencies = draw_latencies(self.random, count, common + math.log1p(slower)) * MEDIAN_NS
            due = np.linspace(start_ns, end_ns, count, endpoint=False).astype(np.int64)
            for at, latency in zip(due.tolist(), latencies.astype(np.int64).tolist(), strict=True):
                samples.finish(samples.add(code, 0, PhaseKind.MEASURE, at, at), at + latency, Outcome.OK)
        late = self.random.random() < self.backend.late
        rss = int(500e6 * math.exp(self.random.normal() * 0.005))
        return RunRecord(
            scenario=self.scenario.name,
            seed=self.seed,
            started_at_utc=datetime.now(UTC).isoformat(),
            start_ns=start_ns,
            measure_start_ns=start_ns,
            measure_end_ns=end_ns,
            end_ns=end_ns,
            samples=samples,
            generator=GeneratorStats(
                planned=len(samples),
                sent=len(samples),
                dropped=0,
                offered_per_s=len(samples) / self.duration_s,
                achieved_per_s=len(samples) / self.duration_s,
                send_lag_p50_ns=0,
                send_lag_p99_ns=0,
                send_lag_max_ns=0,
                cpu_ratio=0.1,
                littles_law_error_ratio=0.0,
                bottleneck_reasons=("it sent p95 99 ms late",) if late else (),
            ),
            ended="crashed" if self.crashes else "complete",
            crash_message="it closed its output" if self.crashes else "",
            safety=SafetyMetrics(),
            parts=tuple(PartOfRun(*part) for part in self.scenario.parts),
            resources=tuple(
                ResourceSample(at, rss, at // 10, 1, 1, at // 20, 50_000_000) for at in (start_ns, end_ns)
            ),
        )


class _Stress(Pressure):
    """None is put on; where a run is to miss one, that is what is reported."""

    def figures(self) -> tuple[StressFigure, ...]:
        missed = StressFigure(kind="cpu", unit="%", asked=90, achieved=40, reached=False)
        return () if Machine.stressed else (missed,)


class _NothingToWatch:
    probe = None
    rules = ()

    def __init__(self, *_: object, **__: object) -> None:
        pass

    async def around(self, work: Any, *_: object) -> None:
        await work

    def observed(self, record: RunRecord) -> RunRecord:
        return record

    def endpoints(self, *_: object) -> None:
        """None were asked."""


_started = 0


def _start_backend(runtime: Any, codebase: Any, *, launcher: Any = None, **_: Any) -> Any:
    global _started  # noqa: PLW0603
    _started += 1
    info = (launcher or runtime.launcher).info
    text = " ".join(info.command)

    def share(name: str) -> float:
        found = re.search(rf"--{name}=([0-9.]+)%", text)
        return float(found[1]) / 100 if found else 0.0

    session = SimpleNamespace(
        closed=False,
        number=_started,
        command=info.command,
        slower={name: float(value) / 100 for name, value in re.findall(r"--slower=(\w+)=([0-9.]+)%", text)},
        gone=set(re.findall(r"--gone=(\w+)", text)),
        run_noise=share("run-noise"),
        machine_noise=share("machine-noise"),
        day_noise=share("day-noise"),
        calibrated="--uncalibrated" not in text,
        day=int((re.search(r"--day=(\d+)", text) or [0, 0])[1]),
        late=share("late"),
        unstressed=share("unstressed"),
        crash=share("crash"),
    )
    running = SimpleNamespace(
        pid=0, backend_pid=0, started_ns=0, info=info, exit_code=None, stderr_tail=lambda: ""
    )
    # A backend as others are, with nothing behind it.
    nothing: Any = None
    return IdeBackend(
        codebase=codebase,
        workspace=nothing,
        running=cast(Any, running),
        session=cast(Any, session),
        readiness=cast(Any, SimpleNamespace(ready_ns=MEDIAN_NS, quiescent_ns=None)),
        probe=None,
        way=nothing,
    )


def pytest_configure(config: pytest.Config) -> None:
    from pytest_rustide_load.plugin import measure, runtime

    measure.ScenarioRun = SimulatedRun  # type: ignore[misc,assignment]
    measure.Watching = _NothingToWatch  # type: ignore[misc,assignment]
    measure.Pressure = _Stress  # type: ignore[misc]
    measure.calibrate = lambda _: math.exp(Machine.slowness if Machine.calibrated else 0.0)
    runtime.Runtime.start_backend = _start_backend  # type: ignore[method-assign]
    runtime.Runtime.stop_backend = lambda *_: None  # type: ignore[method-assign]
