"""Where a run on agents stands: the same as from single samples, a second or two later."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from pytest_rustide_load.report.alerts import alert_report
from pytest_rustide_load.report.live import LiveState
from pytest_rustide_load.report.live_counts import AgentSoFar, CountedFigures
from pytest_rustide_load.report.prometheus import render_prometheus
from pytest_rustide_load.stats import Outcome, PhaseKind, SampleLog
from pytest_rustide_load.stats.tally import LATENCY, Tally, tally_of
from pytest_rustide_load.stats.watch import RunSoFar, watch_run
from pytest_rustide_load.stats.watch_counts import CountsWatch
from tests.report.html import samples
from tests.report.html.samples import MEDIANS_MS, MS, S
from tests.report.test_live import RULES

AGENTS = 2
# The first ten seconds of the measured time are taken for a warm-up of as long.
WARM_UP_S = 10


class Told:
    """A finished run that happens again on two agents, who tell each second what ended in it."""

    def __init__(self, run) -> None:
        self.run = run
        self.columns = dict(run.samples.columns())
        self.measure_ns = run.measure_start_ns + WARM_UP_S * S
        early = self.columns["intended_ns"] < self.measure_ns
        phases = np.where(early, int(PhaseKind.WARM_UP), int(PhaseKind.MEASURE))
        self.columns["phase"] = phases
        self.whole = Tally()
        self.followers = [(Tally(), Tally()) for _ in range(2)]
        self.resources = []
        self.lost = ""
        so_far = RunSoFar(
            SampleLog(run.samples.operations),
            self.resources,
            run.measure_start_ns,
            self.measure_ns,
            run.measure_end_ns,
            run.parts,
        )
        self.so_far = so_far
        self.watch = CountsWatch(
            RULES,
            so_far,
            take=lambda: self._take(0)[0],
            latencies=lambda first, last: {
                code: self.whole.histogram([code], LATENCY, first, last) for code in self.whole.operations
            },
        )
        self.figures = CountedFigures(
            run.scenario,
            so_far,
            waits=set(MEDIANS_MS),
            alerts=lambda: self.watch.alerts,
            take=lambda: self._take(1),
            agents=self._agents,
            resources=lambda _now: self.resources[-40:],
            notes=("told once a second",),
        )
        self._second = 0

    def _take(self, which: int) -> tuple[Tally, Tally]:
        taken, self.followers[which] = self.followers[which], (Tally(), Tally())
        return taken

    def _agents(self) -> list[AgentSoFar]:
        now_ns = self._second * S
        told = {"at_ns": now_ns, "answered": 7, "cpu_ns": now_ns // 25, "rss_bytes": 10**8}
        return [
            AgentSoFar(number, f"agent {number} (popen)", 3, in_flight=2, lost=lost, **told)
            for number, lost in ((1, ""), (2, self.lost))
        ]

    def until(self, second: int) -> LiveState:
        """What is seen once the second before has been told."""
        self._second = second
        done = self.columns["done_ns"]
        ended = (done >= (second - 1) * S) & (done < second * S)
        for agent in range(AGENTS):
            mine = ended & (np.arange(len(done)) % AGENTS == agent)
            rows = {key: column[mine] for key, column in self.columns.items()}
            known = {"timeout_ns": 10 * S, "answered": range(len(MEDIANS_MS))}
            measured = tally_of(
                rows, measure_start_ns=self.measure_ns, measure_end_ns=self.run.measure_end_ns, **known
            )
            warm_up = tally_of(
                rows,
                measure_start_ns=self.run.measure_start_ns,
                measure_end_ns=self.measure_ns,
                phase=PhaseKind.WARM_UP,
                **known,
            )
            self.whole.add(measured)
            for follower in self.followers:
                follower[0].add(measured)
                follower[1].add(warm_up)
        self.resources[:] = [one for one in self.run.resources if one.at_ns <= second * S]
        self.watch.feed(second * S - S // 2)
        return self.figures.look(second * S)


@pytest.fixture(scope="module")
def told():
    replay = Told(samples.record(seconds=100))
    return replay, [replay.until(second) for second in range(1, 115)]


# The first seconds, across the end of the warm-up, in the middle, and where some take ten seconds.
@pytest.mark.parametrize("second", [4, 9, 13, 40, 60, 90])
def test_the_last_ten_seconds_are_those_of_the_samples(told, second):
    replay, found = told
    performance = found[second - 1].performance
    columns, now_ns = replay.columns, second * S
    done = columns["done_ns"]
    span_s = min(second - 2 - 1, 10)
    for code, name in enumerate(replay.run.samples.operations):
        mine = (columns["operation"] == code) & (done < now_ns)
        ended = mine & (done >= now_ns - 10 * S)
        right = ended & (columns["outcome"] == Outcome.OK)
        one = performance.operations.get(name)
        if one is None:
            assert not ended.any()
            continue
        assert (one.planned, one.right) == (ended.sum(), right.sum())
        if right.any():
            times = (done - columns["intended_ns"])[right] / MS
            expected = np.quantile(times, (0.5, 0.95, 0.99))
            assert (one.p50_ms, one.p95_ms, one.p99_ms) == pytest.approx(tuple(expected), rel=0.005)
        # Whole seconds, of which the last has been told by all.
        came = mine & (columns["outcome"] == Outcome.OK)
        came &= (done >= now_ns - (2 + span_s) * S) & (done < now_ns - 2 * S)
        assert one.right_per_s == pytest.approx(came.sum() / span_s, abs=1e-3)
    assert performance.overall.right == sum(one.right for one in performance.operations.values())
    assert performance.phase == ("warm-up" if second <= WARM_UP_S else "measuring")
    assert (performance.elapsed_s, performance.in_flight) == (second - 1, 4)


def test_the_totals_are_of_the_measured_time_and_lose_nothing(told):
    replay, found = told
    columns = replay.columns
    measured = columns["phase"] == PhaseKind.MEASURE
    expected: Counter[tuple[str, str]] = Counter(
        (replay.run.samples.operations[code], Outcome(outcome).name.lower())
        for code, outcome in zip(
            columns["operation"][measured].tolist(), columns["outcome"][measured].tolist(), strict=True
        )
    )
    outcomes = found[-1].errors.outcomes
    assert {(name, kind): n for name, kinds in outcomes.items() for kind, n in kinds.items()} == expected
    assert found[WARM_UP_S - 1].errors.outcomes == {}
    assert max(one.errors.error_ratio or 0 for one in found) > 0.04


def test_alerts_are_raised_where_those_of_the_samples_are(told):
    replay, found = told
    expected = watch_run(replace(replay.run, measure_start_ns=replay.measure_ns), RULES)
    alerts = found[-1].errors.alerts
    assert [one.name for one in alerts] == [one.rule.name for one in expected]
    for one, of_samples in zip(alerts, expected, strict=True):
        told_s = alert_report(of_samples, replay.measure_ns).start_s
        assert one.start_s == pytest.approx(told_s, abs=3)
    assert any("response_time_degraded" in one.health.active_alerts for one in found)


def test_agents_are_told_apart_and_added_up(told):
    _, found = told
    resources = found[50].resources
    assert resources.rss_mb == pytest.approx(90 + 100 * 0.05, abs=0.2)
    assert [one.cpu_percent for one in resources.agents] == [4, 4]
    assert (resources.generator_cpu_percent, resources.generator_rss_mb) == (8, 200)
    assert found[0].resources.agents[0].cpu_percent is None
    assert found[50].performance.notes == ("told once a second",)


def test_an_agent_that_is_lost_is_named_and_counts_no_more():
    replay = Told(samples.record(seconds=20))
    for second in range(1, 6):
        replay.until(second)
    replay.lost = "its process ended"
    state = replay.until(6)
    assert state.performance.notes[-1] == "agent 2 (popen) is lost: its process ended"
    assert state.performance.in_flight == 2
    assert (state.resources.generator_cpu_percent, state.resources.generator_rss_mb) == (4, 100)
    assert state.resources.agents[1].lost == "its process ended"


def test_a_run_that_is_about_to_begin_has_no_figures_yet():
    replay = Told(samples.record(seconds=20))
    state = replay.figures.look(S // 2)
    # Nobody has told anything: that is no throughput of 0.
    assert (state.performance.elapsed_s, state.performance.overall.right_per_s) == (0, None)
    assert state.errors.error_ratio is None
    assert "right_answers_per_second" not in render_prometheus(state)


def test_throughput_is_known_from_the_first_second_on_of_which_all_was_told():
    replay = Told(samples.record(seconds=20))
    rates = [replay.until(second).performance.overall.right_per_s for second in range(1, 7)]
    known = [second for second, rate in enumerate(rates, 1) if rate is not None]
    assert rates[0] is None
    assert known == list(range(known[0], 7))
    assert all(rates[second - 1] > 0 for second in known)
