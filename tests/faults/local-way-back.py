"""A rollback that restores data is killed before and after every operation and resumed; the old version runs on its data.

1.6.1 fails, and the rollback loses pawl everywhere, each time going on with --resume. matrix.py has the faults of the upgrade
itself."""

import sqlite3

from harness import crash, plans
from harness.check import check, check_contains, check_equal

NEEDS = ["demo", "crash-point"]
ROWS = 200


def fresh(t, version, within="6s"):
    stack = t.local(PIPRIO_VERSION=version, PIPRIO_MIGRATION_MS=30, PIPRIO_SCHEDULE_MS=100)
    stack.set_pause("50ms")
    stack.set_within(within)
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


def run(t):
    stack = fresh(t, "1.5.0")
    ledger = schema(stack)
    failed = stack.pawl.apply("--to", "1.6.1").expect(1)
    check_contains(failed.err, "Next: pawl rollback", "what to type")
    operations = crash.kill_everywhere(t, stack.pawl, ["rollback", "--parallelism", "1"])
    check_equal(plans.newest(stack.folder)["purpose"], "rollback", "what runs")
    done = stack.pawl.apply("--resume")
    check(done.code == 0, "the last resume ends at 1.5.0", str(done))
    is_as_before(stack, "1.5.0", ledger)
    t.say(f"a rollback of {operations} operations, killed {2 * operations} times: back at 1.5.0")
    stack.down()

