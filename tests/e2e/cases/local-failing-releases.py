"""1.6.0 (a migration fails) and 1.6.1 (never healthy) stop at the api: workers untouched, the reason, one command."""

from harness.check import check, check_contains, check_equal, check_lacks

NEEDS = ["demo"]
OTHERS = ("worker", "worker.2", "worker.3", "web", "proxy")


def run(t):
    stops_at_the_api(t, "1.6.0", ["0006_regions", "syntax error", "has ended"])
    stops_at_the_api(t, "1.6.1", ["503 from", "0006_regions applied"])


def stops_at_the_api(t, version, evidence):
    stack = t.local(PIPRIO_VERSION="1.5.0", PIPRIO_MIGRATION_MS=60)
    stack.edit("stack.pawl", "within = 3m", "within = 8s")
    stack.up("1.5.0")
    lives = others(stack)

    done = stack.pawl.apply("--to", version).expect(1)

    check_contains(done.err, "replace api", "the step that failed")
    check_contains(done.err, evidence, "the reason: failing probe and last log lines")
    moved = {"1.6.0": "1 migration of main was applied: 0005_archive",
             "1.6.1": "2 migrations of main were applied: 0005_archive, 0006_regions"}
    check_contains(done.err, moved[version], "how far the schema got")
    check_contains(done.err, "it is not available now", "what users see")
    next_lines = [line for line in done.err.splitlines() if line.startswith("Next: ")]
    check_equal(len(next_lines), 1, "lines that say what to type next")
    check(done.err.rstrip().endswith(next_lines[0]), "the command is the last line", done.err)
    check(next_lines[0].removeprefix("Next: ").startswith("pawl "), "it is a command of pawl", next_lines[0])
    check_lacks(next_lines[0], "<", "the command to type")

    check_equal(others(stack), lives, "workers and all others (untouched)")
    check("scheduler" not in stack.processes(), "the scheduler stays stopped")
    check_equal(stack.pawl.journal()[-1]["outcome"], "failed", "outcome in the journal")
    if version == "1.6.0":
        check(done.seconds < 7, f"an api that has ended is not waited for ({done.seconds:.1f} s)", str(done))
    stack.down()


def others(stack):
    return {name: life for name, life in stack.lives().items() if name in OTHERS}
