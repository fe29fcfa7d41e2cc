"""`python -m pytest_rustide_load history`: what was measured before, listed, shown, exported, imported and
forgotten.

Prints plain text; knows nothing of tests.
"""

from __future__ import annotations

import argparse
import csv
import io
import sys
from collections.abc import Callable
from pathlib import Path

from pytest_rustide_load.errors import HistoryError, did_you_mean
from pytest_rustide_load.history import (
    HISTORY_PATH,
    METRICS,
    OUTCOMES,
    HistoryStore,
    StoredRun,
    describe_none,
    kept_trends,
    stored_run,
)
from pytest_rustide_load.monitor import short_hash
from pytest_rustide_load.report import decode_results
from pytest_rustide_load.report.table import Cell, render_table
from pytest_rustide_load.report.text import render_results
from pytest_rustide_load.report.trends import render_trends

__all__ = ["add_arguments", "run"]

_LISTED = 20
_OF_RUN = (
    "session",
    "role",
    "calibration_ms",
    "rss_avg_mb",
    "rss_peak_mb",
    "cpu_avg_percent",
    "alerts",
    "stress",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    usual = str(HISTORY_PATH)
    parser.add_argument("--path", default=usual, metavar="FILE", help="the history (default: %(default)s)")
    commands = parser.add_subparsers(dest="what", required=True, metavar="WHAT")
    listed = commands.add_parser("list", help="the last runs, a line each")
    listed.add_argument("--scenario", metavar="NAME", help="of this scenario only")
    listed.add_argument("--limit", type=_count, default=_LISTED, metavar="N", help="default: %(default)s")
    shown = commands.add_parser("show", help="one run as it was reported")
    shown.add_argument("number", type=_count, help="its number in the list")
    going = commands.add_parser("trend", help="where the series of each scenario are going")
    going.add_argument("--scenario", metavar="NAME", help="of this scenario only")
    exported = commands.add_parser("export", help="all runs, on standard output")
    exported.add_argument("--scenario", metavar="NAME", help="of this scenario only")
    kinds = "a row for each operation, or JSON as of --load-json (default: csv)"
    exported.add_argument("--format", choices=("csv", "json"), default="csv", help=kinds)
    imported = commands.add_parser("import", help="take in runs from elsewhere; those known stay as they are")
    imported.add_argument("files", nargs="+", metavar="FILE", help="JSON of --load-json or of export")
    pruned = commands.add_parser("prune", help="forget old runs")
    kept = "all but the last N of each scenario"
    pruned.add_argument("--keep", type=_count, required=True, metavar="N", help=kept)


def run(arguments: argparse.Namespace) -> int:
    """Do what was asked; the exit status. Raises HistoryError."""
    path = Path(arguments.path)
    if not path.exists() and arguments.what != "import":
        raise HistoryError(f"there is no history at {path}: load tests make one, or name another with --path")
    history = HistoryStore(path)
    try:
        doing: dict[str, Callable[[HistoryStore, argparse.Namespace], str]] = {
            "list": _list,
            "show": _show,
            "trend": _trend,
            "export": _export,
            "import": _import,
            "prune": _prune,
        }
        sys.stdout.write(doing[arguments.what](history, arguments))
    finally:
        history.close()
    return 0


def _list(history: HistoryStore, arguments: argparse.Namespace) -> str:
    runs = history.runs(scenario=arguments.scenario, limit=arguments.limit)
    if not runs:
        return _nothing(history, arguments.scenario)
    rows = [
        (
            Cell(str(one.number)),
            Cell(one.started_at[:16].replace("T", " "), left=True),
            Cell(one.scenario, left=True),
            Cell(f"{one.backend} {one.backend_version}".rstrip(), left=True),
            Cell(one.revision[:8], left=True),
            Cell(one.status or one.ended, left=True),
        )
        for one in runs
    ]
    head = ("run", "when (UTC)", "scenario", "backend", "commit", "verdict")
    return "\n".join(render_table(head, rows, 80)) + "\n"


def _show(history: HistoryStore, arguments: argparse.Namespace) -> str:
    return render_results(history.results(arguments.number)) + "\n"


def _trend(history: HistoryStore, arguments: argparse.Namespace) -> str:
    names = dict.fromkeys(one.scenario for one in history.runs(scenario=arguments.scenario))
    if not names:
        return _nothing(history, arguments.scenario)
    found = [
        describe_none(history, name) if trends is None else render_trends(trends)
        for name in names
        for trends in [kept_trends(history, name)]
    ]
    return "\n\n".join(found) + "\n"


def _nothing(history: HistoryStore, scenario: str | None) -> str:
    known = {one.scenario for one in history.runs()}
    if scenario is None or not known:
        return "no runs\n"
    return f"no runs of {scenario!r}: {did_you_mean(scenario, known)}\n"


def _export(history: HistoryStore, arguments: argparse.Namespace) -> str:
    runs = history.runs(scenario=arguments.scenario)
    if arguments.format == "json":
        from pytest_rustide_load.report import encode_results

        return encode_results([history.results(one.number) for one in runs]).decode()
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    head = ("run", "started_at", "scenario", "profile", "seed", "backend", "backend_version", "revision")
    about = ("codebase", "machine", "ended", "status", *_OF_RUN, "operation", "planned", "ok")
    writer.writerow((*head, *about, *OUTCOMES, *METRICS))
    for one in runs:
        for name, row in one.operations.items():
            figures = [getattr(row, key) for key in (*OUTCOMES, *METRICS)]
            writer.writerow((*_about(one), name, row.planned, row.ok, *figures))
    return text.getvalue()


def _about(one: StoredRun) -> tuple[object, ...]:
    subject = (one.backend, one.backend_version, one.revision, one.codebase, one.machine)
    more = (getattr(one, name) for name in _OF_RUN)
    return (
        one.number,
        one.started_at,
        one.scenario,
        one.profile,
        one.seed,
        *subject,
        one.ended,
        one.status,
        *more,
    )


def _import(history: HistoryStore, arguments: argparse.Namespace) -> str:
    runs: list[StoredRun] = []
    for name in arguments.files:
        try:
            data = Path(name).read_bytes()
        except OSError as error:
            raise HistoryError(f"{name} cannot be read: {error.strerror}") from error
        for one in decode_results(data, name):
            machine = short_hash(one.fingerprint)
            runs.append(stored_run(one, None, revision=one.details.get("commit", ""), machine=machine))
    # Every file was understood before anything is stored.
    fresh = 0
    for run in runs:
        # Two files may hold the same run.
        if not history.has(run):
            history.add(run)
            fresh += 1
    known = f", {_were(len(runs) - fresh)} there already" if fresh < len(runs) else ""
    return f"{_runs(fresh)} imported{known}\n"


def _prune(history: HistoryStore, arguments: argparse.Namespace) -> str:
    return f"{_runs(history.prune(arguments.keep))} forgotten\n"


def _runs(count: int) -> str:
    return f"{count} run{'' if count == 1 else 's'}"


def _were(count: int) -> str:
    return f"{count} {'was' if count == 1 else 'were'}"


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 on")
    return int(text)
