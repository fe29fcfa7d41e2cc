"""Everything a load test needs in one process: settings read once, one event loop, one lock.

The composition root proper: joins launcher, session, readiness, codebase, engine, probe, budgets and
report. Knows how they follow one another, and none of their insides.
"""
