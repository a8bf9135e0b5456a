"""What an action of the manifest saves, its `restore` puts back; without one a restore is refused before anything stops."""

from harness import restore
from harness.check import check_contains, check_equal

NEEDS = ["demo"]
OF = "of   = [database.main, files.objects, files.config"


def run(t):
    stack = t.local(PIPRIO_MIGRATION_MS=30)
    restore.prepare(stack)
    stack.edit("stack.pawl", OF, OF + ', command("cp", "index", "index.saved")')
    stack.write("index", "of the bundle")
    stack.up("1.4.0")
    restore.write_data(stack, "bundle", 20)
    stack.pawl.run("backup", "--auto-approve").expect(0)
    stack.write("index", "later")
    [bundle] = [one for one in stack.pawl.run("backups").out.split() if one.startswith("piprio-1.4.0-")]
    lives = stack.lives()

    refused = stack.pawl.run("restore", bundle, "--auto-approve").expect(3)
    check_contains(refused.err, ["made by an action, and nothing says how it is restored", "restore = "], "what is said")
    check_equal(stack.lives(), lives, "processes")

    stack.edit("stack.pawl", '"index.saved")]', '"index.saved")]\n  restore = command("cp", "index.saved", "index")')
    stack.pawl.run("restore", bundle, "--auto-approve").expect(0)
    check_equal(stack.read("index"), "of the bundle", "what the action saved")
    check_equal(restore.data(stack), ("bundle", 20), "data")
    stack.await_healthy()
    stack.check_runs("1.4.0")
