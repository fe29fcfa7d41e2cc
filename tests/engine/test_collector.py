"""The garbage collector is off in a run, and afterwards as it was found."""

from __future__ import annotations

import gc

import pytest

from pytest_rustide_load.engine.collector import collector_at_rest


@pytest.fixture
def unfrozen():
    was_frozen = gc.get_freeze_count() > 0
    gc.unfreeze()
    yield
    gc.unfreeze()
    if was_frozen:
        gc.freeze()


def test_it_rests_in_between_and_nothing_stays_frozen(unfrozen):
    with collector_at_rest():
        assert not gc.isenabled()
        assert gc.get_freeze_count() > 0
    assert gc.isenabled()
    assert gc.get_freeze_count() == 0


def test_what_somebody_has_frozen_stays_frozen(unfrozen):
    gc.freeze()
    before = gc.get_freeze_count()
    with collector_at_rest():
        assert not gc.isenabled()
    assert gc.isenabled()
    # What is given back is no longer there.
    assert 0 < gc.get_freeze_count() <= before


def test_who_has_turned_it_off_finds_it_off(unfrozen):
    gc.disable()
    try:
        with collector_at_rest():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
