"""Times a user feels that no single request shows: from a keystroke to the first answer that is about it.

Derived from the samples of a run and the log of events beside them. Knows nothing of sessions, clocks or
texts.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pytest_rustide_load.stats.events import ASKED, EDITED, NO_VERSION, PUBLISHED, EventLog
from pytest_rustide_load.stats.quantiles import Estimate, censored_quantiles
from pytest_rustide_load.stats.samples import Outcome, PhaseKind, SampleLog
from pytest_rustide_load.stats.summary import Distribution

if TYPE_CHECKING:
    from typing import TypeAlias

    import numpy.typing as npt

    _Times: TypeAlias = npt.NDArray[np.int64]

__all__ = ["DIAGNOSTICS", "DerivedTimes", "derive_times"]

# The operation that asks for diagnostics.
DIAGNOSTICS = "pull_diagnostics"
# Beyond every moment of a run.
_NEVER_NS = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True)
class DerivedTimes:
    """The edits of the measured phase, and how long their user waited to see something about them.

    An answer is fresh when it was asked at the latest version and no further edit was due before it came. A
    time runs from when the edit was due to the first right and fresh answer asked at its version or a later
    one, so a keystroke in the middle of a burst may wait for the end of the burst. Edits whose answer never
    came are censored: known to have waited until the end of the run.

    - `keystroke_to_feedback`: to the first fresh answer of any operation. `edits_without_question` are left
      out of it: nothing was asked at their version or a later one, so there was nothing to wait for.
    - `fresh_diagnostics`: the same with diagnostics alone: answers to questions for them where the run
      asked any (`diagnostics_from` is "pull"), else what the server published for the version or a later one
      ("push"; "" where neither was seen). Pushed diagnostics without a version may be about an older text:
      the first after the edit is a lower bound. Servers need not publish what did not change: edits that
      nothing was published after are left out and counted in `edits_without_diagnostics`, to be read
      beside it.
    - `overtaken_answers`: right answers that came when a further edit had been due: too late to be shown.
    """

    edits: int
    keystroke_to_feedback: Distribution
    edits_without_question: int
    fresh_diagnostics: Distribution
    diagnostics_from: str
    edits_without_diagnostics: int
    overtaken_answers: int


@dataclass(slots=True)
class _Waits:
    """Times that ended, lower bounds of those that did not, and how many had nothing to wait for."""

    exact: list[int]
    bounds: list[int]
    without: int = 0

    def add(self, intended: _Times, heard: _Times, at_least: _Times) -> None:
        """One entry an edit: `heard` is when it ended, `at_least` up to when it is known to have lasted where
        that is never; never in both: nothing to wait for."""
        ended = heard != _NEVER_NS
        bounded = ~ended & (at_least != _NEVER_NS)
        self.exact += np.maximum(heard - intended, 0)[ended].tolist()
        self.bounds += np.maximum(at_least - intended, 0)[bounded].tolist()
        self.without += int(np.count_nonzero(~ended & ~bounded))


def derive_times(
    samples: SampleLog, events: EventLog, *, end_ns: int, diagnostics: Collection[str] = (DIAGNOSTICS,)
) -> DerivedTimes:
    """What the log of a finished run says. `end_ns` is when the run ended; `diagnostics` names the operations
    that ask for diagnostics."""
    rows = samples.columns()
    asks_diagnostics = np.array([name in diagnostics for name in samples.operations], dtype=bool)
    log = events.columns()
    asked_rows = log["what"][log["kind"] == ASKED]
    pulled = bool(np.any(asks_diagnostics[rows["operation"][asked_rows]])) if len(asked_rows) else False
    pushed = bool(np.any(log["kind"] == PUBLISHED))
    feedback, news = _Waits([], []), _Waits([], [])
    edits = overtaken = 0
    for kind, version, what in _by_document(log):
        edit_rows = what[kind == EDITED]
        edit_version = version[kind == EDITED]
        intended = rows["intended_ns"][edit_rows]
        measured = rows["phase"][edit_rows] == PhaseKind.MEASURE
        edits += int(np.count_nonzero(measured))
        ask_rows, ask_version = what[kind == ASKED], version[kind == ASKED]
        done = rows["done_ns"][ask_rows]
        right = rows["outcome"][ask_rows] == Outcome.OK
        late = right & (done >= _overtaken_at(intended, edit_version, ask_version))
        overtaken += int(np.count_nonzero(late & (rows["phase"][ask_rows] == PhaseKind.MEASURE)))
        fresh = right & ~late
        mine, mine_version = intended[measured], edit_version[measured]

        def until_the_end(
            chosen: npt.NDArray[np.bool_], asked: _Times = ask_version, wanted: _Times = mine_version
        ) -> _Times:
            """The end of the run for edits about which one of the `chosen` questions was asked."""
            last = int(asked[chosen].max(initial=NO_VERSION))
            return np.where(wanted <= last, end_ns, _NEVER_NS)

        every = np.ones(len(ask_rows), dtype=bool)
        heard = _first_since(mine_version, ask_version[fresh], done[fresh])
        feedback.add(mine, heard, until_the_end(every))
        if pulled:
            pulls = asks_diagnostics[rows["operation"][ask_rows]]
            heard = _first_since(mine_version, ask_version[fresh & pulls], done[fresh & pulls])
            news.add(mine, heard, until_the_end(pulls))
        else:
            told = kind == PUBLISHED
            at, told_version = what[told], version[told]
            versioned = told_version != NO_VERSION
            current = versioned & (at < _overtaken_at(intended, edit_version, told_version))
            heard = _first_since(mine_version, told_version[current], at[current])
            news.add(mine, heard, _first_after(mine, at[~versioned]))
    return DerivedTimes(
        edits=edits,
        keystroke_to_feedback=_distribution(feedback),
        edits_without_question=feedback.without,
        fresh_diagnostics=_distribution(news),
        diagnostics_from="pull" if pulled else "push" if pushed else "",
        edits_without_diagnostics=news.without,
        overtaken_answers=overtaken,
    )


def _by_document(log: dict[str, _Times]) -> Iterator[tuple[_Times, _Times, _Times]]:
    """Kind, version and `what` of each document's events."""
    order = np.argsort(log["document"], kind="stable")
    borders = np.flatnonzero(np.diff(log["document"][order])) + 1
    for part in np.split(order, borders):
        if len(part):
            yield log["kind"][part], log["version"][part], log["what"][part]


def _overtaken_at(intended: _Times, edit_version: _Times, version: _Times) -> _Times:
    """When the first edit beyond each `version` was due."""
    order = np.argsort(edit_version, kind="stable")
    first_from = np.minimum.accumulate(intended[order][::-1])[::-1]
    first_from = np.append(first_from, _NEVER_NS)
    return first_from[np.searchsorted(edit_version[order], version, side="right")]


def _first_since(version: _Times, answered: _Times, at: _Times) -> _Times:
    """When the first answer for each `version` or a later one came."""
    order = np.argsort(answered, kind="stable")
    first_from = np.append(np.minimum.accumulate(at[order][::-1])[::-1], _NEVER_NS)
    return first_from[np.searchsorted(answered[order], version, side="left")]


def _first_after(moments: _Times, at: _Times) -> _Times:
    """The first of `at` after each moment."""
    ordered = np.append(np.sort(at), _NEVER_NS)
    return ordered[np.searchsorted(ordered[:-1], moments, side="right")]


def _distribution(waits: _Waits) -> Distribution:
    exact, bounds = np.array(waits.exact, dtype=np.float64), np.array(waits.bounds, dtype=np.float64)
    count = len(exact) + len(bounds)
    if not count:
        return Distribution(0, 0)
    values = [*waits.exact, *waits.bounds]
    mean = sum(values) / count
    low, p50, p90, p95, p99, high = censored_quantiles(exact, bounds, (0.0, 0.5, 0.9, 0.95, 0.99, 1.0))
    spread = math.fsum((value - mean) ** 2 for value in values)
    return Distribution(
        count=count,
        censored=len(bounds),
        min_ns=low,
        mean_ns=Estimate(mean, is_lower_bound=len(bounds) > 0),
        stddev_ns=math.sqrt(spread / (count - 1)) if count > 1 else None,
        p50_ns=p50,
        p90_ns=p90,
        p95_ns=p95,
        p99_ns=p99,
        max_ns=high,
    )
