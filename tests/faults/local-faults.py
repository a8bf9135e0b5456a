"""Every operation of the Piprio upgrade fails, hangs, and loses pawl before and after it; --resume ends at 1.5.0.

One upgrade suffers many faults of a kind, one after the other, and is resumed after each; --part I/N divides the upgrades.
matrix.py gives every pair of operation and fault an upgrade of its own."""

import sqlite3

from harness import app, crash, plans
from harness.check import Failure, check, check_contains, check_equal
from matrix import share
from wrecks import with_tools, wrecks_of

NEEDS = ["demo", "crash-point"]
MIGRATIONS = ["0003_priority", "0004_results"]
PATIENCE_MS = 6000  # what a hanging operation is given; fits everything that does not hang
FAULTS = ("killed before", "killed after", "fails", "hangs")


def run(t):
    plan = plan_of(fresh_stack(t, "stack.pawl as it is"))
    cells = [(s, o, fault) for fault in FAULTS for s, o, _ in plans.operations(plan) if applies(plan, s, o, fault)]
    t.say(f"{len(plans.operations(plan))} operations, {len(cells)} faults")
    for chain in share(chains(cells), t.options.part):
        one_upgrade(t, chain)


def chains(cells):
    """What one upgrade suffers: the faults of one kind; of hangs, which take their time, a third."""
    kinds = [[cell for cell in cells if cell[2] == fault] for fault in FAULTS]
    return [*kinds[:-1], *(kinds[-1][third::3] for third in range(3))]


def applies(plan, s, o, fault):
    return fault.startswith("killed") or bool(wrecks_of(plan, s, o, fault))


def fresh_stack(t, what):
    stack = t.local(PIPRIO_MIGRATION_MS=60, PIPRIO_SCHEDULE_MS=100)
    stack.set_pause("50ms")
    stack.set_within("8s")
    with_tools(stack)
    stack.up("1.4.0")
    with sqlite3.connect(stack.path("data", "piprio.db"), timeout=30) as database:
        database.executemany("INSERT INTO documents (id, title) VALUES (?, ?)",
                             [(f"e2e-{n}", what) for n in range(200)])
    return stack


def plan_of(stack):
    stack.pawl.run("plan", "--to", "1.5.0", "--out", "up.pawlplan").expect(0)
    return plans.read(stack.path("up.pawlplan"))


def one_upgrade(t, cells):
    """One stack, all these faults, one after the other."""
    what = cells[0][2]
    stack = fresh_stack(t, what)
    mark = stack.events()[-1]["mono"]
    plan = plan_of(stack)  # its own ports
    if what == "hangs":
        plans.with_shorter_times(stack.path("up.pawlplan"), PATIENCE_MS)
    arguments = ["up.pawlplan", "--parallelism", "1"]
    for s, o, fault in cells:
        name = f"{plans.name(plan, s, o)} {fault}"
        try:
            suffer(t, stack, plan, arguments, s, o, fault)
        except Failure as failure:
            raise Failure(f"{name}: {failure}", failure.evidence) from failure
        arguments = ["--resume", "--parallelism", "1"]
    done = stack.pawl.apply("--resume")
    check(done.code == 0, f"the last resume ends at 1.5.0 ({name})", str(done))
    upgraded(stack, what, mark)
    t.say(f"{len(cells)} × {what}: at 1.5.0")
    stack.down()


def suffer(t, stack, plan, arguments, s, o, fault):
    if fault == "killed before":
        killed(t, stack, arguments, "operation-started", s, o, "recorded")
    elif fault == "killed after":
        killed(t, stack, arguments, "operation-finished", s, o, "unrecorded")
    else:
        for wreck in wrecks_of(plan, s, o, fault):
            wrecked(t, stack, arguments, s, o, fault, wreck)
            arguments = ["--resume", "--parallelism", "1"]


def killed(t, stack, arguments, kind, s, o, when):
    done = stack.pawl.start_apply(*arguments, env=crash.at(t, kind, s, o, when)).finished()
    check_equal(done.code, -9, "how pawl ended (killed at that record)")


def wrecked(t, stack, arguments, s, o, fault, wreck):
    """Halts pawl when the operation is announced, breaks the world, lets it go on; then mends the world."""
    running = stack.pawl.start_apply(*arguments, env=crash.at(t, "operation-started", s, o, sends="STOP"))
    crash.await_halt(running)
    mend = wreck(stack)
    try:
        crash.go_on(running)
        done = running.finished(60)
    finally:
        mend()
    if done.code != 1:
        raise Failure(f"exit code {done.code}, wanted 1", str(done))
    failed = running.saw("operation-finished", s, o)
    check(failed is not None and not failed["ok"], "the operation is on record as failed", str(done))
    check(failed["error"], "and says why", str(failed))
    check_contains(done.err, ["stopped at step ", "Next: pawl "], "what is said")


def upgraded(stack, title, mark):
    """At the new version, with its data, and nothing done twice that must not be."""
    stack.await_healthy()
    stack.check_runs("1.5.0")
    stack.check_programs("1.5.0")
    with sqlite3.connect(stack.path("data", "piprio.db"), timeout=30) as database:
        rows = database.execute("SELECT count(*) FROM documents WHERE id LIKE 'e2e-%' AND title = ?", (title,)).fetchone()
        check_equal(rows, (200,), "rows of documents")
        ledger = [name for name, in database.execute("SELECT name FROM schema_migrations ORDER BY name")]
        check_equal(ledger[-2:], MIGRATIONS, "the newest migrations")
    stack.prove_jobs()
    app.prove_scheduler_silent(stack.events().after(mark))
