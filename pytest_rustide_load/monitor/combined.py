"""Several process trees as one: what the backends of a team use together.

Knows nothing of processes; adds what other probes saw.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from pytest_rustide_load.ports import Probe
from pytest_rustide_load.stats.record import ResourceSample

__all__ = ["CombinedProbe"]


class CombinedProbe:
    """ports.Probe of all that `probes` look at; there must be one."""

    def __init__(self, probes: Sequence[Probe]) -> None:
        self._probes = list(probes)
        # Each is told what its processes share at times of its own: the last is what is known.
        self._pss: dict[int, int] = {}
        self._rss_peaks: dict[int, int] = {}

    def add(self, probe: Probe) -> None:
        """Look at one more from now on, such as a backend that took the place of one that ended."""
        self._probes.append(probe)

    def sample(self) -> ResourceSample:
        """Look at all of them now. The generator and the host are those of the first."""
        samples = [probe.sample() for probe in self._probes]
        for number, sample in enumerate(samples):
            self._rss_peaks[number] = max(self._rss_peaks.get(number, 0), sample.rss_bytes)
        return replace(
            samples[0],
            rss_bytes=sum(sample.rss_bytes for sample in samples),
            cpu_ns=sum(sample.cpu_ns for sample in samples),
            process_count=sum(sample.process_count for sample in samples),
            thread_count=sum(sample.thread_count for sample in samples),
            pss_bytes=self._total_pss(samples),
            read_bytes=_total(sample.read_bytes for sample in samples),
            write_bytes=_total(sample.write_bytes for sample in samples),
            read_calls=_total(sample.read_calls for sample in samples),
            write_calls=_total(sample.write_calls for sample in samples),
            minor_faults=_total(sample.minor_faults for sample in samples),
            major_faults=_total(sample.major_faults for sample in samples),
        )

    def rss_peaks(self) -> list[int]:
        """The most that each of them saw so far, in their order."""
        return [self._rss_peaks.get(number, 0) for number in range(len(self._probes))]

    def _total_pss(self, samples: Sequence[ResourceSample]) -> int | None:
        """Where one of them was told something new, and all are known."""
        told = {number: one.pss_bytes for number, one in enumerate(samples) if one.pss_bytes is not None}
        self._pss |= told
        return sum(self._pss.values()) if told and len(self._pss) == len(samples) else None

    def close(self) -> None:
        """Let go of what each of them holds."""
        for probe in self._probes:
            probe.close()


def _total(values: Iterable[int | None]) -> int | None:
    """The sum, or None where a part is not known."""
    known = list(values)
    return None if None in known else sum(value for value in known if value is not None)
