from __future__ import annotations

import threading
import timeit

import pytest

from pytest_rustide_load.stats.samples import NEVER, Outcome, PhaseKind, SampleLog


def _log() -> SampleLog:
    log = SampleLog(["completion", "hover"])
    log.add(1, 3, PhaseKind.MEASURE, 100, 110)
    log.add(0, 4, PhaseKind.WARM_UP, 200, NEVER)
    return log


def test_a_row_reads_back_as_it_was_written() -> None:
    log = _log()
    log.finish(0, 150, Outcome.EMPTY)
    sample = log[0]
    assert (sample.operation, sample.user, sample.phase) == ("hover", 3, PhaseKind.MEASURE)
    assert (sample.intended_ns, sample.sent_ns, sample.done_ns) == (100, 110, 150)
    assert (sample.latency_ns, sample.service_ns, sample.outcome) == (50, 40, Outcome.EMPTY)


def test_a_row_is_pending_until_it_is_finished() -> None:
    log = _log()
    assert log.pending_rows() == [0, 1]
    log.finish(1, 300, Outcome.DROPPED)
    assert log.pending_rows() == [0]
    assert log.outcome(0) is Outcome.PENDING


def test_the_first_end_counts() -> None:
    log = _log()
    log.finish(0, 150, Outcome.TIMEOUT)
    with pytest.raises(ValueError, match="already ended as TIMEOUT"):
        log.finish(0, 160, Outcome.OK)
    assert log[0].done_ns == 150


def test_only_ok_may_be_reclassified_and_its_time_stays() -> None:
    log = _log()
    with pytest.raises(ValueError, match="is PENDING"):
        log.reclassify(0, Outcome.WRONG)
    log.finish(0, 150, Outcome.OK)
    log.reclassify(0, Outcome.WRONG)
    assert (log[0].outcome, log[0].done_ns) == (Outcome.WRONG, 150)
    with pytest.raises(ValueError, match="is WRONG"):
        log.reclassify(0, Outcome.EMPTY)


def test_columns_and_iteration_tell_the_same_rows() -> None:
    log = _log()
    log.finish(0, 150, Outcome.OK)
    log.finish(1, 900, Outcome.DROPPED)
    columns = log.columns()
    rows = list(log)
    assert len(rows) == len(log) == 2
    for name in ("user", "phase", "intended_ns", "sent_ns", "done_ns", "outcome"):
        assert columns[name].tolist() == [int(getattr(row, name)) for row in rows]
    assert [log.operations[code] for code in columns["operation"]] == [row.operation for row in rows]


def test_columns_are_copies() -> None:
    log = _log()
    log.columns()["intended_ns"][0] = 7
    assert log[0].intended_ns == 100


def test_recording_an_operation_costs_a_few_microseconds_at_most() -> None:
    log = SampleLog(["completion"])
    rounds = 20_000

    def one() -> None:
        log.finish(log.add(0, 0, 1, 10, 11), 12, 1)

    # Ten times what it takes: only a change of kind, such as an object a row, goes beyond.
    assert min(timeit.repeat(one, number=rounds, repeat=5)) / rounds < 10e-6


def test_another_thread_may_look_while_rows_are_added():
    log = SampleLog(["hover"])
    seen: list[int] = []
    problems: list[str] = []
    done = threading.Event()

    def look() -> None:
        first = 0
        while not (done.is_set() and seen):
            columns = log.columns(first)
            lengths = {len(column) for column in columns.values()}
            ended = columns["outcome"] != Outcome.PENDING
            if (
                len(lengths) != 1
                or not (columns["done_ns"][ended] == columns["intended_ns"][ended] + 7).all()
            ):
                problems.append(f"{lengths} from row {first} on")
            seen.append(lengths.pop())
            first = log.ended_before(first, int(columns["intended_ns"][-1]) - 1_000 if len(ended) else 0)

    reader = threading.Thread(target=look)
    reader.start()
    for number in range(40_000):
        row = log.add(0, 0, PhaseKind.MEASURE, number, number)
        if number >= 10:
            log.finish(row - 10, number - 10 + 7, Outcome.OK)
    done.set()
    reader.join()
    assert problems == []
    assert seen
    assert len(log.columns()["done_ns"]) == 40_000
    assert log.ended_before(0, 40_000) == 40_000 - 10
