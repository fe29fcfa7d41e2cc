"""What commands and blocks of the documentation leave behind when they have run, where more than the end of a
command tells. Each check gives what is wrong, a sentence for each."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from tests.docs.jobs import Job

__all__ = [
    "CHECKS",
    "are_tests",
    "came_back",
    "fails_by_budgets",
    "has_backend",
    "has_network",
    "judged",
    "shows",
]


def four_agents(job: Job) -> Iterator[str]:
    for result in job.results:
        if len(result["agents"]) != 4:
            yield f"{len(result['agents'])} agents"


def came_back(job: Job) -> Iterator[str]:
    for result in job.results:
        if result["recovery"] is None or result["recovery"]["at_s"] is None:
            yield f"nothing happened: {result['recovery']}"
    # More goes wrong than is allowed, as it is to.
    yield from fails_by_budgets(job)


def scaled(job: Job) -> Iterator[str]:
    for result in job.results:
        if result["scaling"] is None:
            yield "nothing is said of scaling"


def series_of(job: Job) -> list[dict[str, Any]]:
    return [one for comparison in job.document.get("comparisons", []) for one in comparison["series"]]


def compared(job: Job) -> Iterator[str]:
    if not series_of(job):
        yield "nothing was compared"


def are_tests(job: Job) -> Iterator[str]:
    """So short a look under stress may miss its budgets. Anything else that goes wrong is an error, or fails
    otherwise."""
    printed = job.outcome["output"]
    counts = {name: int(count) for count, name in re.findall(r"(\d+) (passed|failed|skipped|error)", printed)}
    text = (job.directory / "test_shown.py").read_text(encoding="utf-8")
    if sum(counts.values()) != text.count("def test_"):
        yield f"{counts} of the tests"
    yield from fails_by_budgets(job)


def fails_by_budgets(job: Job) -> Iterator[str]:
    """Where it fails: nothing is an error, or raised."""
    printed = job.outcome["output"]
    counts = {name: int(count) for count, name in re.findall(r"(\d+) (passed|failed|skipped|error)", printed)}
    if "error" in counts or not counts:
        yield f"{counts} of the tests"
    if re.search(r"^E  ", printed, re.MULTILINE) or counts.get("failed", 0) != printed.count("\nBUDGET "):
        yield "a test fails, and not by a budget"


def has_backend(job: Job) -> Iterator[str]:
    if "my-server" not in job.results[0]["backend"]["name"]:
        yield f"the backend is {job.results[0]['backend']}"


def has_network(job: Job) -> Iterator[str]:
    if not any("vpn" in json.dumps(one) for one in job.results[0]["stress"]):
        yield f"no network in {job.results[0]['stress']}"


def shows(job: Job) -> Iterator[str]:
    """The scenario of its directory in its results."""
    shown = yaml.safe_load((job.directory / "shown.scenario.yaml").read_text(encoding="utf-8"))
    for result in job.results:
        if "stages" in shown and [one["name"] for one in result["steps"]] != [
            one["name"] for one in shown["stages"]
        ]:
            yield f"steps {result['steps']}"
        if "fault" in shown and len(result["recovery"]["outages"]) != 1:
            yield f"recovery {result['recovery']}"
        missing = set(shown.get("operations", {})) - set(result["operations"])
        # What users of some kind do twice a minute may not be due so soon.
        if missing and "behaviors" not in shown:
            yield f"no {missing} in {set(result['operations'])}"


def judged(job: Job) -> Iterator[str]:
    """Every limit that its budgets.yaml sets has a verdict."""
    [shown] = yaml.safe_load((job.directory / "budgets.yaml").read_text(encoding="utf-8"))[
        "scenarios"
    ].values()
    verdicts = {(one["operation"], one["key"]) for one in job.results[0]["verdicts"]}
    for name, limits in shown.items():
        keys = {(name, key) for key in limits} if isinstance(limits, dict) else {(None, name)}
        for operation, key in keys - verdicts:
            if key not in {"critical", "regression_threshold"} and operation != "alerts":
                yield f"nothing is judged by {operation} {key}, but by {verdicts}"
    # What is a regression of which series.
    found = [(one["name"], one["threshold_ratio"]) for one in series_of(job)]
    for name, limits in shown.items():
        limit = limits.get("regression_threshold") if isinstance(limits, dict) else None
        wanted = None if limit is None else float(limit.strip("%")) / 100
        if wanted and not [1 for series, given in found if series.startswith(f"{name} ") and given == wanted]:
            yield f"{name} has not the threshold {limit}: {found}"


# With stress, faults and memory limits that drawn load does not feel.
SUITES = r"-scenario=(standard|full|common-name-references,|(memory-pressure|cpu-contention|recovery) --ide)"
CHECKS = {
    SUITES: fails_by_budgets,
    r"--load-tx=4\*popen": four_agents,
    r"-scenario='?\"?recovery": came_back,
    r"--load-scale=": scaled,
    r"--load-(compare|baseline|baseline-backend)=": compared,
}
