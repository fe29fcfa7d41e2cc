"""What a run that was too short to tell has to be: values in, a command out."""

from __future__ import annotations

import re

from pytest_rustide_load.report.results import LoadTestResults, unmet_verdicts
from pytest_rustide_load.units import format_duration_ns, ns_from_s

__all__ = ["longer_command", "too_short"]


def longer_command(results: LoadTestResults) -> str:
    """The command that repeats the run for long enough, where it lacks nothing but samples; "" where
    something else is amiss, or nobody can tell how long that is."""
    enough_s = _enough_s(results)
    if enough_s is None or not results.repeat_command:
        return ""
    command = re.sub(r" --load-duration=\S+", "", results.repeat_command)
    return f"{command} --load-duration={enough_s:.0f}s"


def too_short(results: LoadTestResults) -> str:
    """The same in a sentence, for a headline."""
    enough_s = _enough_s(results)
    if enough_s is None:
        return ""
    count = len(unmet_verdicts(results))
    budgets = f"{count} of its budgets" if count > 1 else "a budget"
    measured, enough = (format_duration_ns(ns_from_s(value)) for value in (results.measured_s, enough_s))
    return f"a run of {measured} is too short to judge {budgets} by, {enough} would do"


def _enough_s(results: LoadTestResults) -> float | None:
    unmet = unmet_verdicts(results)
    if not all(one.too_few for one in unmet):
        return None
    return max((one.enough_s for one in unmet if one.enough_s is not None), default=None)
