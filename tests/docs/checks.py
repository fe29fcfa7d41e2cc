"""What commands and blocks of the documentation leave behind when they have run, where more than the end of a
command tells. Each check gives what is wrong, a sentence for each."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import yaml

from tests.docs.blocks import ROOT

if TYPE_CHECKING:
    from tests.docs.jobs import Job

__all__ = [
    "CHECKS",
    "are_tests",
    "came_back",
    "does_not_tell",
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
        recovery = result["recovery"]
        # Of a backend that others leave too little time for answers nothing is struck, and why is told.
        if recovery is None or (recovery["at_s"] is None and not recovery["unsteady"]):
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
    counts = {name: int(count) for count, name in re.findall(r"(\d+) (passed|failed|error)", printed)}
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


def is_cleared(job: Job) -> Iterator[str]:
    """Of the codebases of before none is left, and the one of this run is there."""
    left = [path.name for path in (job.directory / "own-cache/d/rustide-load").iterdir()]
    if not left or "of-before" in left:
        yield f"the cache holds {left}"


def writes_the_reference(job: Job) -> Iterator[str]:
    written, shown = (root / "docs/reference.md" for root in (job.directory, ROOT))
    if written.read_bytes() != shown.read_bytes():
        yield f"{written} is not {shown}"


def two_pass(job: Job) -> Iterator[str]:
    if "2 passed" not in job.outcome["output"]:
        yield "not both passed"


# What is printed by commands that do not load anything; the first that fits decides.
TOLD = {
    r" doctor$": r"^load tests can run here",
    r" dashboard ": r"^\d+ pages written: .*index\.html$",
    r" selftest": r"^operations that vanished +0\.00 +at most +0 +PASS$",
    r" budgets suggest .*--write": r"^budgets\.yaml changed$",
    r" budgets suggest .*--check": r"^[1-9]\d* of \d+ limits are not what the runs suggest$",
    r" budgets suggest": r"^nothing was changed: --write does$",
    r" codebase .*--out": r": \d+ files, [\d,]+ lines of Rust$",
    r" codebase --report$": r"beside \d+ real projects",
    r" codebase --check": r"^6 Rust files, 997 lines, beside \d+ real projects",
    r"^pytest --load-list$": r"^ *individual-developer .*(.|\n)*^ *recovery ",
    r"^pytest --load-show=individual": r"individual-developer(.|\n)*completion",
    r"^pytest --load-show=shown": r"^required, and what stands for it here:$",
    r"--load-coverage": r"asked",
    r"--load-repeat-request": r"20 answered",
    r" history list": r"^ *12 \d{4}-\d\d-\d\d .* FAIL$",
    r" history show 12": r"^individual-developer|^small-team: embedded",
    r" history export$": r"^run,started_at,scenario,(.|\n)*\n12,",
    r" history export --format=json": r'^  "schema_version": \d',
    r" history import": r"^0 runs imported, \d+ were there already$",
    r" history prune": r"^0 runs forgotten$",
    # Those that were written, or the one that was run since, of another load, where it counts.
    r" history trend": r"small-team: embedded, (12 comparable runs,|1 comparable run,)",
    r"^git commit": r"create mode 100644 load/main\.json",
    r"^pytest-benchmark compare": r"benchmark 'individual-developer'",
    r"scenario\.schema\.json": r"scenario\.schema\.json$",
    r"generate_reference": r"reference\.md written$",
    r"^python -m mkdocs": r"Documentation built in",
    r"aa_duet": r"^from (2 pairs of runs; void were \d|1 pairs of runs; void were [1-9]"
    r"|0 pairs of runs; void were [2-9])$",
    r"bottleneck_accuracy": r"^sleeping ( +\d)+",
    r"client_speed": r"^pygls +64 ",
    r"codebase_speed": r"^ +text to disk, oracle +\d",
    r"controller_scale": r"^50 agents of 50 users .*: 5,000 operations$",
    r"framing_fuzz": r"^200 streams agree with the model, ",
    r"gate_table": r"^pytest --load-…, \+20 % .* of 1,",
    # Whoever adds noise to the tenth that there is by design leaves orders undetermined, and is told.
    r"growth_accuracy": r"^[45] of 5 right, "
    r"|(.* noise ([3-9]\d|\d{3,})%.*\n)+[0-3] of 5 right, .* [01] wrong$",
    r"history_kills": r"^5 writers killed: [1-9]\d* runs told to be stored, all there; SQLite found no fault",
    r"live_cost.py --runs": r"^individual-developer on embedded, 1 s, 1 rounds$",
    r"live_cost": r"^1000/s: .* ms a look",
    r"many_users": r"^complete, [1-9]\d* operations",
    r"memory_growth": r"^beyond its record it grew by",
    r"monitor_accuracy": r"^CPU time: [\d.]+ s, seen ",
    r"plugin_overhead": r"^cpu  without \d+ ms; the plugin adds",
    r"report_speed": r"^best .*: True\nstandard: .*: True$",
    r"simulate_growth": r"^quadratic +0\.0%",
    r"simulate_scaling": r"^ +0\.2 +0\.1 ",
    r"stress_accuracy": r"^cpu thread_pool 95% of 1, process_priority: got ",
    r"stress_kills": r"^1 kills .*, 0 left something;",
    r"trend_tables": r"^  60 +\d",
}


def does_not_tell(job: Job) -> Iterator[str]:
    for pattern, told in TOLD.items():
        if re.search(pattern, job.line):
            if not re.search(told, job.outcome["output"], re.MULTILINE):
                yield f"nothing is said like {told}"
            return
    # Load, real or drawn, is judged by its results; `git add` and the tests of the project have checks.
    if not (job.real or job.drawn or job.check or job.expected != (0,) or job.words[0] == "git"):
        yield "nobody looks at what it prints"


# With stress, faults and memory limits: a second of it may miss its budgets.
SUITES = r"-scenario=(standard|full|common-name-references,)"
CELLS = r"-scenario=(memory-pressure\[|(memory-pressure|cpu-contention) --ide)"
CHECKS = {
    SUITES: fails_by_budgets,
    CELLS: fails_by_budgets,
    r"--load-tx=4\*popen": four_agents,
    r"-scenario='?\"?recovery": came_back,
    r"--load-scale=|-scenario=vertical-scaling": scaled,
    r"--load-(compare|baseline|baseline-backend)=": compared,
    r"--cache-clear": is_cleared,
    r"generate_reference": writes_the_reference,
    r"^python -m pytest ": two_pass,
}
