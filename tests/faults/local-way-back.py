"""Pawl is killed everywhere in an upgrade, and in the rollback that follows; the end is the old version with its data.

First the upgrade 1.4.0 → 1.5.0 loses pawl in each of its steps, and `pawl rollback` leads back from there (PAWL_FULL=1: at
every operation, before and after it). Then 1.6.1 fails, and the rollback that restores the data loses pawl before and after
every one of its operations, each time going on with --resume. --part 1/2 is the first, 2/2 the second."""

import json
import sqlite3

from harness import crash, plans, processes
from harness.check import Failure, check, check_contains, check_equal

NEEDS = ["demo", "crash-point"]
ROWS = 200


def run(t):
    part = t.options.part or "1/1"
    if part in ("1/1", "1/2"):
        from_everywhere(t)
    if part in ("1/1", "2/2"):
        killed_on_the_way(t)


def fresh(t, version, within="6s"):
    stack = t.local(PIPRIO_VERSION=version, PIPRIO_MIGRATION_MS=30, PIPRIO_SCHEDULE_MS=100)
    stack.set_pause("50ms")
    stack.edit("stack.pawl", "within = 3m", f"within = {within}")
    stack.up(version)
    with sqlite3.connect(stack.path("data", "piprio.db"), timeout=30) as database:
        database.executemany("INSERT INTO documents (id, title) VALUES (?, ?)",
                             [(f"before-{n}", "before") for n in range(ROWS)])
    return stack


def schema(stack):
    with sqlite3.connect(stack.path("data", "piprio.db"), timeout=30) as database:
        return database.execute("SELECT name FROM schema_migrations ORDER BY name").fetchall()


def is_as_before(stack, version, ledger):
    stack.await_healthy()
    stack.check_runs(version)
    stack.check_programs(version)
    check_equal(schema(stack), ledger, "the ledger")
    with sqlite3.connect(stack.path("data", "piprio.db"), timeout=30) as database:
        check_equal(database.execute("SELECT count(*) FROM documents WHERE title = 'before'").fetchone(), (ROWS,), "rows")
        check_equal(database.execute("PRAGMA integrity_check").fetchone(), ("ok",), "the database")
    check_equal(stack.env_value("PIPRIO_VERSION"), version, "the pin")


# the upgrade is killed, then rolled back

def from_everywhere(t):
    stack = fresh(t, "1.4.0")
    stack.pawl.run("plan", "--to", "1.5.0", "--out", "up.pawlplan").expect(0)
    plan = plans.read(stack.path("up.pawlplan"))
    stack.down()
    for s, o, moment in cells(t, plan):
        name = f"{plans.name(plan, s, o)} {moment}"
        try:
            one_way_back(t, s, o, moment)
        except Failure as failure:
            raise Failure(f"{name}: {failure}", failure.evidence) from failure
        t.say(f"{name}: back at 1.4.0")


def cells(t, plan):
    """(step, operation, moment): all of them, or one for each step that changes something."""
    if t.full:
        return [(s, o, moment) for s, o, _ in plans.operations(plan) for moment in ("killed before", "killed after")]
    last = {s: o for s, o, _ in plans.operations(plan) if plan["steps"][s].get("effects")}
    first = {s: o for s, o, _ in reversed(plans.operations(plan)) if plan["steps"][s].get("effects")}
    return [(s, last[s] if s % 2 else first[s], "killed after" if s % 2 else "killed before") for s in sorted(last)]


def one_way_back(t, s, o, moment):
    stack = fresh(t, "1.4.0")
    ledger, jobs = schema(stack), job_ids(stack)
    kind, when = (("operation-started", "recorded") if moment == "killed before" else ("operation-finished", "unrecorded"))
    killed = stack.pawl.start_apply("--to", "1.5.0", "--parallelism", "1", env=crash.at(t, kind, s, o, when)).finished()
    check_equal(killed.code, -9, "how pawl ended (killed at that record)")
    back = stack.pawl.run("rollback", "--auto-approve").expect(0)
    is_as_before(stack, "1.4.0", ledger)
    if "is lost: it goes back to bundle" not in back.out:
        stack.prove_jobs()  # what a restore takes back is done again, so then only the database can be asked
    processes.wait_until(lambda: jobs <= job_ids(stack, "WHERE state = 'done'"), "every job of before is done", 60, 0.2)
    stack.down()


def job_ids(stack, condition=""):
    with sqlite3.connect(stack.path("data", "piprio.db"), timeout=30) as database:
        return {one for one, in database.execute(f"SELECT id FROM jobs {condition}")}


# the rollback itself is killed

def killed_on_the_way(t):
    stack = fresh(t, "1.5.0")
    ledger = schema(stack)
    failed = stack.pawl.apply("--to", "1.6.1").expect(1)
    check_contains(failed.err, "Next: pawl rollback", "what to type")
    go = ["rollback", "--auto-approve", "--json", "--parallelism", "1"]
    kill(t, stack, go, "operation-started", 0, 0, "recorded")
    plan = newest_plan(stack)
    check_equal(plan["purpose"], "rollback", "what runs")
    go = ["apply", "--auto-approve", "--json", "--resume", "--parallelism", "1"]
    operations = plans.operations(plan)
    for s, o, _ in operations:
        for kind, when in (("operation-started", "recorded"), ("operation-finished", "unrecorded")):
            if (s, o, kind) != (0, 0, "operation-started"):
                kill(t, stack, go, kind, s, o, when)
    done = stack.pawl.apply("--resume")
    check(done.code == 0, "the last resume ends at 1.5.0", str(done))
    is_as_before(stack, "1.5.0", ledger)
    t.say(f"a rollback of {len(operations)} operations, killed {2 * len(operations)} times: back at 1.5.0")
    stack.down()


def kill(t, stack, go, kind, s, o, when):
    done = stack.pawl.start(*go, env=crash.at(t, kind, s, o, when)).finished()
    if done.code != -9:
        raise Failure(f"pawl was not killed at {kind} of step {s + 1}, operation {o + 1}: it ended with {done.code}", str(done))


def newest_plan(stack):
    with sqlite3.connect(stack.path(".pawl", "state.db"), timeout=30) as store:
        row = store.execute("SELECT json FROM plans JOIN runs ON plans.id = runs.plan ORDER BY runs.id DESC LIMIT 1")
        return json.loads(row.fetchone()[0])
