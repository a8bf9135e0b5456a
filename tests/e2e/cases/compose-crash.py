"""kill -9 of pawl in the middle of and after every change of an upgrade; each resume goes on, and nothing is done twice.

One upgrade, killed again and again: first while each operation that changes something is under way, then (a second
upgrade) when it has happened and pawl has not yet written that down. Compose v2 and podman get the second only. PAWL_FULL=1
does both everywhere, and kills before each too."""

import os

from harness import app, crash, plans
from harness.check import Failure, check, check_equal

NEEDS = ["compose", "demo", "crash-point"]
MIGRATIONS = ["0003_priority", "0004_results"]


def run(t):
    ways = {"after": after}
    if t.full or (t.options.engine or "docker-compose") == "docker-compose":
        ways["under way"] = under_way
    if t.full:
        ways["before"] = before
    for name, way in ways.items():
        upgrade_with_kills(t, name, way)


def under_way(t, stack, arguments, s, o):
    """Soon after the operation began: its program runs, and outlives pawl or not."""
    running = stack.pawl.start_apply(*arguments)
    running.kill_at("operation-started", s, o)
    return running


def after(t, stack, arguments, s, o):
    return killed_exactly(t, stack, arguments, "operation-finished", s, o, "unrecorded")


def before(t, stack, arguments, s, o):
    return killed_exactly(t, stack, arguments, "operation-started", s, o, "recorded")


def killed_exactly(t, stack, arguments, kind, s, o, when):
    running = stack.pawl.start_apply(*arguments, env=crash.at(t, kind, s, o, when))
    done = running.finished()
    if done.code != -9:
        raise Failure(f"pawl was to be killed at {kind} of step {s + 1}, operation {o + 1}, and ended otherwise", str(done))
    return running


def upgrade_with_kills(t, name, way):
    stack = t.compose(PIPRIO_MIGRATION_MS=300)
    stack.set_pause("200ms")
    stack.up("1.4.0")
    stack.sql("INSERT INTO documents (id, title) SELECT 'e2e-' || n, md5(n::text) FROM generate_series(1, 200) n")
    rows = stack.sql("SELECT * FROM documents ORDER BY id")
    untouched = stack.lives("db", "proxy")
    mark = stack.events()[-1]["mono"]
    stack.pawl.run("plan", "--to", "1.5.0", "--out", "up.pawlplan").expect(0)
    plan = plans.read(stack.path("up.pawlplan"))

    kills, arguments = 0, ["up.pawlplan", "--parallelism", "1"]
    with stack.load():
        for s, o, _ in plans.operations(plan, plans.CHANGES):
            way(t, stack, arguments, s, o)
            kills, arguments = kills + 1, ["--resume", "--parallelism", "1"]
        stack.pawl.apply("--resume").expect(0)

    stack.check_runs("1.5.0")
    stack.check_images("1.5.0")
    check_equal(stack.sql("SELECT * FROM documents ORDER BY id"), rows, "rows of documents")
    check_equal(stack.lives("db", "proxy"), untouched, "services that do not change")
    nothing_twice(stack, plan, mark)
    t.say(f"killed {kills} times {name}")
    stack.down()


def nothing_twice(stack, plan, mark):
    """By the application's, the engine's and pawl's own records."""
    events = stack.events().after(mark)
    app.prove_migrations_once(events, MIGRATIONS)
    app.prove_scheduler_silent(events)
    stack.prove_jobs()
    for role, wanted in (("api", 1), ("worker", 3), ("scheduler", 1), ("web", 1)):
        check_equal(len(events.of("started", role, "1.5.0")), wanted, f"starts of {role} 1.5.0 (once each)")
        check_equal(len(events.of("started", role, "1.4.0")), 0, f"starts of {role} 1.4.0")
    whole = [one for one in os.listdir(stack.path("backups")) if not one.endswith(".partial")]
    check_equal(len(whole), 1, "whole bundles")
    finished = [one for one in stack.pawl.journal() if one["kind"] == "operation-finished" and one["ok"]]
    twice = {(one["step"], one["operation"]) for one in finished
             if sum(one["step"] == other["step"] and one["operation"] == other["operation"] for other in finished) > 1}
    check(not twice, "no operation is on record as done twice",
          "\n".join(plans.name(plan, s, o) for s, o in sorted(twice)))
