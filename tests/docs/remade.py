"""Results of runs read back from the tables that the documentation shows of them, to be printed again."""

from __future__ import annotations

import re

from msgspec.structs import replace

from pytest_rustide_load.budgets import METRICS
from pytest_rustide_load.report.compared import ComparedSeries, ComparisonReport
from pytest_rustide_load.report.crew import AgentFigures
from pytest_rustide_load.report.results import (
    ErrorStats,
    OperationResults,
    StatisticalSummary,
    UserFigures,
    VerdictReport,
)
from pytest_rustide_load.report.scaling import (
    NotRun,
    RegressionMetrics,
    ScalingFactor,
    ScalingLevel,
    ScalingReport,
    ScalingVariable,
)
from pytest_rustide_load.stats.scaling import ScalabilityFit

__all__ = ["agents_of", "comparison_of", "operations_of", "scaling_of", "users_of", "verdict", "words"]

# What is one of these in a base unit: milliseconds, megabytes, a ratio.
_UNITS = {"µs": 1e-3, "ms": 1.0, "s": 1e3, "MB": 1.0, "GB": 1e3, "%": 0.01}
# Names that a narrow column cuts off.
_WHOLE = {
    "document_symb…": "document_symbols",
    "workspace_sy…": "workspace_symbol",
    "workspace_s…": "workspace_symbol",
    "range_forma…": "range_formatting",
}


def words(text: str) -> str:
    """Without what the width makes of it, where rows or lines are left out."""
    return " ".join(_WHOLE.get(word, word) for word in text.split())


def amount(text: str) -> float:
    """Of `~53.1ms` 53.1, of 97.3% 0.973."""
    found = re.fullmatch(r"[~≥]?([\d.,]+)(\D*)", text)
    assert found is not None, text
    return float(found[1].replace(",", "")) * _UNITS.get(found[2], 1.0)


def operations_of(text: str) -> tuple[dict[str, OperationResults], tuple[VerdictReport, ...]]:
    """The rows below `operation`, each with its budget."""
    operations, verdicts = {}, []
    for line in re.search(r"^operation .*\n((?:.*%.* \d+ .*\n)+)", text, re.MULTILINE)[1].splitlines():
        name, count, *times, good, errors, wrong, rate = line.split()[:9]
        if name[0].isdigit() or not rate[-1].isdigit():
            break
        name = _WHOLE.get(name, name)
        planned, goodput = int(count), amount(good)
        stats = dict.fromkeys(ErrorStats.__struct_fields__, 0)
        ended = {"planned": planned, "wrong": int(wrong), "total": int(errors), "goodput_ratio": goodput}
        summary = dict(zip(("p50", "p95", "p99"), map(amount, times), strict=True))
        latency = StatisticalSummary(unit="ms", count=planned, **summary)
        operations[name] = OperationResults(
            user_waits=True,
            response_time=latency,
            service_time=latency,
            throughput_per_s=float(rate),
            error_stats=ErrorStats(**{**stats, **ended}),
        )
        if budget := line.split()[9:]:
            [key] = [
                key for key, metric in METRICS.items() if metric.short == budget[0] and not metric.of_backend
            ]
            verdicts.append(verdict(key, amount(budget[1]), budget[2], operation=name))
    return operations, tuple(verdicts)


def verdict(
    key: str, limit: float, status: str, *, operation: str | None = None, measured: float = 0.0
) -> VerdictReport:
    return VerdictReport(
        status=status,
        key=key,
        operation=operation,
        violation=limit,
        warning=None,
        target=None,
        measured=measured,
        is_lower_bound=False,
        count=100,
        reason="",
        source="",
    )


def users_of(text: str) -> tuple[UserFigures, ...]:
    """The rows below `user kind`."""
    found = re.findall(r"^ +(\d+) ([a-z-]+) +(\d+) +(\S+) +(\S+) +(\S+%)(?: +(\S+))?$", text, re.MULTILINE)
    return tuple(
        UserFigures(
            user=int(number),
            kind=kind,
            planned=int(count),
            goodput_ratio=amount(good),
            p50_ms=amount(p50),
            p95_ms=amount(p95),
            rss_peak_mb=amount(memory) if memory else None,
        )
        for number, kind, count, p50, p95, good, memory in found
    )


def agents_of(text: str) -> tuple[AgentFigures, ...]:
    """The rows below `agent`."""
    row = r"^(\d+) (\S+) +(\d+) +(\d+) +(\S+) +(\S+)% +(\S+) ([+-][\d.]+)±([\d.]+)ms$"
    return tuple(
        AgentFigures(
            agent=int(number),
            spec=spec,
            host="",
            users=int(users),
            planned=int(count),
            cpu_percent=float(cpu),
            rss_mb=amount(memory),
            send_lag_p99_ms=amount(late),
            offset_ms=float(offset),
            offset_error_ms=float(error),
            received_kb=19,
        )
        for number, spec, users, count, late, cpu, memory, offset, error in re.findall(
            row, text, re.MULTILINE
        )
    )


_FACTORS = {
    "linear threshold": "linear_threshold",
    "memory saturation": "memory_saturation",
    "I/O bottleneck": "io_bottleneck",
}
_MEASURES = {"p95": "p95_ms", "memory": "rss_peak_mb"}


def scaling_of(text: str) -> ScalingReport:
    """An experiment, from its tables and the sentences below."""
    sentences = re.sub(r"\n    +", " ", text).splitlines()
    variables: list[ScalingVariable] = []
    factors = {}
    for line in sentences:
        if begins := re.fullmatch(r"scaling with (\w+) \((.*)\):", line):
            variables.append(ScalingVariable(variable=begins[1], placed=begins[2], levels=()))
        elif factor := re.fullmatch(r"([\w/ ]+): ([^(]*) \((.*)\)", line):
            reached = None if factor[2] == "not reached" else factor[2]
            factors[_FACTORS[factor[1]]] = ScalingFactor(reached=reached, evidence=factor[3])
        elif line[0].isdigit():
            variables[-1] = _more(variables[-1], levels=_level(line))
        elif line.startswith("  "):
            variables[-1] = _told(variables[-1], line.strip())
    return ScalingReport(variables=tuple(variables), factors=factors, repetitions=3)


def _more(variable: ScalingVariable, **one: object) -> ScalingVariable:
    return replace(variable, **{name: (*getattr(variable, name), each) for name, each in one.items()})


def _level(line: str) -> ScalingLevel:
    name, runs, rate, rates, p95, p95s, memory, cpu, ready, bottleneck = line.split()
    return ScalingLevel(
        name=name,
        value=float(name),
        runs=int(runs),
        throughput_per_s=amount(rate),
        throughput_interval=_interval(rates),
        p95_ms=amount(p95),
        p95_interval=_interval(p95s),
        rss_peak_mb=amount(memory),
        cpu_percent=float(cpu.rstrip("%")),
        goodput_ratio=1,
        startup_s=float(ready.rstrip("s")),
        storage_mb_per_s=None,
        bottleneck=bottleneck,
    )


def _interval(text: str) -> tuple[float, float]:
    low, high = map(signed, text.split(".."))
    return low, high


def signed(text: str) -> float:
    return -amount(text[1:]) if text.startswith("-") else amount(text.lstrip("+"))


def _told(variable: ScalingVariable, sentence: str) -> ScalingVariable:
    if missing := re.fullmatch(r"not run: \w+ (\S+): (.*)", sentence):
        return _more(variable, not_run=NotRun(name=missing[1], why=missing[2]))
    if none := re.fullmatch(r"no law: (.*)", sentence):
        return replace(variable, why_no_law=none[1])
    law = r"law: σ (\S+) \((\S+)\), κ (\S+) \((\S+)\), (\S+)/s at 1, residuals (\S+); no peak: (.*)"
    if found := re.fullmatch(law, sentence):
        fit = ScalabilityFit(
            rate_per_s=float(found[5]),
            sigma=float(found[1]),
            kappa=float(found[3]),
            residuals=(),
            noise_ratio=amount(found[6]),
            sigma_interval=_interval(found[2]),
            kappa_interval=_interval(found[4]),
            why_no_peak=found[7],
        )
        return replace(variable, law=fit)
    slope = re.fullmatch(
        r"(\w+): (\S+) each [\w, ]+ \((\S+)\), R² (\S+); (?:grows: (.*)|growth undetermined between (.*))",
        sentence,
    )
    assert slope is not None, sentence
    of = 1_000 if variable.variable == "loc" else 1
    low, high = _interval(slope[3])
    line = RegressionMetrics(
        variable=variable.variable,
        slope=signed(slope[2]) / of,
        intercept=0,
        r_squared=float(slope[4]),
        count=8,
        measure=_MEASURES[slope[1]],
        slope_interval=(low / of, high / of),
        order=slope[5],
        candidates=tuple((slope[6] or "").split(", ")),
    )
    return _more(variable, slopes=line)


def comparison_of(text: str) -> ComparisonReport:
    """Of two backends, or of runs with those of before."""
    joined = re.sub(r"\n  +(?=[a-z])", " ", text)
    weak = re.search(r"underpowered: in (\d+) of .* up to (\d+%)", joined)
    row = r"^(\w+ \w+) +(\S+) +(\d+%) +(\S+) +(\d+%) +(\S+%) +(\S+)\.\.(\S+%) +(\S+) (\w+)$"
    series = []
    for found in re.finditer(row, text, re.MULTILINE):
        name, before, its, now, own, change, low, high, p_value, status = found.groups()
        reason = re.search(rf"^  \w+ {name}: (.*)$", joined, re.MULTILINE)
        too_few = weak is not None and len(series) < int(weak[1])
        series.append(
            ComparedSeries(
                name=name,
                unit="MB" if name.startswith("memory") else "ms",
                status={"INCONCL": "INCONCLUSIVE"}.get(status, status),
                reason=reason[1] if reason else "",
                baseline=amount(before),
                candidate=amount(now),
                change_ratio=signed(change),
                low_ratio=signed(low) / 100,
                high_ratio=signed(high),
                underpowered=too_few,
                detectable_ratio=amount(weak[2]) if weak and too_few else None,
                baseline_spread_ratio=amount(its),
                candidate_spread_ratio=amount(own),
                p_value=0.0001 if p_value.startswith("<") else float(p_value),
            )
        )
    scope = re.search(r"^(\d+) runs against (\d+) of before, regression beyond 5.0%$", text, re.MULTILINE)
    return ComparisonReport(
        scenario_name="individual-developer",
        baseline="",
        candidate="",
        threshold_ratio=0.05,
        pairs=int(scope[1]) if scope else 5,
        void=0,
        confirmed=False,
        series=tuple(series),
        repeat_command="",
        earlier=int(scope[2]) if scope else None,
        labels=("baseline", "now") if scope else ("old", "new"),
    )
