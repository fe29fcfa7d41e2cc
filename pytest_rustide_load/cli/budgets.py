"""`python -m pytest_rustide_load budgets suggest`: limits that follow from the runs of before.

Prints what it would change; changes the file where that is asked for. Knows nothing of tests.
"""

from __future__ import annotations

import argparse
import difflib
import sys
from pathlib import Path

from pytest_rustide_load.budgets import BudgetFile, parse_budgets
from pytest_rustide_load.budgets.edit import set_value
from pytest_rustide_load.errors import ConfigError, HistoryError, Problem, did_you_mean
from pytest_rustide_load.history import HISTORY_PATH, HistoryStore, describe_none, kept_runs
from pytest_rustide_load.pages import write_page
from pytest_rustide_load.report.suggested import (
    Suggested,
    describe_unmet,
    limit_text,
    render_suggested,
    suggest_budgets,
)
from pytest_rustide_load.report.table import wrap
from pytest_rustide_load.scenarios import find_scenario_files, load_scenarios, scenario_name
from pytest_rustide_load.workload import operation_names

__all__ = ["add_arguments", "run"]

_WIDTH = 80
_USUAL = "budgets.yaml"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(dest="what", required=True, metavar="WHAT")
    suggest = commands.add_parser(
        "suggest", help="limits that follow from the history, beside those that stand"
    )
    suggest.add_argument(
        "--path", default=str(HISTORY_PATH), metavar="FILE", help="the history (default: %(default)s)"
    )
    suggest.add_argument("--budgets", default=_USUAL, metavar="FILE", help="default: %(default)s")
    suggest.add_argument("--scenario", metavar="NAME", help="of this scenario only")
    how = suggest.add_mutually_exclusive_group()
    how.add_argument(
        "--write", action="store_true", help="put them into the file; all else in it stays as it is"
    )
    how.add_argument(
        "--check",
        action="store_true",
        help="exit with 1 where a limit is tighter than the noise of runs, or more than twice what they need",
    )


def run(arguments: argparse.Namespace) -> int:
    """Do what was asked; the exit status. Raises HistoryError, ConfigError."""
    path = Path(arguments.path)
    if not path.exists():
        raise HistoryError(f"there is no history at {path}: load tests make one, or name another with --path")
    budgets = Path(arguments.budgets)
    history = HistoryStore(path)
    try:
        text = _read(budgets)
        names = list(dict.fromkeys(one.scenario for one in history.runs()))
        if arguments.scenario is not None and arguments.scenario not in names:
            raise HistoryError(
                f"{path} has no runs of {arguments.scenario!r}: {did_you_mean(arguments.scenario, names)}"
            )
        file = _parse(text, arguments.budgets, names)
        found: list[Suggested] = []
        for name in names if arguments.scenario is None else [arguments.scenario]:
            found += _one(history, name, file)
    finally:
        history.close()
    if arguments.check:
        return _check(found)
    return _change(budgets, text, found, write=arguments.write, names=names)


def _one(history: HistoryStore, scenario: str, file: BudgetFile) -> list[Suggested]:
    runs = [run.results for run in kept_runs(history, scenario)]
    if not runs:
        sys.stdout.write(f"{describe_none(history, scenario)}\n\n")
        return []
    last = runs[-1]
    backend = f"{last.backend.name} {last.backend.version}".rstrip()
    found = suggest_budgets(runs, file)
    title = f"{scenario}: {backend}, {len(runs)} comparable run{'s' if len(runs) != 1 else ''}"
    sys.stdout.write(render_suggested(title, found, width=_WIDTH, colour=sys.stdout.isatty()) + "\n\n")
    return found


def _check(found: list[Suggested]) -> int:
    told = describe_unmet(found)
    for sentence in told:
        sys.stdout.write("\n".join(wrap(sentence, _WIDTH, "  ")) + "\n")
    standing = sum(one.standing is not None for one in found)
    sys.stdout.write(f"{len(told)} of {standing} limits are not what the runs suggest\n")
    if not standing:
        sys.stdout.write("nothing could be checked: it takes five comparable runs of a scenario\n")
    return 1 if told or not standing else 0


def _change(path: Path, text: str, found: list[Suggested], *, write: bool, names: list[str]) -> int:
    """Limits of single operations of a scenario are replaced or added; those that bound many stay."""
    new = text
    problems = []
    for one in found:
        if not one.shared:
            place = ["scenarios", one.scenario, *([one.operation] if one.operation else []), one.metric.key]
            try:
                new = set_value(new, place, limit_text(one.metric, one.suggestion))
            except ValueError as error:
                problems.append(Problem(str(error), str(path)))
    if problems:
        raise ConfigError(list(dict.fromkeys(problems)))
    _parse(new, str(path), names)
    if new == text:
        sys.stdout.write("nothing to change\n")
    elif write:
        try:
            write_page(path, new)
        except OSError as error:
            raise ConfigError(Problem(f"cannot be written: {error.strerror}", str(path))) from None
        sys.stdout.write(f"{path} changed\n")
    else:
        lines = difflib.unified_diff(
            text.splitlines(True), new.splitlines(True), str(path), f"{path} (suggested)"
        )
        sys.stdout.writelines(lines)
        sys.stdout.write("nothing was changed: --write does\n")
    return 0


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8") if path.exists() or path.name != _USUAL else ""
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(Problem(f"cannot be read: {error}", str(path))) from None


def _parse(text: str, source: str, names: list[str]) -> BudgetFile:
    files = map(scenario_name, find_scenario_files(Path()))
    known = [*load_scenarios("ci"), *files, *names]
    return parse_budgets(text, source, operations=operation_names(), scenarios=known)
