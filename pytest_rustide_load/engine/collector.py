"""The garbage collector, kept out of measurements.

Knows nothing of runs.
"""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator

__all__ = ["collector_at_rest"]


@contextlib.contextmanager
def collector_at_rest() -> Iterator[None]:
    """No garbage collection in the middle of a measurement: a full one stops the generator for longer
    than a fast server takes to answer. What the run allocates is bounded and holds no cycles. What somebody
    else has frozen stays so."""
    was_enabled, was_frozen = gc.isenabled(), gc.get_freeze_count() > 0
    gc.collect()
    if not was_frozen:
        gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        if not was_frozen:
            gc.unfreeze()
        if was_enabled:
            gc.enable()
