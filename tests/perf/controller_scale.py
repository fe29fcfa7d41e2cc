"""What a controller has to do for many agents: reports of ten thousand into the real merging code.

    python tests/perf/controller_scale.py [AGENTS] [SECONDS] [USERS_OF_AN_AGENT] [OPERATIONS_OF_A_USER_PER_S]

Each agent reports once a simulated second what its users did in it, as bytes, as an agent does; only the
pipes between are left out. Latencies are log-normal (median 3 ms, sigma 1), operations come in the
proportions of a scenario. Prints CPU, bytes and memory, and holds the merged percentiles against those of all
values pooled where these fit into memory.
"""

from __future__ import annotations

import resource
import sys
import time

import numpy as np

from pytest_rustide_load.agents.messages import Report, decode_from_agent, encode
from pytest_rustide_load.plugin.shares import Shares
from pytest_rustide_load.stats.merged import summarise_tally
from pytest_rustide_load.stats.record import GeneratorStats, RunRecord, SafetyMetrics
from pytest_rustide_load.stats.samples import Outcome, PhaseKind, SampleLog
from pytest_rustide_load.stats.tally import tally_of
from pytest_rustide_load.units import NS_PER_S
from pytest_rustide_load.workload import OPERATIONS, waited_for

MIX = {
    "completion": 0.5,
    "hover": 0.25,
    "definition": 0.1,
    "document_symbols": 0.05,
    "references": 0.05,
    "edit": 0.05,
}
NAMES = tuple(OPERATIONS)
CODES = np.array([NAMES.index(name) for name in MIX])
POOLED = 20_000_000
# So many different agents are made up; the others send what one of these sends.
KINDS = 200


def columns_of(random: np.random.Generator, second: int, users: int, count: int) -> dict[str, np.ndarray]:
    due = np.sort(second * NS_PER_S + random.integers(0, NS_PER_S, count))
    sent = due + random.integers(50_000, 400_000, count)
    return {
        "operation": random.choice(CODES, count, p=list(MIX.values())),
        "user": random.integers(0, users, count),
        "phase": np.full(count, int(PhaseKind.MEASURE)),
        "intended_ns": due,
        "sent_ns": sent,
        "done_ns": sent + (random.lognormal(0, 1, count) * 3e6).astype(np.int64),
        "outcome": np.where(random.random(count) < 0.99, int(Outcome.OK), int(Outcome.ERROR)),
    }


def main() -> None:
    arguments = [float(text) for text in sys.argv[1:]]
    agents, seconds, users, rate = (arguments + [10_000, 10, 50, 1.0][len(arguments) :])[:4]
    agents, seconds, users = int(agents), int(seconds), int(users)
    random = np.random.default_rng(1)
    answered = CODES.tolist()
    end_ns = seconds * NS_PER_S
    shares, pooled = Shares(), []
    per_report = max(round(users * rate), 1)
    keeps = agents * seconds * per_report <= POOLED
    spent_s = received = worst_s = made = 0.0
    base_mb = memory_mb()
    for second in range(seconds):
        made_up = []
        for _ in range(min(agents, KINDS)):
            columns = columns_of(random, second, users, per_report)
            window = {"measure_start_ns": 0, "measure_end_ns": end_ns, "timeout_ns": 10 * NS_PER_S}
            tally = tally_of(columns, answered=answered, **window)
            right = (columns["outcome"] == Outcome.OK) & (columns["operation"] == CODES[0])
            latencies = (columns["done_ns"] - columns["intended_ns"])[right]
            made_up.append((encode(Report(tally.to_bytes(), 1, 1, 1, 1)), latencies))
        took_s = 0.0
        for agent in range(agents):
            data, latencies = made_up[agent % len(made_up)]
            began_s = time.process_time()
            message = decode_from_agent(data)
            shares.add_report(agent, message.counts, message.resources)
            took_s += time.process_time() - began_s
            received += len(data)
            if keeps:
                pooled.append(latencies)
        spent_s += took_s
        worst_s = max(worst_s, took_s)
        made += agents * per_report
    record = RunRecord(
        "scale", 1, "", 0, 0, end_ns, end_ns, SampleLog(NAMES), GeneratorStats(*[0] * 10), SafetyMetrics()
    )
    began_s = time.process_time()
    summary = summarise_tally(record, shares.tally, NAMES, waited_for())
    judged_s = time.process_time() - began_s
    a_second, an_agent = received / seconds, received / seconds / agents
    print(f"{agents:,} agents of {users} users at {rate:g}/s, {seconds} s: {made:,.0f} operations")
    print(f"received {a_second / 1e6:.2f} MB/s, {an_agent / 1e3:.2f} kB/s an agent")
    each_us = spent_s / (seconds * agents) * 1e6
    print(
        f"merging: {spent_s / seconds:.3f} s of CPU a second (worst {worst_s:.3f}), {each_us:.0f} µs a report"
    )
    print(f"{len(shares.tally):,} places in the sum; {memory_mb():.0f} MB, {base_mb:.0f} MB before")
    print(f"summary: {judged_s:.2f} s")
    assert sum(one.planned for one in summary.operations.values()) == made
    if not keeps:
        return
    values = np.sort(np.concatenate(pooled))
    latency = summary.operations["completion"].latency
    for share, found in ((0.5, latency.p50_ns), (0.95, latency.p95_ns), (0.99, latency.p99_ns)):
        truth = float(np.quantile(values, share))
        apart = abs(found.value / truth - 1)
        print(
            f"completion p{share * 100:.0f}: {found.value / 1e6:.4f} ms, pooled {truth / 1e6:.4f}, "
            f"{apart:.3%} apart"
        )


def memory_mb() -> float:
    """The most this process has held so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


if __name__ == "__main__":
    main()
