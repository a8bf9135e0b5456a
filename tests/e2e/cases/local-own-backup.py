"""What an action of the manifest saves, its `restore` puts back by name; without one a restore is refused before anything stops."""

import json
import os
import sqlite3

from harness import restore
from harness.check import check, check_contains, check_equal

NEEDS = ["demo"]
OF = "of   = [database.main, files.objects, files.config"
SAVE = """#!/bin/sh -e
cp index "saved-$1"
echo "saving $1"
echo "snapshot of $(cat index)"
"""
LOAD = """#!/bin/sh -e
cp "saved-$2" index
printf '%s|' "$@" > loaded
"""


def run(t):
    stack = t.local(PIPRIO_MIGRATION_MS=30)
    restore.prepare(stack)
    program(stack, "save", "#!/bin/sh -e\ncp index \"saved-$1\"\n")
    program(stack, "load", LOAD)
    stack.edit("stack.pawl", OF, OF + ', command("./save", "${bundle}")')
    stack.write("index", "of the silent one")
    stack.up("1.4.0")
    restore.write_data(stack, "bundle", 20)
    silent = backup(stack)
    lives = stack.lives()

    refused = stack.pawl.run("restore", silent, "--auto-approve").expect(3)
    check_contains(refused.err, ["made by an action, and nothing says how it is restored", "restore = "], "what is said")

    stack.edit("stack.pawl", '"${bundle}")]', '"${bundle}")]\n  restore = command("./load", "${captured}", "${bundle}", "${run}")')
    refused = stack.pawl.run("restore", silent, "--auto-approve").expect(3)
    check_contains(refused.err, [silent, "does not say what the backup's own action printed"], "of an action that printed nothing")
    check_equal(stack.lives(), lives, "processes")

    program(stack, "save", SAVE)
    stack.write("index", "of the bundle")
    bundle = backup(stack)
    described = json.loads(stack.read(f"backups/{bundle}/bundle.json"))
    check_equal(described["actions"], [{"words": f"./save {bundle}", "file": "action-1.last-line",
                                        "captured": "snapshot of of the bundle"}], "what the bundle says of it")
    check_contains(stack.pawl.run("backups").out, "intact, never drilled", "the bundles before the drill")
    drilled = stack.pawl.run("drill", bundle, "--auto-approve").expect(0)
    check_contains(drilled.out, [f"not drilled: what ./save {bundle} saved", "all but what ./save"], "the drill")
    [line] = [one for one in stack.pawl.run("backups").out.splitlines() if one.startswith(bundle)]
    check_contains(line, ["intact, drilled ", f", except what ./save {bundle} saved"], "the bundles after it")

    stack.write("index", "later")
    done = stack.pawl.run("restore", bundle, "--auto-approve").expect(0)
    check_contains(done.out, "./load 'snapshot of of the bundle' piprio-1.4.0-", "the plan names what is put back")
    check_equal(stack.read("index"), "of the bundle", "what the action saved")
    captured, name, run_of_restore, _ = stack.read("loaded").split("|")
    check_equal((captured, name), ("snapshot of of the bundle", bundle), "what the action was told")
    check(run_of_restore and not bundle.endswith(run_of_restore), "the run is that of the restore", run_of_restore)
    check_equal(restore.data(stack), ("bundle", 20), "data")
    stack.await_healthy()
    stack.check_runs("1.4.0")

    stack.edit("stack.pawl", OF + ", ", "of   = [")
    stack.write("index", "of the action alone")
    alone = backup(stack)
    stack.write("index", "later")
    check_contains(stack.pawl.run("drill", alone, "--auto-approve").expect(3).err, "would prove nothing", "a drill of it")
    stack.pawl.run("restore", alone, "--auto-approve").expect(0)
    check_equal(stack.read("index"), "of the action alone", "what the action alone saved")
    check_equal(restore.data(stack), ("bundle", 20), "data is not touched")
    goes_back_by_the_action(stack)


def goes_back_by_the_action(stack):
    """The action saves the database itself, so a rollback over a migration lets its `restore` put it back."""
    program(stack, "save", '#!/bin/sh -e\nsqlite3 data/piprio.db ".backup saved-$1"\necho "$1"\n')
    program(stack, "load", '#!/bin/sh -e\nrm -f data/piprio.db-wal data/piprio.db-shm\ncp "saved-$2" data/piprio.db\n')
    stack.await_healthy()
    stack.pawl.apply("--to", "1.5.0").expect(0)
    with sqlite3.connect(stack.path("data", "piprio.db"), timeout=30) as database:
        database.execute("DELETE FROM documents")
    database.close()
    back = stack.pawl.run("rollback", "--auto-approve").expect(0)
    check_contains(back.out, ["own parts", "./load piprio-1.4.0-"], "the way back")
    stack.await_healthy()
    stack.check_runs("1.4.0")
    check_equal(restore.data(stack), ("bundle", 20), "what was there before the upgrade")


def program(stack, name, text):
    stack.write(name, text)
    os.chmod(stack.path(name), 0o755)


def backup(stack):
    """The name of the bundle that is made."""
    before = names(stack)
    stack.pawl.run("backup", "--auto-approve").expect(0)
    [made] = names(stack) - before
    return made


def names(stack):
    return {bundle["name"] for bundle in json.loads(stack.pawl.run("backups", "--json").expect(0).out)}
