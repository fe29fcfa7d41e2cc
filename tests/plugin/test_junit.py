"""Comparisons as cases of JUnit XML."""

from __future__ import annotations

from types import SimpleNamespace

import msgspec
import pytest
from _pytest.junitxml import xml_key

from pytest_rustide_load.plugin.junit import tell_junit
from tests.report.html import samples


def outcomes(*statuses: str) -> list[tuple[str, str]]:
    """Of the case of a comparison whose series have these, and its reason."""
    told: list[pytest.TestReport] = []
    stash = pytest.Stash()
    stash[xml_key] = SimpleNamespace(pytest_runtest_logreport=told.append)
    found = samples.comparison()
    series = tuple(
        msgspec.structs.replace(one, status=status)
        for one, status in zip(found.series, statuses, strict=False)
    )
    payload = msgspec.to_builtins(msgspec.structs.replace(found, series=series))
    tell_junit(SimpleNamespace(stash=stash), [payload], [])
    return [(one.outcome, str(one.longrepr or "")) for one in told if one.when == "call"]


def test_what_cannot_be_told_is_skipped_and_no_pass():
    [(outcome, why)] = outcomes("INCONCLUSIVE", "INCONCLUSIVE", "WARN")
    assert outcome == "skipped"
    assert "against main of 2026-01-01: " in why
    assert outcomes("INCONCLUSIVE", "PASS", "WARN") == [("passed", "")]
