"""The disk fills while a restore loads: every part is what it was or what the bundle holds, and with room again it goes on."""

import json
import os
import shutil

from harness import disk, restore
from harness.check import check_contains, check_equal

NEEDS = ["demo"]
ROWS = 30_000  # some megabytes
OBJECT = 8_000_000


def run(t):
    stack = t.local(PIPRIO_MIGRATION_MS=60)
    restore.prepare(stack)
    on_a_small_disk(t, stack.path("data"))
    stack.up("1.4.0")
    write_data(stack, "bundle")
    stack.pawl.run("backup", "--auto-approve").expect(0)
    bundle = json.loads(stack.pawl.run("backups", "--json").expect(0).out)[0]["name"]
    write_data(stack, "later")

    filler = disk.fill(stack.path("data"))
    leave(filler, 400_000)  # for the services, while they run
    stops(stack, "database or disk is full", "restore", bundle, "--auto-approve")
    check_equal(restore.data(stack), ("later", ROWS), "what is there after the database did not fit")
    leave(filler, 5_000_000)
    stops(stack, "No space left on device", "apply", "--resume", "--auto-approve")
    leave(filler, 400_000)  # to look at the database
    check_equal(restore.documents(stack), ("bundle", ROWS), "the database, which fitted")
    check_equal(stack.read("data/objects/e2e/name"), "later", "the objects, which did not")

    os.remove(filler)
    stack.pawl.run("apply", "--resume", "--auto-approve").expect(0)
    check_equal(restore.data(stack), ("bundle", ROWS), "with room again")
    check_equal(restore.leftovers(stack), [], "what the restore leaves behind")
    stack.check_runs("1.4.0")
    stack.down()


def on_a_small_disk(t, folder):
    before = folder + ".before"
    os.rename(folder, before)
    disk.small(t, folder, "48m")
    shutil.copytree(before, folder, dirs_exist_ok=True)
    shutil.rmtree(before)


def write_data(stack, name):
    restore.write_data(stack, name, ROWS)
    with open(stack.path("data", "objects", "e2e", "large"), "wb") as file:
        file.write(os.urandom(OBJECT))


def leave(filler, free):
    """So many bytes of that disk free, about."""
    folder = os.path.dirname(filler)
    now = os.statvfs(folder)
    os.truncate(filler, os.path.getsize(filler) + now.f_bavail * now.f_frsize - free)


def stops(stack, why, *arguments):
    done = stack.pawl.run(*arguments).expect(1)
    check_contains(done.err, [why, "Next: pawl apply --resume"], "what it says")
