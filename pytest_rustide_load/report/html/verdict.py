"""The head of a page: what got slower or missed its budget, by how much, how sure that is, and what to type.

Values in, elements out; all of it is said by `report.findings`.
"""

from __future__ import annotations

import htpy as h

from pytest_rustide_load.report.findings import (
    Finding,
    Session,
    find_findings,
    headline,
    not_run_text,
    what_to_type,
    worst_of,
)
from pytest_rustide_load.report.html.parts import badge, command, with_whole_percents

__all__ = ["verdict_section"]

# More than these nobody reads before doing something about the first.
_SHOWN = 8


def verdict_section(session: Session) -> h.Element:
    """The verdict on a whole session."""
    found = find_findings(session)
    worst = worst_of(session)
    grave = [one for one in found if one.status != "WARN"]
    mild = [one for one in found if one.status == "WARN"]
    head = headline(session)
    commands = what_to_type(session, grave[:_SHOWN])
    return h.section(class_=f"verdict s-{worst or 'NONE'}", aria_labelledby="verdict")[
        h.h1("#verdict")[head],
        _findings(grave[:_SHOWN], head),
        _rest(grave[_SHOWN:], f"{len(grave) - _SHOWN} more"),
        h.div(".commands")[h.p["What to type:"], (command(text, "") for text in commands)]
        if commands
        else None,
        _rest(
            mild,
            "1 warning, which binds nobody" if len(mild) == 1 else f"{len(mild)} warnings, which bind nobody",
        ),
        _not_run(session),
    ]


def _findings(grave: list[Finding], head: str) -> h.Element | None:
    """What does not pass; of a single one that stands in the headline already only how sure that is."""
    if len(grave) == 1 and grave[0].what in head:
        said = [*_certainty(grave[0])]
        return h.p(".findings")[said] if said else None
    return h.ol(".findings")[(_finding(one) for one in grave)] if grave else None


def _rest(found: list[Finding], summary: str) -> h.Element | None:
    if not found:
        return None
    return h.details[h.summary[summary], h.ol(".findings")[(_finding(one) for one in found)]]


def _not_run(session: Session) -> h.Element | None:
    """Why, at once where that is all there is to say."""
    if not session.not_run:
        return None
    reasons = h.ul(".remarks")[(h.li[reason] for reason in session.not_run)]
    return h.details(open=not session.results)[h.summary[not_run_text(session)], reasons]


def _finding(one: Finding) -> h.Element:
    return h.li[
        badge(one.status),
        " ",
        h.span(".scenario")[f"{one.scenario}: "] if one.scenario else None,
        h.strong[one.what],
        _certainty(one),
    ]


def _certainty(one: Finding) -> list[h.Element]:
    found = []
    if one.certainty:
        found.append(h.span(".certainty")[f" {with_whole_percents(one.certainty)}"])
    if one.where:
        found.append(h.span(".where")[f" (set by {one.where})"])
    return found
