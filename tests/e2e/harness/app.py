"""What the application itself wrote down, and what can be proved from it.

examples/demo/README.md lists the events. Their order is the order of `mono` (µs of CLOCK_MONOTONIC, which all processes
and containers of one machine share)."""

import json
import os
from collections import defaultdict

from .check import Failure, check, check_equal


class Events(list):
    """Events in order; each a dict with event, role, instance, version, pid, at, mono."""

    @staticmethod
    def read(path):
        if not os.path.exists(path):
            return Events()
        with open(path, encoding="utf-8") as file:
            lines = [line for line in file if line.endswith("\n")]
        return Events(sorted((json.loads(line) for line in lines), key=lambda one: one["mono"]))

    def of(self, event=None, role=None, version=None):
        return Events(one for one in self if (event is None or one["event"] == event)
                      and (role is None or one["role"] == role) and (version is None or one["version"] == version))

    def after(self, mono):
        return Events(one for one in self if one["mono"] > mono)

    def first(self, event=None, role=None, version=None):
        found = self.of(event, role, version)
        if not found:
            raise Failure(f"the application never wrote {event} of {role} {version or ''}", self.story())
        return found[0]

    def last(self, event=None, role=None, version=None):
        self.first(event, role, version)
        return self.of(event, role, version)[-1]

    def story(self):
        """The life of the processes, one line an event, without jobs: what a failed check shows."""
        dull = ("job_accepted", "job_taken", "job_done", "scheduler_enqueued", "request_refused")
        begin = self[0]["mono"] if self else 0
        return "\n".join(f"{(one['mono'] - begin) / 1e6:9.3f}  {one['role']:<10} {one['instance']:<20} {one['version']:<7}"
                         f" {one['event']} {one.get('migration', '')}" for one in self if one["event"] not in dull)


def seconds(earlier, later):
    return (later["mono"] - earlier["mono"]) / 1e6


def prove_order(events, old, new):
    """The order of the procedure: scheduler stopped; api new, migrations, healthy; workers; scheduler; web; proxy last."""
    chain = [
        ("the scheduler stops", events.last("stopped", "scheduler", old)),
        ("the old api stops", events.last("stopped", "api", old)),
        ("the new api starts", events.first("started", "api", new)),
        ("the new api is healthy", events.first("healthy", "api", new)),
        ("the first worker is stopped", events.first("stopping", "worker", old)),
        ("the last worker is back", events.last("healthy", "worker", new)),
        ("the scheduler starts again", events.first("started", "scheduler", new)),
        ("the scheduler works", events.first("healthy", "scheduler", new)),
        ("the frontend is replaced", events.first("started", "web", new)),
        ("the proxy is reloaded", events.last("reloaded", "proxy")),
    ]
    _in_order(chain, events)
    migrations = events.of("migration_began", "api", new) + events.of("migration_done", "api", new)
    for one in migrations:
        check(chain[2][1]["mono"] < one["mono"] < chain[3][1]["mono"],
              f"{one['event']} {one['migration']} lies between start and health of the new api", events.story)


def _in_order(chain, events):
    for (what, one), (then, other) in zip(chain, chain[1:]):
        check(one["mono"] < other["mono"], f"{what} before {then}", events.story)


def prove_migrations_once(events, wanted):
    """Each migration of `wanted` began and was done exactly once, in that order; none failed."""
    check_equal([one["migration"] for one in events.of("migration_began")], wanted, "migrations that began")
    check_equal([one["migration"] for one in events.of("migration_done")], wanted, "migrations that were done")
    check_equal(len(events.of("migration_failed")), 0, "migrations that failed")


def prove_scheduler_silent(events):
    """Nothing was scheduled between the first migration's begin and the last one's end."""
    check_equal(len(events.of("scheduler_during_migration")), 0, "times the scheduler ran during a migration")
    begin, end = events.first("migration_began")["mono"], events.last("migration_done")["mono"]
    loud = [one for one in events.of("scheduler_enqueued") if begin <= one["mono"] <= end]
    check(not loud, "the scheduler is silent while migrations run", lambda: f"{loud}\n{events.story()}")


def prove_workers_one_at_a_time(events, old, new, instances=3, pause=0.0):
    """From stop to health of its successor each worker is alone out; `pause` seconds lie between one and the next."""
    stops = events.of("stopping", "worker", old)
    backs = events.of("healthy", "worker", new)
    check_equal((len(stops), len(backs)), (instances, instances), "workers stopped and back")
    for number, (stop, back) in enumerate(zip(stops, backs), 1):
        check(stop["mono"] < back["mono"], f"worker {number} is back before the next one goes", events.story)
        if number < instances:
            between = seconds(back, stops[number])
            check(between > 0, f"worker {number} is back before worker {number + 1} is stopped", events.story)
            check(between >= pause, f"a pause of {pause} s after worker {number} (was {between:.2f} s)", events.story)


# A request that began while the api was away is noted as refused when it gives up: up to a name's and a connection's
# timeout later.
GIVES_UP = 1_500_000
JUST_BEFORE = 100_000  # a process that ends closes its port and writes that down in either order


def waited(refused):
    """How long the proxy waited for an answer before it refused: its timeout, when the address had vanished."""
    return 500_000 if refused.get("why") == "Connection timed out" else 0


def prove_api_away_only_inside_its_replace(events, old, new):
    """Users were refused only between the old api's stop and the new one's health; returns for how many seconds."""
    begin = events.last("stopping", "api", old)["mono"]
    end = events.first("healthy", "api", new)["mono"] + GIVES_UP
    refused = [one for one in events.of("request_refused") if one["path"] != "/"]  # `/` is the frontend's
    outside = [one for one in refused if not begin - JUST_BEFORE <= one["mono"] - waited(one) <= end]
    check(not outside, "requests are refused only while the api is replaced",
          lambda: "\n".join(f"{(one['mono'] - begin) / 1e6:.3f} s after its stop: {one['path']} {one.get('why', '')}"
                            for one in outside) + f"\n{events.story()}")
    outages = [(one["mono"] - one["ms"] * 1000, one["mono"]) for one in events.of("outage")]
    outside = [one for one in outages if not begin - JUST_BEFORE <= one[0] <= one[1] <= end]
    check(not outside, "/health was away only while the api is replaced", lambda: f"{outside}\n{events.story()}")
    return sum(last - first for first, last in outages) / 1e6


def prove_jobs(events, by_then=float("inf")):
    """Every job that was accepted or scheduled before `by_then` (µs) was done, and none at all twice."""
    done = defaultdict(int)
    for one in events.of("job_done"):
        done[one["job"]] += 1
    offered = events.of("job_accepted") + events.of("scheduler_enqueued")
    wanted = {one["job"] for one in offered if one["mono"] < by_then}
    lost = sorted(wanted - done.keys())
    twice = sorted(job for job, times in done.items() if times > 1)
    check(not lost, f"no job is lost ({len(lost)} of {len(wanted)} are)", lambda: f"{lost[:20]}\n{events.story()}")
    check(not twice, "no job is done twice", lambda: f"{twice[:20]}\n{events.story()}")
    return {"wanted": len(wanted), "done": len(done)}
