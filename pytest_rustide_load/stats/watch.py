"""The alerts of one run: memory, CPU, errors and response times against the default limits.

Pure; the limits and how they are watched are in `alerts`, the figures in `readings`.
"""

from __future__ import annotations

from pytest_rustide_load.stats.alerts import (
    CPU_HIGH,
    ERRORS_HIGH,
    MEMORY_HIGH,
    RESPONSES_SLOW,
    Alert,
    Reading,
    default_alert_rules,
    evaluate_alerts,
)
from pytest_rustide_load.stats.readings import (
    cpu_readings,
    error_readings,
    memory_readings,
    normal_latencies,
    response_readings,
)
from pytest_rustide_load.stats.record import RunRecord

__all__ = ["watch_run"]


def watch_run(
    record: RunRecord, *, memory_bytes: int, memory_of: str, cores: float, cpu_of: str
) -> tuple[Alert, ...]:
    """Every alert of the measured time of `record`, in order of their start.

    Memory is a share of `memory_bytes`, CPU of `cores`; `memory_of` and `cpu_of` say in words what these are.
    The normal response time is that of the run's baseline part, the first one where none is marked.
    """
    start_ns, end_ns = record.measure_start_ns, record.measure_end_ns
    columns, operations = record.samples.columns(), record.samples.operations
    resources = [sample for sample in record.resources if start_ns <= sample.at_ns <= end_ns]
    from_ns, to_ns = _baseline(record)
    normal_ns = normal_latencies(columns, operations, from_ns, to_ns)
    figures: dict[str, list[Reading]] = {
        MEMORY_HIGH: memory_readings(resources, memory_bytes),
        CPU_HIGH: cpu_readings(resources, cores),
        ERRORS_HIGH: error_readings(columns, start_ns, end_ns),
        RESPONSES_SLOW: response_readings(columns, operations, normal_ns, to_ns, end_ns),
    }
    rules = default_alert_rules(memory_of=memory_of, cpu_of=cpu_of)
    return evaluate_alerts([(rule, figures[rule.name]) for rule in rules])


def _baseline(record: RunRecord) -> tuple[int, int]:
    length_ns = record.measure_end_ns - record.measure_start_ns
    before = 0.0
    for part in record.parts:
        if part.is_baseline:
            first = record.measure_start_ns + round(before * length_ns)
            return first, first + round(part.share * length_ns)
        before += part.share
    return record.measure_start_ns, record.measure_start_ns + length_ns // 2
