"""pawl is killed before and after every operation of a restore and resumed: data and files are the old or the new, never neither.

By default one restore suffers all kills of a kind, one after the other; the data is looked at after each."""

import json
import os
import time

from harness import crash, plans, restore
from harness.check import Failure, check, check_equal

NEEDS = ["demo", "crash-point"]
KILLS = (("operation-started", "recorded", "before"), ("operation-finished", "unrecorded", "after"))


def run(t):
    stack = t.local(PIPRIO_MIGRATION_MS=60, PIPRIO_SCHEDULE_MS=100)
    restore.prepare(stack)
    stack.up("1.4.0")
    restore.write_data(stack, "bundle", 200)
    stack.pawl.run("backup", "--auto-approve").expect(0)
    bundle = json.loads(stack.pawl.run("backups", "--json").expect(0).out)[0]["name"]
    kept_while_needed(t, stack, bundle)
    for record, when, what in KILLS:
        stack.pawl.apply("--to", "1.5.0").expect(0)
        restore.write_data(stack, "later", 150)
        kills = one_restore(t, stack, bundle, record, when, what)
        check_equal(restore.data(stack), ("bundle", 200), "data in the end")
        check_equal(stack.env_value("PIPRIO_VERSION"), "1.4.0", "the pin in the end")
        check_equal(restore.leftovers(stack), [], "what is left behind")
        stack.await_healthy()
        stack.check_runs("1.4.0")
        stack.check_programs("1.4.0")
        t.say(f"{kills} × killed {what}: restored")


def kept_while_needed(t, stack, bundle):
    """Backups that follow a restore which was killed do not take its bundle away."""
    stack.edit("stack.pawl", "keep = 7", "keep = 1")
    kill(t, stack, ["restore", bundle, "--auto-approve", "--json"], "operation-finished", 0, 0, "unrecorded")
    for _ in range(2):
        time.sleep(1.1)  # bundles are named by the second
        stack.pawl.run("backup", "--auto-approve").expect(0)
    check(os.path.isdir(stack.path("backups", bundle)), "the bundle of a restore that can be resumed is kept")
    stack.pawl.apply("--resume").expect(0)
    stack.edit("stack.pawl", "keep = 1", "keep = 7")


def one_restore(t, stack, bundle, record, when, what):
    """Killed at its first operation, then at each next one of its plan; how often."""
    kill(t, stack, ["restore", bundle, "--auto-approve", "--json"], record, 0, 0, when)
    plan = plans.newest(stack.folder)
    operations = [(s, o) for s, o, _ in plans.operations(plan)]
    for s, o in operations[1:]:
        kill(t, stack, ["apply", "--auto-approve", "--json", "--resume"], record, s, o, when)
        try:
            whole(stack)
        except Failure as failure:
            raise Failure(f"killed {what} {plans.name(plan, s, o)}: {failure}", failure.evidence) from failure
    done = stack.pawl.apply("--resume")
    check(done.code == 0, "the last resume ends the restore", str(done))
    return len(operations)


def kill(t, stack, arguments, record, s, o, when):
    done = stack.pawl.start(*arguments, env=crash.at(t, record, s, o, when)).finished()
    check_equal(done.code, -9, f"how pawl ended (to be killed at {record} {s}.{o})")


def whole(stack):
    """Each part by itself: parts are swapped one after the other."""
    check(restore.documents(stack) in (("bundle", 200), ("later", 150)), "the database is the old or the new")
    check(stack.read("data/objects/e2e/name") in ("bundle", "later"), "the objects are the old or the new")
    check(stack.env_value("PIPRIO_VERSION") in ("1.4.0", "1.5.0"), "the pin is the old or the new")
    check("PIPRIO" in stack.read(".env"), ".env is whole")
