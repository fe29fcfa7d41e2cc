"""What becomes of each command that the documentation shows: it runs, shortened by what is appended to it, or
is typed by another test. None is left out.

Shortened is: a part of a suite or matrix, fewer users, levels and repetitions, seconds instead of minutes,
for which the same option may be given once more; scripts that measure have smaller arguments in the place of
theirs. The backend is the one that is shown, else the embedded one. The first pattern of a table that fits a
command decides.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, replace

from tests.docs.blocks import Block, command_lines, find_blocks, find_inline

__all__ = [
    "APPENDED",
    "BLOCKS",
    "ELSEWHERE",
    "HOSTS",
    "NEWCOMER",
    "OTAVA",
    "PICTURES",
    "SMALLEST",
    "TYPED",
    "Typed",
    "appended",
    "elsewhere",
    "smallest",
]

# No commands, but the form of some: a word stands for any other, or is left out.
FORMS = re.compile(r"(COMMAND|=NAME)$|^pytest (-n|-n 2|--junitxml)$")
# Typed by tests/plugin/test_tutorial.py, in a virtual environment of their own; shortened are durations, and
# a port is one that is free.
NEWCOMER = (
    r"^pytest examples |^python3 -m venv|^\. \.venv|^pip install|^pytest -n auto$|test_editor\.py"
    r"|--load-live=8000"
)
# By tests/cli/test_observe.py, which is the editor they wait for.
BETWEEN = r"pytest_rustide_load observe"
# By test_hosts.py, where the hosts are.
HOSTS = r"tcp://10\.0\.0\.7"
# By test_pictures.py, which has the machine to itself.
PICTURES = r"^python docs/site/everything\.py"
# By test_otava.py, in another virtual environment.
OTAVA = r"^python tests/stats/trend_tables\.py --otava"
ELSEWHERE = (NEWCOMER, BETWEEN, HOSTS, PICTURES, OTAVA)
# What makes commands take seconds, in the profile smoke. What is given a second time counts; all other
# options are as they stand there.
APPENDED = {
    r"^pytest .*--load-(list|show)": "",
    r"^pytest --cache-clear": "-o cache_dir=own-cache --load-scenario=individual-developer "
    "--load-duration=1s",
    r"^pytest .*--load-repeat-request": "--ide-backend=embedded --load-profile=ci",
    r"^pytest .*--load-tx=4\*popen": "--load-users=4 --load-duration=1s",
    r"^pytest .*--load-live": "--load-duration=4s",
    r"^pytest .*-scenario=standard --load-profile": "-k 'individual or network' --load-duration=1s",
    r"^pytest .*-scenario=standard": "-k 'cold or frequency' --load-duration=1s",
    r"^pytest .*-scenario=full": "-k large-team --load-duration=1s",
    r"^pytest .*-scenario=common-name-references,": "-k edit-backlog --load-duration=1s",
    r"^pytest .*-scenario=cpu-contention --ide": "-k 'single_thread-os and 90' --load-duration=2s",
    r"^pytest .*-scenario=memory-pressure --ide": "-k 1GB-spike-garbage --load-duration=12s",
    r"^pytest .*-scenario=vertical-scaling --ide-backend=rust-analyzer$": "--load-scale=users=1,2 "
    "--load-repetitions=1 --load-duration=5s",
    r"^pytest .*'?memory-pressure\[": "--load-duration=9s",
    r"^pytest .*'?recovery\[": "--load-duration=9s",
    r"^pytest .*-scenario=recovery -k connection": "-k connection-reset --load-duration=9s",
    r"^pytest .*-scenario=recovery --ide": "-k process-kill --load-duration=12s",
    r"^pytest .*-scenario=recovery": "-k process-stop --load-duration=9s",
    r"^pytest .*--load-scale=": "--load-scale=users=1,2 --load-repetitions=1 --load-duration=0.5s",
    r"^pytest .*--load-(compare|repetitions|baseline-backend)": "--load-repetitions=2 --load-duration=1s",
    r"^pytest ": "--load-duration=1s",
    r"selftest": "--seconds=0.2",
    r"^python -m pytest ": "-k 'examples[7] or outline_has_all' -p no:cacheprovider",
}
# Arguments with which a script that measures for minutes shows that it runs: by its name, or by that and the
# arguments it is shown with. DIR is a directory of its own.
SMALLEST = {
    "aa_duet": "--sessions=1 --backend=embedded --pairs=2 --seconds=1 --loc=600 --out=DIR",
    "bottleneck_accuracy": "1 0.5 sleep",
    "client_speed": "0.05",
    "codebase_speed": "small-project --runs=1",
    "controller_scale": "50 2",
    "framing_fuzz": "200 1",
    "gate_table": "--trials=1 --naive-trials=20 --history-trials=0 --changes=20 --regime=400",
    "growth_accuracy": "3",
    "history_kills": "--kills 5 --sessions 0",
    "live_cost --runs": "--runs --rounds=1 --seconds=1 --kinds reader",
    "many_users": "20 2 2 10",
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


def elsewhere(one: Typed) -> bool:
    """It is typed by another test."""
    return any(re.search(pattern, one.line) for pattern in ELSEWHERE)


def appended(one: Typed) -> list[str]:
    return shlex.split(_first(APPENDED, one.line) or "")


def smallest(one: Typed) -> list[str]:
    """A script with arguments that take seconds."""
    script = re.match(r"^python3? (tests/\w+/(\w+)\.py)", one.line)
    assert script is not None
    whole = " ".join((script[2], *one.words[2:]))
    return ["python", script[1], *SMALLEST.get(whole, SMALLEST.get(script[2], "")).split()]
