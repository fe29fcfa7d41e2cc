"""What becomes of each command that the documentation shows: it runs, shortened by what is appended to it, or
with drawn load, or by another test that types the same words; or it does not, and why.

The first pattern of a table that fits a command decides.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from tests.docs.blocks import Block, command_lines, find_blocks, find_inline

__all__ = ["BETWEEN", "BLOCKS", "DRAWN", "NOT_RUN", "TYPED", "Typed", "appended", "smallest", "why"]

# What is not run, and why.
NOT_RUN = {
    r"^pytest -n auto$": "is this suite",
    r"^pip install .*-e '?\.\[(test|docs)\]": "is how the environment of this suite was made",
    r"^pytest .*tcp://10\.0\.0\.7": "asks hosts that do not exist: tests/plugin/test_agents_ssh.py",
    r"^python docs/site/everything\.py": "makes the report of everything, and the pictures, in minutes",
    r"^python docs/generate_reference\.py": "writes into docs; tests/test_reference.py makes the same page",
    r"^python tests/stats/trend_tables\.py --otava": "takes an environment with Apache Otava",
}
# No commands, but the form of some: a word stands for any other, or is left out.
FORMS = re.compile(r"(COMMAND|=NAME)$|^pytest (-n|-n 2|--junitxml)$")
# Typed, as they stand there, by tests/plugin/test_tutorial.py, in a virtual environment of their own.
NEWCOMER = r"^pytest examples |^python3 -m venv|^\. \.venv|^pip install|test_editor\.py|--load-live=8000"
# Typed, as they stand there, by tests/cli/test_observe.py, which is the editor they wait for.
BETWEEN = r"pytest_rustide_load observe"
# Whose load is drawn, as running it would take minutes even in the profile smoke; the command line, files,
# reports and the exit status are the real ones all the same.
DRAWN = {
    r"-scenario=(standard|full|common-name-references,)": "suites of 10 to 40 load tests",
    r"--load-repetitions=20 .*load/main\.json": "twenty runs; README's are real, and fewer",
    r"--load-repetitions=3 .*load/main\.json": "against those",
    r"--load-compare=.*rust-analyzer@": "pairs of two; those of the tutorial are real",
    r"--load-compare=.*my-server": "as above",
    r"--load-baseline-backend=": "as above",
    r"^pytest --load-scenario=vertical-scaling --ide-backend": "ten runs and more; three are real elsewhere",
    r"^pytest .*-scenario=small-team": "five backends: tests/plugin/test_teams.py starts them",
    r"^pytest load/before-lunch.scenario.yaml$": "is real with --load-profile=smoke, a line before",
    r"-scenario=critical-path --load-report=": "is real without a report, in README",
    r"-scenario=recovery --ide-backend=rust-analyzer": "twelve faults; three are real, on other lines",
    r"-scenario=cpu-contention ": "18 cells; one is real, on another line",
    r"-scenario=memory-pressure ": "three cells of it are run in tests/plugin/test_stress_real.py",
}
# What makes commands take seconds.
APPENDED = {
    r"^pytest .*--load-(list|show)": "",
    r"^pytest --cache-clear": "-o cache_dir=own-cache --load-scenario=critical-path --collect-only",
    r"^pytest .*--load-repeat-request": "--ide-backend=embedded --load-profile=ci",
    r"^pytest .*--load-tx=4\*popen": "--load-users=4 --load-duration=1s",
    r"^pytest .*--load-live": "--load-duration=4s",
    r"^pytest .*'?recovery\[": "--load-duration=9s",
    r"^pytest .*-scenario=recovery -k connection": "-k connection-reset --load-duration=9s",
    r"^pytest .*-scenario=recovery": "-k process-stop --load-duration=9s",
    r"^pytest .*--load-scale=": "--load-scale=users=1,2 --load-repetitions=1 --load-duration=0.5s",
    r"^pytest .*--load-(compare|repetitions)": "--load-repetitions=2 --load-duration=1s",
    r"^pytest ": "--load-duration=1s",
    r"selftest": "--seconds=0.2",
    r"^python -m pytest ": "--collect-only -q",
}
# Arguments with which a script that measures for minutes shows that it runs: by its name, or by that and the
# arguments it is shown with.
SMALLEST = {
    "aa_duet": "--help",
    "bottleneck_accuracy": "1 0.5 sleep",
    "client_speed": "0.05",
    "codebase_speed": "small-project --runs=1",
    "controller_scale": "50 2",
    "framing_fuzz": "200 1",
    "gate_table": "--help",
    "growth_accuracy": "3",
    "history_kills": "--kills 1 --sessions 0",
    "live_cost --runs": "--runs --rounds=1 --seconds=1 --kinds reader",
    "many_users": "2 1 1 1",
    "memory_growth": "2 100",
    "plugin_overhead": "1",
    "report_speed": "60",
    "simulate_growth": "1",
    "simulate_scaling": "2",
    "stress_accuracy": "0.05 cpu",
    "stress_kills": "1",
    "trend_tables": "--series 2",
}


@dataclass(frozen=True, slots=True)
class Typed:
    """One command of a page: `words` without what is the shell's, `environment` what stands before them,
    `target` the file its output goes to, `optional` the words that may be left out, and are."""

    block: Block
    words: tuple[str, ...]
    environment: tuple[tuple[str, str], ...]
    target: str
    optional: tuple[str, ...]

    @property
    def line(self) -> str:
        return " ".join(self.words)

    @property
    def name(self) -> str:
        return f"{self.block.name}: {self.line}"


def _typed(block: Block) -> list[Typed]:
    found = []
    # What may be left out stands in brackets.
    optional = re.findall(r"(?<= )\[([^\]]+)\]", block.text)
    for words in command_lines(replace(block, text=re.sub(r" \[[^\]]+\]", "", block.text))):
        environment = []
        while re.match(r"^[A-Z_]+=", words[0]):
            name, _, value = words.pop(0).partition("=")
            environment.append((name, value))
        words[0] = words[0].removeprefix(".venv/bin/")
        *kept, target = words if ">" in words else (*words, "")
        kept = [word for word in kept if word != ">"]
        found.append(Typed(block, tuple(kept), tuple(environment), target, tuple(" ".join(optional).split())))
    return found


def _first(table: dict[str, str], line: str) -> str | None:
    return next((text for pattern, text in table.items() if re.search(pattern, line)), None)


BLOCKS = find_blocks()
TYPED = [
    one
    for block in [*(block for block in BLOCKS if block.kind == "sh"), *find_inline()]
    for one in _typed(block)
    if not FORMS.search(one.line)
]


def why(one: Typed) -> str:
    """It is not run; "" where it is."""
    return _first(NOT_RUN, one.line) or ""


def appended(one: Typed) -> list[str]:
    return (_first(APPENDED, one.line) or "").split()


def smallest(one: Typed) -> list[str]:
    """A script with arguments that take seconds."""
    script = re.match(r"^python3? (tests/\w+/(\w+)\.py)", one.line)
    assert script is not None
    whole = " ".join((script[2], *one.words[2:]))
    return ["python", script[1], *SMALLEST.get(whole, SMALLEST.get(script[2], "")).split()]
