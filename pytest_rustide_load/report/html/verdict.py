"""The head of a page: what got slower or missed its budget, by how much, how sure that is, and what to type.

Values in, elements out; all of it is said by `report.findings`.
"""

from __future__ import annotations

import htpy as h

from pytest_rustide_load.report.findings import Finding, Session, find_findings, headline, worst_of
from pytest_rustide_load.report.html.parts import badge, command, unbroken

__all__ = ["verdict_section"]

# More than these nobody reads before doing something about the first.
_SHOWN = 8


def verdict_section(session: Session) -> h.Element:
    """The verdict on a whole session."""
    found = find_findings(session)
    worst = worst_of(session)
    grave = [one for one in found if one.status != "WARN"]
    mild = [one for one in found if one.status == "WARN"]
    commands = dict.fromkeys(one.command for one in grave[:_SHOWN] if one.command)
    return h.section(class_=f"verdict s-{worst or 'NONE'}", aria_labelledby="verdict")[
        h.h1("#verdict")[headline(session)],
        h.ol(".findings")[(_finding(one) for one in grave[:_SHOWN])] if grave else None,
        _rest(grave[_SHOWN:], f"{len(grave) - _SHOWN} more"),
        h.div(".commands")[h.p["What to type:"], (command(text, "") for text in commands)]
        if commands
        else None,
        _rest(
            mild,
            "1 warning, which binds nobody" if len(mild) == 1 else f"{len(mild)} warnings, which bind nobody",
        ),
    ]


def _rest(found: list[Finding], summary: str) -> h.Element | None:
    if not found:
        return None
    return h.details[h.summary[summary], h.ol(".findings")[(_finding(one) for one in found)]]


def _finding(one: Finding) -> h.Element:
    return h.li[
        badge(one.status),
        " ",
        h.span(".scenario")[f"{one.scenario}: "] if one.scenario else None,
        h.strong[one.what],
        h.span(".certainty")[f" {unbroken(one.certainty)}"] if one.certainty else None,
        h.span(".where")[f" (set by {one.where})"] if one.where else None,
    ]
