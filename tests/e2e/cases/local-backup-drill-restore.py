"""A bundle is taken, drilled, and put back after an upgrade: data, files, version and pin as they were."""

import json
import os

from harness import restore
from harness.check import check, check_contains, check_equal

NEEDS = ["demo"]


def run(t):
    stack = t.local(PIPRIO_MIGRATION_MS=60)
    restore.prepare(stack, confirm="piprio.example")
    stack.up("1.4.0")
    restore.write_data(stack, "bundle", 200)
    os.chmod(stack.path("data", "piprio.db"), 0o640)
    ledger = restore.ledger(stack)

    lives = stack.lives()
    stack.pawl.run("backup", "--auto-approve").expect(0)
    bundle = only_bundle(stack)
    check_equal((bundle["version"], bundle["whole"], bundle["drilled_at"]), ("1.4.0", True, ""), "the new bundle")

    done = stack.pawl.run("drill", "--auto-approve").expect(0)
    check_contains(done.out, "The bundle restores", "the last line of drill")
    check(only_bundle(stack)["drilled_at"], "the drill is written into the bundle")
    check_equal(stack.lives(), lives, "processes after backup and drill (untouched)")
    check_equal(restore.data(stack), ("bundle", 200), "data after backup and drill")

    stack.pawl.apply("--to", "1.5.0").expect(0)
    stack.pawl.run("drill", bundle["name"], "--auto-approve").expect(0)  # an old bundle beside a new schema
    restore.write_data(stack, "later", 150)
    proxy = stack.lives()["proxy"]

    wrong_phrase(stack, bundle["name"])
    text = stack.pawl.run("restore", "backups/" + bundle["name"], "--auto-approve", "--confirm", "piprio.example").expect(0)
    check_contains(text.out, ["is lost", "piprio is restored and runs 1.4.0 now"], "what restore says")

    stack.await_healthy()
    stack.check_runs("1.4.0")
    stack.check_programs("1.4.0")
    check_equal(restore.data(stack), ("bundle", 200), "data after the restore")
    check_equal(restore.ledger(stack), ledger, "applied migrations after the restore")
    check_equal(stack.env_value("PIPRIO_VERSION"), "1.4.0", "the pin")
    check_equal(os.stat(stack.path("data", "piprio.db")).st_mode & 0o777, 0o640, "mode of the restored database")
    check_equal(stack.lives()["proxy"], proxy, "the proxy (reloaded, not replaced)")
    check_equal(restore.leftovers(stack), [], "scratch and replaced data left behind")
    # What was done since the bundle is queued again, so the records alone cannot say that nothing was done twice.
    stack.pawl.apply("--to", "1.5.0").expect(0)  # and up again


def only_bundle(stack):
    """The one bundle of 1.4.0; the upgrade makes another."""
    found = json.loads(stack.pawl.run("backups", "--json").expect(0).out)
    check_equal(len(found), 1, "bundles")
    return found[0]


def wrong_phrase(stack, bundle):
    lives = stack.lives()
    for phrase in (["--confirm", "piprio"], []):
        done = stack.pawl.run("restore", bundle, "--auto-approve", *phrase)
        check(done.code != 0, "a restore without the phrase does not happen", str(done))
        check_equal(stack.lives(), lives, "processes after a refused restore")
        check_equal(restore.data(stack), ("later", 150), "data after a refused restore")
