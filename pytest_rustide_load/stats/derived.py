"""Times a user feels that no single request shows: from a keystroke to the first answer that is about it.

Derived from a small log of events beside the samples. What is recorded, each event once:

- `edited(row, document, version)` when an edit is sent: its sample, its document, and the version of the
  document that holds it. Edits that one notification carries have the same version, and are recorded each.
- `asked(row, document, version)` when a question about a document is sent: its sample, and the version of
  the document it was asked at.
- `published(at_ns, document, version)` when `textDocument/publishDiagnostics` arrives; `version` is None
  where the server names none.

Documents are numbered by `document(user, path)`: two users who have one file open have two documents. What
became of a question stands in its sample, so it may still be judged after it was recorded. Knows nothing of
sessions, clocks or texts.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pytest_rustide_load.stats.quantiles import Estimate, censored_quantiles
from pytest_rustide_load.stats.samples import Outcome, PhaseKind, SampleLog
from pytest_rustide_load.stats.summary import Distribution

if TYPE_CHECKING:
    from typing import TypeAlias

    import numpy.typing as npt

    _Times: TypeAlias = npt.NDArray[np.int64]

__all__ = ["DIAGNOSTICS", "DerivedTimes", "EventLog", "derive_times"]

# The operation that asks for diagnostics.
DIAGNOSTICS = "pull_diagnostics"
_EDITED, _ASKED, _PUBLISHED = 0, 1, 2
_NO_VERSION = -1
# Beyond every moment of a run.
_NEVER_NS = np.iinfo(np.int64).max


class EventLog:
    """Events in columns, in the order they were recorded; appending is as cheap as for samples."""

    __slots__ = ("_document", "_documents", "_kind", "_version", "_what")

    def __init__(self) -> None:
        self._documents: dict[tuple[int, str], int] = {}
        self._kind = array("B")
        self._document = array("I")
        self._version = array("q")
        # The row of the sample; for what was published, when it arrived.
        self._what = array("q")

    def __len__(self) -> int:
        return len(self._kind)

    def document(self, user: int, path: str) -> int:
        """The number of a user's document."""
        return self._documents.setdefault((user, path), len(self._documents))

    def edited(self, row: int, document: int, version: int) -> None:
        """The edit of sample `row` is part of `version` of `document`."""
        self._add(_EDITED, document, version, row)

    def asked(self, row: int, document: int, version: int) -> None:
        """The question of sample `row` was sent while `document` was at `version`."""
        self._add(_ASKED, document, version, row)

    def published(self, at_ns: int, document: int, version: int | None) -> None:
        """Diagnostics of `document` arrived unasked."""
        self._add(_PUBLISHED, document, _NO_VERSION if version is None else version, at_ns)

    def _add(self, kind: int, document: int, version: int, what: int) -> None:
        self._kind.append(kind)
        self._document.append(document)
        self._version.append(version)
        self._what.append(what)

    def columns(self) -> dict[str, _Times]:
        """Copies of the columns `kind`, `document`, `version` and `what` as int64 arrays of shape (n,)."""
        return {
            "kind": np.array(self._kind, dtype=np.int64),
            "document": np.array(self._document, dtype=np.int64),
            "version": np.array(self._version, dtype=np.int64),
            "what": np.array(self._what, dtype=np.int64),
        }


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
    asked_rows = log["what"][log["kind"] == _ASKED]
    pulled = bool(np.any(asks_diagnostics[rows["operation"][asked_rows]])) if len(asked_rows) else False
    pushed = bool(np.any(log["kind"] == _PUBLISHED))
    feedback, news = _Waits([], []), _Waits([], [])
    edits = overtaken = 0
    for kind, version, what in _by_document(log):
        edit_rows = what[kind == _EDITED]
        edit_version = version[kind == _EDITED]
        intended = rows["intended_ns"][edit_rows]
        measured = rows["phase"][edit_rows] == PhaseKind.MEASURE
        edits += int(np.count_nonzero(measured))
        ask_rows, ask_version = what[kind == _ASKED], version[kind == _ASKED]
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
            last = int(asked[chosen].max(initial=_NO_VERSION))
            return np.where(wanted <= last, end_ns, _NEVER_NS)

        every = np.ones(len(ask_rows), dtype=bool)
        heard = _first_since(mine_version, ask_version[fresh], done[fresh])
        feedback.add(mine, heard, until_the_end(every))
        if pulled:
            pulls = asks_diagnostics[rows["operation"][ask_rows]]
            heard = _first_since(mine_version, ask_version[fresh & pulls], done[fresh & pulls])
            news.add(mine, heard, until_the_end(pulls))
        else:
            told = kind == _PUBLISHED
            at, told_version = what[told], version[told]
            versioned = told_version != _NO_VERSION
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
