"""The pending table against a model that remembers everything."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from pytest_rustide_load.lsp.pending import PendingTable, Stray

odd_ids = st.sampled_from([None, "", "1", 2**70])


class PendingMachine(RuleBasedStateMachine):
    """The model: the state of every id ever given out."""

    def __init__(self) -> None:
        super().__init__()
        self.table: PendingTable[str] = PendingTable()
        self.states: dict[int, str] = {}

    @rule()
    def ask(self) -> None:
        request_id = self.table.add(f"waiter {len(self.states) + 1}")
        assert request_id == len(self.states) + 1
        self.states[request_id] = "waiting"

    @rule(request_id=odd_ids)
    def odd_reply(self, request_id: object) -> None:
        assert self.table.take(request_id) is None
        assert self.table.classify(request_id) is Stray.UNKNOWN

    @rule(request_id=st.integers(-1, 6))
    def reply(self, request_id: int) -> None:
        state = self.states.get(request_id)
        waiter = self.table.take(request_id)
        if state == "waiting":
            assert waiter == f"waiter {request_id}"
        else:
            assert waiter is None
            expected = {None: Stray.UNKNOWN, "given up": Stray.LATE, "answered": Stray.DUPLICATE}[state]
            assert self.table.classify(request_id) is expected
        if state is not None:
            self.states[request_id] = "answered"

    @rule(request_id=st.integers(-1, 6))
    def give_up(self, request_id: int) -> None:
        waiting = self.states.get(request_id) == "waiting"
        assert self.table.forget(request_id) is waiting
        if waiting:
            self.states[request_id] = "given up"

    @rule()
    def end(self) -> None:
        waiting = [number for number, state in self.states.items() if state == "waiting"]
        assert self.table.take_all() == [f"waiter {number}" for number in waiting]
        self.states.update(dict.fromkeys(waiting, "answered"))

    @invariant()
    def counts_agree(self) -> None:
        assert len(self.table) == list(self.states.values()).count("waiting")


TestPendingMachine = PendingMachine.TestCase
TestPendingMachine.settings = settings(max_examples=100, stateful_step_count=40)


def test_what_was_given_up_long_ago_is_not_remembered_for_ever():
    table: PendingTable[int] = PendingTable(max_remembered=10)
    for number in range(1_000):
        assert table.forget(table.add(number))
    kinds = [table.classify(request_id) for request_id in range(1, 1_001)]
    assert kinds == [Stray.DUPLICATE] * 990 + [Stray.LATE] * 10


def test_the_second_late_reply_is_a_duplicate():
    table: PendingTable[int] = PendingTable()
    table.forget(table.add(0))
    assert [table.classify(1), table.classify(1)] == [Stray.LATE, Stray.DUPLICATE]
