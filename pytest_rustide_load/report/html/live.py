"""The page of a run that goes on; its script fills it from the stream of events.

Text out.
"""

from __future__ import annotations

from collections.abc import Sequence

import htpy as h

from pytest_rustide_load.report.html.page import Assets, page

__all__ = ["render_live_page"]

_CHARTS = {
    "latency": ("Latency of the last ten seconds", "p50, p95 and p99 of what the user waits for", "ms"),
    "throughput": ("Right answers", "a second, over the last ten", "per_s"),
    "memory": ("Memory", "of the backend's process tree", "MB"),
    "cpu": ("CPU", "of one core, over the last second", "percent"),
}
_ADDRESSES = (
    "/api/metrics/performance",
    "/api/metrics/resources",
    "/api/metrics/errors",
    "/api/health",
    "/api/schema",
    "/metrics",
)
_OPERATIONS = ("operation", "due", "p50", "p95", "p99", "right/s", "not right so far")
_AGENTS = ("agent", "users", "answers", "in flight", "cpu", "memory")


def render_live_page(assets: Assets) -> str:
    """The same for every run: nothing on it comes from outside."""
    body = [
        h.header[
            h.section("#health.verdict.s-NONE", aria_labelledby="headline")[
                h.h1("#headline")["Load test, live"],
                h.p("#phase")["waiting for the first figures …"],
                h.ul("#alerts.findings", aria_live="polite", aria_label="Alerts"),
                h.ul("#notes.remarks", aria_label="What to know of the figures", hidden=True),
            ]
        ],
        h.main("#content")[
            h.section(aria_labelledby="operations")[
                h.h2("#operations")["Operations in the last ten seconds"],
                _table("Operations", "Operations in the last ten seconds", "#rows", _OPERATIONS),
            ],
            h.section("#agents", aria_labelledby="of-agents", hidden=True)[
                h.h2("#of-agents")["Agents"],
                _table("Agents", "Agents, who run the users", "#agent-rows", _AGENTS),
            ],
            h.section(aria_labelledby="charts")[
                h.h2("#charts")["Over the last ten minutes"],
                h.div(".grid-of-figures")[
                    (
                        h.figure(id=f"chart-{name}", class_="chart")[
                            h.figcaption[h.strong[title], f" {note}"],
                            h.div(".plot", role="img", aria_label=title, data_unit=unit),
                            # Which line is which, and where each stands now: the script knows the lines.
                            h.ul(".legend", aria_label=f"{title}, now"),
                        ]
                        for name, (title, note, unit) in _CHARTS.items()
                    )
                ],
            ],
            h.section(aria_labelledby="addresses")[
                h.h2("#addresses")["For programs"],
                h.ul[(h.li[h.a(href=address)[address]] for address in _ADDRESSES)],
            ],
        ],
        h.noscript[h.p["This page takes a script; the addresses above do not."]],
    ]
    return page("Load test, live", body, assets, connects=True)


def _table(name: str, label: str, body: str, head: Sequence[str]) -> h.Element:
    return h.div(".scroll", tabindex="0", role="group", aria_label=name)[
        h.table(aria_label=label)[
            h.thead[h.tr[(h.th(scope="col")[text] for text in head)]],
            h.tbody(body),
        ]
    ]
