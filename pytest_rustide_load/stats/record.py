"""What one run of a scenario leaves behind: values only, everything later is derived from them.

Knows nothing of how they were obtained; all times are nanoseconds on the run's monotonic axis,
all sizes bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pytest_rustide_load.stats.events import EventLog
from pytest_rustide_load.stats.observed import HostSample, Scrape, TreeDetails, WaitLook
from pytest_rustide_load.stats.outages import FaultEvent, Outage, StatusChange
from pytest_rustide_load.stats.samples import SampleLog
from pytest_rustide_load.stats.slowest import SlowSample

__all__ = [
    "RESOURCE_COUNTERS",
    "GeneratorStats",
    "PartOfRun",
    "Refactored",
    "ResourceSample",
    "RunRecord",
    "SafetyMetrics",
]


@dataclass(frozen=True, slots=True)
class ResourceSample:
    """The backend's process tree (and the generator) at one moment.

    `cpu_ns` and the other counters begin at the start of the watch and include processes that have since
    ended. `read_bytes` and `write_bytes` went to or came from storage; the calls are reads and writes of any
    file, pipes included. None stands for a counter this machine does not offer.
    """

    at_ns: int
    rss_bytes: int
    cpu_ns: int
    process_count: int
    thread_count: int
    generator_cpu_ns: int
    generator_rss_bytes: int
    pss_bytes: int | None = None
    read_bytes: int | None = None
    write_bytes: int | None = None
    host_cpu_ratio: float | None = None
    read_calls: int | None = None
    write_calls: int | None = None
    minor_faults: int | None = None
    major_faults: int | None = None
    system_cpu_ns: int | None = None


# The fields of a ResourceSample that only grow.
RESOURCE_COUNTERS = (
    "cpu_ns",
    "read_bytes",
    "write_bytes",
    "read_calls",
    "write_calls",
    "minor_faults",
    "major_faults",
    "system_cpu_ns",
)


@dataclass(frozen=True, slots=True)
class GeneratorStats:
    """How well the generator itself kept to the plan during the measured phase.

    `cpu_ratio` is of one core; the lags are `sent - intended` of sent operations; Little's law
    error is |L - λW| / max(L, λW): time-average number in flight L, throughput λ, mean service time W.
    """

    planned: int
    sent: int
    dropped: int
    offered_per_s: float
    achieved_per_s: float
    send_lag_p50_ns: int
    send_lag_p99_ns: int
    send_lag_max_ns: int
    cpu_ratio: float
    littles_law_error_ratio: float
    bottleneck_reasons: tuple[str, ...] = ()

    @property
    def was_bottleneck(self) -> bool:
        """True where the figures speak of the generator instead of the backend: the verdict is void."""
        return bool(self.bottleneck_reasons)


@dataclass(frozen=True, slots=True)
class Refactored:
    """What was renamed and moved by a backend's own edits, which were the right ones, text for text; what was
    taken back afterwards is not counted again.

    `renames` of symbols and `moves` of modules were carried out, in so many different `files`, with so many
    `edits` of single places; `wrong` more would have been other than the right ones, and were not made.
    """

    renames: int = 0
    moves: int = 0
    files: int = 0
    edits: int = 0
    wrong: int = 0


@dataclass(frozen=True, slots=True)
class SafetyMetrics:
    """Answers and edits that went wrong under concurrency, counted over the whole run.

    None stands for what was not looked at.

    - `lost_edits`: documents the server had another text of at the end, among the `documents_compared` of
      `documents_edited`; `compared_by_outline` of these were compared by their symbols, for want of a text.
    - `wrong_answers` disagree with what is known to be right; `stale_answers` of them are right for an older
      text than the one they were asked about.
    - `out_of_order_answers`: stale answers that came before the answer to an earlier question of the same
      kind about the same document.
    - `unjudged_answers` disagree, but were asked while a document was broken off in the middle of a
      statement: nobody knows what is right then, so they count as right.
    - `refactored` is what was renamed and moved; `refactored_compiles` says whether the codebase did after
      the last rename and after the last move.
    - `duplicate_replies` answer a request that was answered before, `unknown_replies` one never made.
    """

    documents_compared: int = 0
    lost_edits: int = 0
    stale_answers: int | None = None
    wrong_answers: int = 0
    out_of_order_answers: int | None = None
    duplicate_replies: int = 0
    unknown_replies: int = 0
    unjudged_answers: int | None = None
    documents_edited: int = 0
    compared_by_outline: int = 0
    refactored: Refactored | None = None
    refactored_compiles: bool | None = None


@dataclass(frozen=True, slots=True)
class PartOfRun:
    """At `level` times the load, for `share` of the measured time. Later parts are compared with the one that
    `is_baseline`."""

    name: str
    level: float
    share: float
    is_baseline: bool = False


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One finished (or cut short) run of a scenario.

    `ended` is "complete", "interrupted" (the user stopped it) or "crashed" (the backend did, with
    `crash_message`). `first_wrong` keeps a bounded number of descriptions of wrong answers: operation,
    place, expected and got as places, never source text. `events` say which edit and which question of the
    samples belong to which version of which document. `parts` share the
    measured time. `not_offered` are operations that the backend does not announce, and was not
    asked; `offered` those it does. `landmark_kinds` counts the places asked about by their kind. `presence`
    is how many users were there in each second since `start_ns`. `planned_end_ns` is when the measured time
    would have ended, where that is not when it did. `threads`, `host` and `scrapes` were seen meanwhile.
    `outages` are the times a backend was gone, where the run went on; `statuses` what backends said of
    themselves, and `fault` what was done to them on purpose. `waits` were seen only in a diagnosis. `slowest`
    are the requests that took longest, the slowest first. `working_set_bytes` is what the backend touched,
    `rss_peaks` the most that each user's own took.
    """

    scenario: str
    seed: int
    started_at_utc: str
    start_ns: int
    measure_start_ns: int
    measure_end_ns: int
    end_ns: int
    samples: SampleLog
    generator: GeneratorStats
    safety: SafetyMetrics
    resources: tuple[ResourceSample, ...] = ()
    ended: str = "complete"
    crash_message: str = ""
    first_wrong: tuple[str, ...] = ()
    details: Mapping[str, str] = field(default_factory=dict)
    events: EventLog = field(default_factory=EventLog)
    parts: tuple[PartOfRun, ...] = ()
    not_offered: tuple[str, ...] = ()
    offered: tuple[str, ...] = ()
    landmark_kinds: Mapping[str, int] = field(default_factory=dict)
    presence: tuple[int, ...] = ()
    planned_end_ns: int | None = None
    threads: tuple[TreeDetails, ...] = ()
    working_set_bytes: int | None = None
    rss_peaks: tuple[int | None, ...] = ()
    host: tuple[HostSample, ...] = ()
    scrapes: tuple[Scrape, ...] = ()
    outages: tuple[Outage, ...] = ()
    statuses: tuple[StatusChange, ...] = ()
    waits: tuple[WaitLook, ...] = ()
    slowest: tuple[SlowSample, ...] = ()
    fault: FaultEvent | None = None
