"""With `max_age`, an upgrade takes the bundle that is young enough, and with `drill` only one that was drilled."""

import json
import os

from harness import restore
from harness.check import check, check_contains, check_equal

NEEDS = ["demo"]


def run(t):
    stack = t.local(PIPRIO_MIGRATION_MS=20)
    restore.prepare(stack)
    text = stack.read("stack.pawl")
    stack.write("stack.pawl", text.replace("backup {\n", "backup {\n  drill   = true\n  max_age = 1h\n"))
    check(stack.read("stack.pawl") != text, "the manifest asks for both")
    stack.up("1.4.0")
    restore.write_data(stack, "bundle", 200)
    stack.pawl.run("backup", "--auto-approve").expect(0)
    [young] = bundles(stack)
    check(young["drilled_at"], "`pawl backup` drills", str(young))
    restore.write_data(stack, "later", 150)
    stack.pawl.run("backup", "--auto-approve").expect(0)
    newer = next(bundle["name"] for bundle in bundles(stack) if bundle["name"] != young["name"])
    forget_drill(stack, newer)

    plan = stack.pawl.run("plan", "--to", "1.5.0").expect(0).out
    check_contains(plan, [young["name"], "was drilled"], "the plan says what it will take")
    stack.pawl.apply("--to", "1.5.0").expect(0)
    check_equal(names(stack), {young["name"], newer}, "bundles after the upgrade: none was made")
    stack.pawl.run("rollback", "--auto-approve").expect(0)
    stack.check_runs("1.4.0")
    check_equal(restore.documents(stack), ("bundle", 200), "rows after the way back: of the bundle that was drilled")

    forget_drill(stack, young["name"])
    before = names(stack)
    done = stack.pawl.apply("--to", "1.5.0", "--json").expect(0)
    last = json.loads(done.out.splitlines()[-1])
    check_equal((last["kind"], last["database"], last["applied"], last["taken_back"]),
                ("ledger", "main", ["0003_priority", "0004_results"], []), "the last line of --json")
    made = [bundle for bundle in bundles(stack) if bundle["name"] not in before]
    check_equal([bool(bundle["drilled_at"]) for bundle in made], [True], "a new one is made, and drilled")


def bundles(stack):
    return json.loads(stack.pawl.run("backups", "--json").expect(0).out)


def names(stack):
    return {bundle["name"] for bundle in bundles(stack)}


def forget_drill(stack, name):
    os.remove(stack.path("backups", name, "drilled"))
