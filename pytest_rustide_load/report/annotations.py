"""Findings as workflow commands of GitHub Actions, which shows them beside the lines they are about.

Values in, lines out. The format: https://docs.github.com/actions/reference/workflow-commands-for-github-actions
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pytest_rustide_load.report.findings import Finding

__all__ = ["render_annotations"]

# GitHub shows ten of each kind for a step.
_SHOWN = 10
_KINDS = {"FAIL": "error", "INCONCLUSIVE": "error", "VOID": "warning", "WARN": "warning"}


def render_annotations(
    found: Sequence[Finding], locate: Callable[[str], tuple[str, int] | None]
) -> list[str]:
    """A line for each finding, the gravest first, ten of each kind at most. `locate` gives the file and the
    line that "budgets.yaml:7" stands for, or None where that is no file of the repository."""
    lines: list[str] = []
    counts: dict[str, int] = {}
    for one in found:
        kind = _KINDS.get(one.status, "notice")
        counts[kind] = counts.get(kind, 0) + 1
        if counts[kind] > _SHOWN:
            continue
        properties = {"title": f"{one.status} {one.scenario}".rstrip()}
        place = locate(one.where) if one.where else None
        if place is not None:
            properties |= {"file": place[0], "line": str(place[1])}
        repeat = f"Repeat: {one.command}" if one.command else ""
        message = ". ".join(filter(None, (one.what, one.certainty, repeat)))
        told = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
        lines.append(f"::{kind} {told}::{_data(message)}")
    return lines


def _data(text: str) -> str:
    """On one line, so that nothing in it is a command of its own."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
