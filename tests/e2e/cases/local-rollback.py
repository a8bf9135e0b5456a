"""After 1.5.1, 1.6.0 and 1.6.1, pawl rollback leads to 1.5.0 again: images alone, or with the data of the backup."""

import os
import sqlite3
import time

from harness.check import check, check_contains, check_equal, check_lacks

NEEDS = ["demo"]
ROWS = 200


def run(t):
    without_a_migration(t)
    goes_back_with_its_data(t, "1.6.0")
    goes_back_with_its_data(t, "1.6.1")
    at_once(t)
    its_bundle_is_kept(t)
    ledger_that_nothing_writes(t)


def fresh(t):
    stack = t.local(PIPRIO_VERSION="1.5.0", PIPRIO_MIGRATION_MS=20)
    stack.edit("stack.pawl", "within = 3m", "within = 6s")
    stack.set_pause("50ms")
    stack.up("1.5.0")
    write_rows(stack, "before", ROWS)
    return stack


def write_rows(stack, title, count):
    with sqlite3.connect(stack.path("data", "piprio.db"), timeout=30) as database:
        database.executemany("INSERT INTO documents (id, title) VALUES (?, ?)",
                             [(f"{title}-{n}", title) for n in range(count)])


def rows(stack, title):
    with sqlite3.connect(stack.path("data", "piprio.db"), timeout=30) as database:
        return database.execute("SELECT count(*) FROM documents WHERE title = ?", (title,)).fetchone()[0]


def schema(stack):
    with sqlite3.connect(stack.path("data", "piprio.db"), timeout=30) as database:
        return (database.execute("SELECT name, sql FROM sqlite_schema ORDER BY name").fetchall(),
                database.execute("SELECT name FROM schema_migrations ORDER BY name").fetchall())


def without_a_migration(t):
    stack = fresh(t)
    refused = stack.pawl.run("rollback", "--auto-approve").expect(3)
    check_contains(refused.err, "Nothing to roll back: no run has begun here", "before any run")
    before = schema(stack)
    plan = stack.pawl.plan("--to", "1.5.1")
    ways = {step["recovery"]["kind"] for step in plan["steps"]}
    check_equal(ways, {"nothing to undo", "switch back"}, "what a failure of 1.5.1 leads to, said before")
    stack.pawl.apply("--to", "1.5.1").expect(0)
    stack.check_runs("1.5.1")
    write_rows(stack, "after", 7)

    done = stack.pawl.run("rollback", "--auto-approve").expect(0)

    check_contains(done.out, ["1.5.1 → 1.5.0", "rollback", "piprio runs 1.5.0 again"], "what it says")
    check_lacks(done.out, "restore", "an image switch is enough")
    stack.check_runs("1.5.0")
    check_equal(schema(stack), before, "schema and ledger")
    check_equal((rows(stack, "before"), rows(stack, "after")), (ROWS, 7), "rows of before and after")
    stack.prove_jobs()
    check_contains(stack.pawl.run("history").out, "1.5.1 → 1.5.0", "history")
    again = stack.pawl.run("rollback", "--auto-approve").expect(3)
    check_contains(again.err, "led back from run 1 to 1.5.0", "a second rollback")
    stack.down()


def goes_back_with_its_data(t, version):
    stack = fresh(t)
    before = schema(stack)
    failed = stack.pawl.apply("--to", version).expect(1)
    check(failed.err.rstrip().endswith("Next: pawl rollback"), "the last line says what to type", failed.err)
    check(schema(stack) != before, f"{version} has changed the schema")

    preview = stack.pawl.run("rollback")
    check_equal(preview.code, 4, "without a terminal and without --auto-approve nothing runs")
    check_contains(preview.out, ["restore", "is lost: it goes back to bundle piprio-1.5.0-"], "the preview")
    check(schema(stack) != before, "a preview changes nothing")

    done = stack.pawl.run("rollback", "--auto-approve").expect(0)

    check_contains(done.out, "piprio runs 1.5.0 again", "what it says")
    is_as_before(stack, before)
    saved = [name for _, _, files in os.walk(stack.path(".pawl", "saved")) for name in files]
    check(any(name.startswith("api.") for name in saved), "the failed api's last words are saved", str(saved))
    stack.pawl.apply("--to", "1.5.1").expect(0)
    stack.check_runs("1.5.1")
    stack.down()


def is_as_before(stack, before):
    stack.await_healthy()
    stack.check_runs("1.5.0")
    stack.check_programs("1.5.0")
    check_equal(schema(stack), before, "schema and ledger")
    check_equal(rows(stack, "before"), ROWS, "rows of before the run")
    check_equal(stack.env_value("PIPRIO_VERSION"), "1.5.0", "the pin")
    of_the_application = ("-wal", "-shm", ".migrating")
    check_equal(sorted(name for name in os.listdir(stack.path("data")) if name.startswith("piprio.db")
                       and not name.endswith(of_the_application)), ["piprio.db"], "what is left beside the database")


def at_once(t):
    stack = fresh(t)
    before = schema(stack)
    done = stack.pawl.apply("--to", "1.6.1", "--on-failure=rollback").expect(5)
    check_contains(done.out, "piprio runs 1.5.0 again", "what it says")
    is_as_before(stack, before)
    stack.down()


def its_bundle_is_kept(t):
    """However many backups follow a failed upgrade, the bundle that leads back from it stays; after that it may go."""
    stack = fresh(t)
    stack.edit("stack.pawl", "keep = 7", "keep = 1")
    before = schema(stack)
    stack.pawl.apply("--to", "1.6.1").expect(1)
    [needed] = os.listdir(stack.path("backups"))
    for _ in range(2):
        time.sleep(1.1)  # bundles are named by the second
        stack.pawl.run("backup", "--auto-approve").expect(0)
    kept = os.listdir(stack.path("backups"))
    check(needed in kept and len(kept) == 2, "the newest and the needed one are there", f"{needed}: {kept}")
    stack.pawl.run("rollback", "--auto-approve").expect(0)
    is_as_before(stack, before)
    time.sleep(1.1)
    stack.pawl.run("backup", "--auto-approve").expect(0)
    check(needed not in os.listdir(stack.path("backups")), "nothing needs it any more")
    stack.down()


def ledger_that_nothing_writes(t):
    """Its table is not there, before and after: it proves nothing, so the data of the backup comes back. So does a drill."""
    stack = fresh(t)
    stack.edit("stack.pawl", 'table("schema_migrations", column = "name")', "alembic")
    before = schema(stack)
    told = stack.pawl.run("plan", "--to", "1.6.1").expect(0)
    check_contains(told.out, "the ledger of main names no migration although 1.5.0 runs", "what the plan says")
    done = stack.pawl.apply("--to", "1.6.1", "--on-failure=rollback").expect(5)
    check_contains(done.out, ["its ledger names no migration", "piprio runs 1.5.0 again"], "what the rollback says")
    is_as_before(stack, before)
    stack.pawl.run("drill", "--auto-approve").expect(0)
    stack.down()
