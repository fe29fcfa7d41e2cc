"""Where a run stands: figures of the last seconds, totals that lose nothing, the alerts of the whole run."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace

import msgspec
import numpy as np
import pytest

from pytest_rustide_load.report.alerts import alert_report
from pytest_rustide_load.report.live import LiveFigures, LiveState, idle_state, live_schema
from pytest_rustide_load.report.prometheus import render_prometheus
from pytest_rustide_load.stats import Outcome, PhaseKind, SampleLog
from pytest_rustide_load.stats.alerts import default_alert_rules
from pytest_rustide_load.stats.watch import RunSoFar, RunWatch, watch_run
from tests.report.html import samples
from tests.report.html.samples import MEDIANS_MS, MS, S

CAPACITIES = {"memory_usage_high": 120e6, "cpu_usage_high": 2.0}
RULES = tuple(replace(rule, capacity=CAPACITIES.get(rule.name)) for rule in default_alert_rules())


class Replay:
    """A finished run that happens again: rows and resources come when they came."""

    def __init__(self, run) -> None:
        self.run = run
        self.log = SampleLog(run.samples.operations)
        self.resources = []
        self._rows = sorted(run.samples, key=lambda one: one.intended_ns)
        self._resources = list(run.resources)
        self._open: list[tuple[int, int, int]] = []
        self._added = 0
        so_far = RunSoFar(
            self.log,
            self.resources,
            run.start_ns,
            run.measure_start_ns,
            run.measure_end_ns,
            run.parts,
        )
        self.watch = RunWatch(RULES, so_far)
        self.figures = LiveFigures(
            run.scenario, so_far, waits=set(MEDIANS_MS), alerts=lambda: self.watch.alerts
        )

    def until(self, now_ns: int) -> LiveState:
        while self._added < len(self._rows) and self._rows[self._added].intended_ns <= now_ns:
            one = self._rows[self._added]
            code = self.log.operations.index(one.operation)
            row = self.log.add(code, one.user, one.phase, one.intended_ns, one.sent_ns)
            self._open.append((one.done_ns, row, one.outcome))
            self._added += 1
        for done_ns, row, outcome in [one for one in self._open if one[0] <= now_ns]:
            self.log.finish(row, done_ns, outcome)
        self._open = [one for one in self._open if one[0] > now_ns]
        while self._resources and self._resources[0].at_ns <= now_ns:
            self.resources.append(self._resources.pop(0))
        self.watch.feed(now_ns - S // 2)
        return self.figures.look(now_ns)


@pytest.fixture(scope="module")
def states():
    replay = Replay(samples.record(seconds=100))
    return replay.run, [replay.until(S + second * S) for second in range(115)]


def test_the_last_ten_seconds_are_those_of_the_samples(states):
    run, found = states
    columns = run.samples.columns()
    now_ns = S + 90 * S
    performance = found[90].performance
    assert (performance.phase, performance.elapsed_s) == ("measuring", 90.5)
    for code, name in enumerate(run.samples.operations):
        mine = columns["operation"] == code
        right = mine & (columns["outcome"] == Outcome.OK)
        right &= (columns["done_ns"] > now_ns - 10 * S) & (columns["done_ns"] <= now_ns)
        times = (columns["done_ns"] - columns["intended_ns"])[right] / MS
        assert performance.operations[name].right == len(times)
        assert performance.operations[name].p95_ms == pytest.approx(np.quantile(times, 0.95), abs=1e-3)
    assert performance.overall.right == sum(one.right for one in performance.operations.values())
    assert performance.overall.right_per_s == performance.overall.right / 10


def test_the_totals_lose_nothing(states):
    run, found = states
    expected: Counter[tuple[str, str]] = Counter(
        (one.operation, one.outcome.name.lower()) for one in run.samples if one.phase is PhaseKind.MEASURE
    )
    told = found[-1].errors.outcomes
    assert {(name, kind): count for name, kinds in told.items() for kind, count in kinds.items()} == expected
    counted = [sum(sum(kinds.values()) for kinds in one.errors.outcomes.values()) for one in found]
    assert counted == sorted(counted)
    assert found[-1].performance.in_flight == 0
    assert max(one.performance.in_flight for one in found) > 0


def test_the_alerts_are_those_that_the_whole_run_has(states):
    run, found = states
    expected = watch_run(run, RULES)
    assert found[-1].errors.alerts == tuple(alert_report(one, run.measure_start_ns) for one in expected)
    assert {one.rule.name for one in expected} >= {"memory_usage_high", "response_time_degraded"}
    during = next(one for one in found if "response_time_degraded" in one.health.active_alerts)
    assert during.health.status == "alert"


def test_resources_are_of_the_last_second(states):
    _, found = states
    resources = found[50].resources
    assert resources.rss_mb == pytest.approx(90 + 100 * 0.05)
    assert 5 < resources.cpu_percent < 20
    assert resources.generator_cpu_percent == pytest.approx(4)
    assert (resources.processes, resources.threads) == (1, 9)


def test_what_is_answered_fits_the_schema_that_is_published(states):
    jsonschema = pytest.importorskip("jsonschema")
    _, found = states
    schemas = live_schema()
    for state in (idle_state(), found[3], found[60], found[-1]):
        for path, part in {
            "/api/metrics/performance": state.performance,
            "/api/metrics/resources": state.resources,
            "/api/metrics/errors": state.errors,
            "/api/health": state.health,
            "/events": state,
        }.items():
            jsonschema.validate(json.loads(msgspec.json.encode(part)), schemas[path])


def test_prometheus_reads_every_figure_in_its_own_units(states):
    """By the parser of its own client."""
    read = pytest.importorskip("prometheus_client.parser").text_string_to_metric_families
    _, found = states
    state = next(one for one in found if one.health.active_alerts and one.performance.in_flight)
    hostile = msgspec.structs.replace(state.performance, scenario='a"b\\c\nd')
    text = render_prometheus(msgspec.structs.replace(state, performance=hostile))
    families = {family.name.removeprefix("rustide_load_"): family for family in read(text)}
    kinds = {name: family.type for name, family in families.items()}
    assert kinds.pop("operations") == "counter"
    assert set(kinds.values()) == {"gauge"}
    assert all(family.documentation for family in families.values())
    values = {
        (sample.name.removeprefix("rustide_load_"), *sorted(sample.labels.items())): sample.value
        for family in families.values()
        for sample in family.samples
    }
    of_run = ("scenario", 'a"b\\c\nd')
    expected = {
        ("running", of_run): 1,
        ("in_flight", of_run): state.performance.in_flight,
        ("backend_resident_bytes", of_run): state.resources.rss_mb * 1e6,
        ("backend_cpu_cores", of_run): state.resources.cpu_percent / 100,
        ("generator_cpu_cores", of_run): state.resources.generator_cpu_percent / 100,
    }
    for name in state.health.active_alerts:
        expected["alert", ("name", name), of_run] = 1
    for name, one in state.performance.operations.items():
        of = ("operation", name)
        expected["right_answers_per_second", of, of_run] = one.right_per_s
        for quantile, value_ms in (("0.5", one.p50_ms), ("0.95", one.p95_ms), ("0.99", one.p99_ms)):
            if value_ms is not None:
                expected["latency_seconds", of, ("quantile", quantile), of_run] = value_ms / 1e3
        for outcome, count in state.errors.outcomes[name].items():
            expected["operations_total", of, ("outcome", outcome), of_run] = count
    assert values == pytest.approx(expected)


def test_prometheus_reads_every_line(states):
    _, found = states
    hostile = msgspec.structs.replace(found[60].performance, scenario='a"b\\c\nd')
    text = render_prometheus(msgspec.structs.replace(found[60], performance=hostile))
    sample = re.compile(r'rustide_load_[a-z_]+\{([a-z]+="(?:[^"\\\n]|\\["\\n])*",?)+\} -?[0-9.e+-]+')
    lines = text.splitlines()
    assert all(line.startswith(("# HELP ", "# TYPE ")) or sample.fullmatch(line) for line in lines)
    names = [line.split()[2] for line in lines if line.startswith("# TYPE ")]
    assert len(names) == len(set(names))
    assert 'operation="hover",quantile="0.95"' in text
    assert 'outcome="ok"} ' in text
    assert render_prometheus(idle_state()).splitlines()[-1] == 'rustide_load_in_flight{scenario=""} 0.0'
