"""Alerts: told while the load runs, in the results, and bounded by a budget."""

from __future__ import annotations

import json

import pytest

pytestmark = pytest.mark.alone

EMBEDDED = "--ide-backend=embedded"
LOAD_TEST = """
    import pytest

    @pytest.mark.budget(max_alerts={most})
    def test_load(rust_codebase, ide_backend, run_scenario):
        backend = ide_backend(rust_codebase(seed=3, loc=1_000))
        run_scenario("individual-developer", backend=backend, duration_s=3, warm_up_s=0.5)
"""
# Any CPU at all, so that there is one alert whatever the machine is; and none for anything else.
ALERTS = """
defaults: {}
alerts:
  cpu_usage_high: {raise: 0.0001%, for: 0s, of: 8}
  memory_usage_high: {raise: 90%, of: 100GB}
  error_rate_high: null
  response_time_degraded: null
"""


def test_an_alert_is_told_at_once_and_fails_a_budget_of_none(pytester, run_pytest):
    """Of a worker, whose alerts have the longer way."""
    pytester.makefile(".yaml", budgets=ALERTS)
    pytester.makepyfile(LOAD_TEST.format(most=0))
    result = run_pytest(EMBEDDED, "-n", "1", "--load-json=out.json")
    result.assert_outcomes(failed=1)
    text = result.stdout.str()
    said = "cpu usage high: up to "
    live = text.index("individual-developer: ALERT " + said)
    assert live < text.index("load test results")
    assert "of 8 cores, as the budgets say (limit 0.0001%) since " in text
    assert "FAIL alerts: measured 1, limit at most 0" in text
    # In the failure itself, and among the remarks.
    assert text.count(said) >= 3
    [found] = json.loads((pytester.path / "out.json").read_text())["results"]
    [alert] = found["alerts"]
    assert (alert["name"], alert["end_s"]) == ("cpu_usage_high", None)
    assert alert["phase"] in ("warm-up", "measured time")
    assert alert["start_s"] <= alert["peak_s"] <= found["measured_s"]
    timeline = found["timeline"]
    assert timeline["rows"] == len(timeline["overall"]["ok"]) == len(timeline["backend"]["cpu_percent"]) == 4
    assert timeline["host"] is not None
    assert sum(timeline["users"]) == 4
    # The embedded backend tells its own figures, and is asked for them.
    told = found["endpoints"]
    assert told["url"].startswith("http://127.0.0.1:")
    assert told["answered"] == told["scrapes"] >= 2
    assert told["healthy_ratio"] == 1
    assert {one["name"] for one in told["agreement"]} >= {"performance.requests", "resources.rss_mb"}
    result.stdout.fnmatch_lines(["endpoints: http://127.0.0.1:*: * looks answered, healthy*"])
