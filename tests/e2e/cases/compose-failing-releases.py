"""1.6.0 (a migration fails) and 1.6.1 (never healthy) stop at the api: workers untouched, the reason, one command."""

from harness.check import check, check_contains, check_equal, check_lacks

NEEDS = ["compose", "demo"]


def run(t):
    for version, evidence in (("1.6.0", ["0006_regions", "syntax error"]), ("1.6.1", ["search", "503"])):
        stops_at_the_api(t, version, evidence)


def stops_at_the_api(t, version, evidence):
    stack = t.compose()
    stack.edit("stack.pawl", "within = 3m", "within = 12s")
    stack.up("1.5.0")
    others = stack.lives("worker", "web", "proxy", "db")

    done = stack.pawl.apply("--to", version).expect(1)

    check_contains(done.err, "replace api", "the step that failed")
    check_contains(done.err, evidence, "the reason: failing probe and last log lines")
    next_lines = [line for line in done.err.splitlines() if line.startswith("Next: ")]
    check_equal(len(next_lines), 1, "lines that say what to type next")
    check(done.err.rstrip().endswith(next_lines[0]), "the command is the last line", done.err)
    check(next_lines[0].removeprefix("Next: ").startswith("pawl "), "it is a command of pawl", next_lines[0])
    check_lacks(next_lines[0], "<", "the command to type")

    check_equal(stack.lives("worker", "web", "proxy", "db"), others, "workers and all others (untouched)")
    scheduler = stack.of("scheduler")
    check(not any(one["State"]["Running"] for one in scheduler), "the scheduler stays stopped")
    check_equal(stack.pawl.journal()[-1]["outcome"], "failed", "outcome in the journal")
    stack.down()
