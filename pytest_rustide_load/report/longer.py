"""What a run that was too short to tell has to be: values in, a command out."""

from __future__ import annotations

import re

from pytest_rustide_load.report.results import LoadTestResults, unmet_verdicts

__all__ = ["longer_command"]


def longer_command(results: LoadTestResults) -> str:
    """The command that repeats the run for long enough, where it lacks nothing but samples; "" where
    something else is amiss, or nobody can tell how long that is."""
    unmet = unmet_verdicts(results)
    enough_s = max((one.enough_s for one in unmet if one.enough_s is not None), default=None)
    if enough_s is None or not results.repeat_command or not all(one.too_few for one in unmet):
        return ""
    command = re.sub(r" --load-duration=\S+", "", results.repeat_command)
    return f"{command} --load-duration={enough_s:.0f}s"
