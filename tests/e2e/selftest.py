#!/usr/bin/env python3
"""The proofs of harness/app.py on records made up here: each accepts a good upgrade and refuses one bad one."""

import os
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from harness import app  # noqa: E402
from harness.app import Events  # noqa: E402
from harness.check import Failure  # noqa: E402

OLD, NEW = "1.4.0", "1.5.0"


def upgrade():
    """A good one, as (event, role, version, more), 100 ms apart."""
    yield "scheduler_enqueued", "scheduler", OLD, {"job": "s1"}
    yield "job_taken", "worker", OLD, {"job": "s1"}
    yield "job_done", "worker", OLD, {"job": "s1"}
    yield "stopped", "scheduler", OLD, {}
    yield "stopping", "api", OLD, {}
    yield "stopped", "api", OLD, {}
    yield "request_refused", "proxy", OLD, {"path": "/health"}
    yield "started", "api", NEW, {}
    yield "migration_began", "api", NEW, {"migration": "0003"}
    yield "migration_done", "api", NEW, {"migration": "0003"}
    yield "healthy", "api", NEW, {}
    for _ in range(3):
        yield "stopping", "worker", OLD, {}
        yield "stopped", "worker", OLD, {}
        yield "started", "worker", NEW, {}
        yield "healthy", "worker", NEW, {}
    yield "started", "scheduler", NEW, {}
    yield "healthy", "scheduler", NEW, {}
    yield "started", "web", NEW, {}
    yield "healthy", "web", NEW, {}
    yield "reloaded", "proxy", "1.0.0", {}


def events(change=lambda facts: facts):
    return Events({"event": event, "role": role, "version": version, "instance": role, "mono": at * 100_000, **more}
                  for at, (event, role, version, more) in enumerate(change(list(upgrade()))))


def moved(event, role, version, to):
    """The first such event, moved to place `to`."""
    def change(facts):
        fact = next(one for one in facts if one[:3] == (event, role, version))
        facts.remove(fact)
        facts.insert(to, fact)
        return facts
    return change


def added(fact, at):
    return lambda facts: facts[:at] + [fact] + facts[at:]


def without(event, role):
    return lambda facts: [one for one in facts if one[:2] != (event, role)]


class Proofs(unittest.TestCase):
    def refused(self, proof, change, *arguments, **options):
        proof(events(), *arguments, **options)
        with self.assertRaises(Failure):
            proof(events(change), *arguments, **options)

    def test_order(self):
        for change in (moved("stopped", "scheduler", OLD, 9), moved("reloaded", "proxy", "1.0.0", 12),
                       moved("started", "web", NEW, 11), moved("started", "scheduler", NEW, 12),
                       moved("stopping", "worker", OLD, 5), moved("migration_began", "api", NEW, 2),
                       without("reloaded", "proxy")):
            self.refused(app.prove_order, change, OLD, NEW)

    def test_migrations_once(self):
        for change in (added(("migration_began", "api", NEW, {"migration": "0003"}), 9),
                       added(("migration_failed", "api", NEW, {"migration": "0003"}), 9),
                       without("migration_done", "api")):
            self.refused(app.prove_migrations_once, change, ["0003"])

    def test_scheduler_silent(self):
        for name in ("scheduler_enqueued", "scheduler_during_migration"):
            self.refused(app.prove_scheduler_silent, added((name, "scheduler", OLD, {"job": "s2"}), 9))

    def test_workers_one_at_a_time(self):
        self.refused(app.prove_workers_one_at_a_time, moved("healthy", "worker", NEW, 16), OLD, NEW)
        self.refused(app.prove_workers_one_at_a_time, lambda facts: facts[:-8], OLD, NEW)

    def test_pause_between_workers(self):
        app.prove_workers_one_at_a_time(events(), OLD, NEW, pause=0.1)
        with self.assertRaises(Failure):
            app.prove_workers_one_at_a_time(events(), OLD, NEW, pause=0.2)

    def test_api_away(self):
        for fact in (("request_refused", "proxy", "1.0.0", {"path": "/health"}), ("outage", "load", "", {"ms": 50})):
            for at in (3, 27):
                self.refused(app.prove_api_away_only_inside_its_replace, added(fact, at), OLD, NEW)

    def test_jobs(self):
        for change in (added(("job_accepted", "load", "", {"job": "l1"}), 5), without("job_done", "worker"),
                       added(("job_done", "worker", NEW, {"job": "s1"}), 14)):
            self.refused(app.prove_jobs, change)
        app.prove_jobs(events(added(("scheduler_enqueued", "scheduler", NEW, {"job": "s2"}), 28)), by_then=2_700_000)


if __name__ == "__main__":
    unittest.main()
