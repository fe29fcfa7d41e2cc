"""Why a run on agents was as it was: what held it back, its slowest requests, its bursts.

Joins what the controller saw and what agents say of the backends on their hosts. Starts nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec

from pytest_rustide_load.plugin.diagnosis import Diagnosis
from pytest_rustide_load.plugin.meanwhile import bursts_of
from pytest_rustide_load.plugin.shares import ShareResult
from pytest_rustide_load.plugin.watching import Watching
from pytest_rustide_load.report import LoadTestResults
from pytest_rustide_load.report.bottleneck import bottleneck_reports
from pytest_rustide_load.stats.record import RunRecord
from pytest_rustide_load.stats.windows import PhaseBottleneck

if TYPE_CHECKING:
    from pytest_rustide_load.plugin.measurement import Measurement

__all__ = ["with_hindsight"]


def with_hindsight(
    results: LoadTestResults,
    record: RunRecord,
    *,
    what: Measurement,
    watching: Watching,
    diagnosis: Diagnosis,
    shares: Mapping[int, ShareResult],
    is_exact: bool,
) -> LoadTestResults:
    """`results` with all of it that is known. Of a run whose samples are not all there (`is_exact` is False)
    these are the slowest requests alone: the rest takes the samples."""
    named = diagnosis.of(results, record)
    if not is_exact:
        return msgspec.structs.replace(results, slowest=named.slowest, details=named.details)
    bottlenecks = named.bottlenecks
    if not what.backends:
        bottlenecks = bottleneck_reports(_of_shares(shares, record.start_ns), record.measure_start_ns)
    results = msgspec.structs.replace(
        named, bottlenecks=bottlenecks, endpoints=watching.endpoints(record, what.scenario)
    )
    return msgspec.structs.replace(results, bursts=bursts_of(record, results))


def _of_shares(shares: Mapping[int, ShareResult], start_ns: int) -> Sequence[PhaseBottleneck]:
    """Each agent's, phase by phase, by its number."""
    return [
        replace(
            one,
            name=f"agent {number}{one.name and f' {one.name}'}",
            start_ns=one.start_ns + start_ns,
            end_ns=one.end_ns + start_ns,
        )
        for number in sorted(shares)
        for one in shares[number].bottlenecks
    ]
