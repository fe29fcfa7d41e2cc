"""What a report is to hold, each with what shows that it does."""

from __future__ import annotations

import re

HELD = {
    "verdict first": r"<body>.{0,200}<header><section class=\"verdict s-FAIL\"",
    "percentiles over time": r"<strong>Latency, p95 by operation",
    "throughput": r"<strong>Throughput",
    "users": r"<strong>Load</strong> users there.{,300000}?<th scope=\"col\">users<.{,40}requests in flight",
    "resources": r"<strong>Memory</strong>.*<strong>CPU</strong>",
    "stages": r"stage [\w ]+, from",
    "stress": r"stress: \w+",
    "alerts": r"class=\"swatch m-alert\"",
    "faults": r"fault: \w+",
    "distribution against the baseline": r"class=\"swatch outline\"[^>]*></span>(?:main of|the last)",
    "outcomes": r"<strong>Outcomes",
    "budgets with headroom": r"class=\"headroom\"",
    "regression table with intervals": r"aria-label=\"Series compared\".*class=\"interval\"",
    "trend over history": r": history</h2>",
    "change points": r"a step at run \d+",
    "slowest requests": r"aria-label=\"The slowest requests\".{,4000}<td[^>]*>[^<]+:\d+:\d+</td>",
    "bottleneck with evidence": r"Bottleneck by phase",
    "environment": r"<summary>Environment",
    "what to type": r"What to type:",
    "the command that repeats a run": r"class=\"run\".*>Repeat it with<.*</main>",
    "the command that repeats all": r"<footer>.*The whole session",
    "recovery": r">Recovery</h3>",
}


def missing(page: str) -> list[str]:
    """What of it a page does not hold."""
    return [name for name, sign in HELD.items() if not re.search(sign, page, re.DOTALL)]
