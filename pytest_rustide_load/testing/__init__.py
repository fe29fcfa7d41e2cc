"""Doubles for authors of scenarios and of servers: virtual time, and a backend that does as it is told."""

from __future__ import annotations

from pytest_rustide_load.testing.fake_backend import Answered, FakeBackend
from pytest_rustide_load.testing.virtual_time import VirtualClock, run_virtually

__all__ = ["Answered", "FakeBackend", "VirtualClock", "run_virtually"]
