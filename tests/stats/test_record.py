from __future__ import annotations

import dataclasses

import pytest

from pytest_rustide_load.stats.record import GeneratorStats, RunRecord, SafetyMetrics
from pytest_rustide_load.stats.samples import SampleLog

GENERATOR = GeneratorStats(10, 10, 0, 1.0, 1.0, 0, 0, 0, 0.1, 0.0)


def test_a_generator_was_the_bottleneck_exactly_if_there_is_a_reason() -> None:
    assert not GENERATOR.was_bottleneck
    assert dataclasses.replace(GENERATOR, bottleneck_reasons=("cpu 93 %",)).was_bottleneck


def test_a_record_cannot_be_changed() -> None:
    record = RunRecord("s", 1, "", 0, 0, 0, 0, SampleLog([]), GENERATOR, SafetyMetrics())
    with pytest.raises(dataclasses.FrozenInstanceError):
        record.seed = 2  # type: ignore[misc]
    assert record.ended == "complete"
