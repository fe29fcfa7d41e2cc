"""What a run that was too short to tell has to be: values in, a command out."""

from __future__ import annotations

import math
import re

from pytest_rustide_load.report.results import LoadTestResults, unmet_verdicts
from pytest_rustide_load.stats.summary import ramp_steps
from pytest_rustide_load.units import format_duration_ns, ns_from_s

__all__ = ["longer_command", "too_short"]


def longer_command(results: LoadTestResults) -> str:
    """The command that repeats the run for long enough, where it lacks nothing but samples; "" where
    something else is amiss, or nobody can tell how long that is."""
    enough_s = _enough_s(results)
    if enough_s is None or not results.repeat_command:
        return ""
    command = re.sub(r" --load-duration=\S+", "", results.repeat_command)
    return f"{command} --load-duration={_of_each_step_s(results, enough_s)}s"


def too_short(results: LoadTestResults) -> str:
    """The same in a sentence, for a headline."""
    enough_s = _enough_s(results)
    if enough_s is None:
        return ""
    count = len(unmet_verdicts(results))
    budgets = f"{count} of its budgets" if count > 1 else "a budget"
    steps, each_s = ramp_steps(results.steps), _of_each_step_s(results, enough_s)
    measured, enough, each = (
        format_duration_ns(ns_from_s(value)) for value in (results.measured_s, each_s * steps, each_s)
    )
    of_each = f", {each} for each of its {steps} steps" if steps > 1 else ""
    return f"a run of {measured} is too short to judge {budgets} by, {enough} would do{of_each}"


def _of_each_step_s(results: LoadTestResults, enough_s: float) -> int:
    """As --load-duration has it: of a ramp the length of a step."""
    return math.ceil(enough_s / ramp_steps(results.steps))


def _enough_s(results: LoadTestResults) -> float | None:
    """Of the whole run; None where one of what it misses would not be told by a longer one, or nobody knows
    by how long a one."""
    needed = [one.enough_s if one.too_few else None for one in unmet_verdicts(results)]
    known = [each for each in needed if each is not None]
    return max(known) if known and len(known) == len(needed) else None
