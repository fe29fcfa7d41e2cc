"""The pages of a dashboard by name, made from the history when they are asked for.

Joins history and report.
"""

from __future__ import annotations

import re
from functools import cached_property
from pathlib import Path

from pytest_rustide_load.errors import HistoryError
from pytest_rustide_load.history import HistoryStore, StoredRun, kept_trends
from pytest_rustide_load.pages import load_assets
from pytest_rustide_load.report.findings import Session
from pytest_rustide_load.report.html import render_report
from pytest_rustide_load.report.html.site import (
    ListedRun,
    Overview,
    comparable_run,
    render_index,
    render_scenario,
    render_side_by_side,
    run_links,
)

__all__ = ["Site"]

# A file system takes 255 bytes; the rest of a name tells nobody anything.
_LONGEST = 80
_RUN = re.compile(r"run-([0-9]{1,12})\.html")


class Site:
    """The pages over the history at `path`; the last `limit` runs of each scenario have one of their own."""

    def __init__(self, path: Path, limit: int) -> None:
        self._path = path
        self._limit = limit
        self._assets = load_assets()

    def names(self) -> list[str]:
        """Every page there is. Raises HistoryError."""
        runs = [run.page for one in self._overviews for run in one.runs if run.page]
        return ["index.html", "compare.html", *(one.page for one in self._overviews), *runs]

    def render(self, name: str) -> str | None:
        """The page of that name; None where there is none. Raises HistoryError."""
        if name in ("", "index.html"):
            return render_index(self._overviews, self._path.name, self._assets)
        if name == "compare.html":
            return self._side_by_side()
        match = _RUN.fullmatch(name)
        if match is not None:
            return self._run(int(match[1]))
        found = next((one for one in self._overviews if one.page == name), None)
        return None if found is None else render_scenario(found, self._assets)

    @cached_property
    def _runs(self) -> dict[str, list[StoredRun]]:
        """By scenario, oldest first; what was measured in them is not read for that."""
        history = HistoryStore(self._path)
        try:
            found: dict[str, list[StoredRun]] = {}
            for run in history.runs():
                found.setdefault(run.scenario, []).append(run)
        finally:
            history.close()
        return dict(sorted(found.items()))

    @cached_property
    def _pages(self) -> dict[str, str]:
        return {name: f"{_slug(name)}-{number}.html" for number, name in enumerate(self._runs, 1)}

    @cached_property
    def _overviews(self) -> list[Overview]:
        runs_of = self._runs
        history = HistoryStore(self._path)
        try:
            found = []
            for name, runs in runs_of.items():
                trends = kept_trends(history, name)
                shown = {run.number for run in runs[-self._limit :]}
                listed = [_listed(run, shown) for run in runs]
                found.append(Overview(name, self._pages[name], listed, trends))
        finally:
            history.close()
        return found

    def _run(self, number: int) -> str | None:
        history = HistoryStore(self._path)
        try:
            results = history.results(number)
        except HistoryError:
            return None
        finally:
            history.close()
        name = results.scenario_name
        links = run_links(name, self._pages[name], number)
        return render_report(Session(results=(results,)), [], self._assets, above=links)

    def _side_by_side(self) -> str:
        numbers = {run.number: run.commit for one in self._overviews for run in one.runs if run.page}
        history = HistoryStore(self._path)
        try:
            runs = [comparable_run(at, commit, history.results(at)) for at, commit in sorted(numbers.items())]
        finally:
            history.close()
        return render_side_by_side(runs, load_assets("compare.js"))


def _listed(run: StoredRun, shown: set[int]) -> ListedRun:
    return ListedRun(
        number=run.number,
        when=run.started_at[:16].replace("T", " "),
        scenario=run.scenario,
        backend=f"{run.backend} {run.backend_version}".rstrip() + (f" ({run.role})" if run.role else ""),
        commit=run.revision,
        status=run.status if run.ended == "complete" and run.status else run.ended,
        page=f"run-{run.number}.html" if run.number in shown else "",
    )


def _slug(name: str) -> str:
    """What of a name may stand in a file's; never one of the other pages."""
    return "scenario-" + (re.sub(r"[^a-z0-9]+", "-", name.lower())[:_LONGEST].strip("-") or "x")
