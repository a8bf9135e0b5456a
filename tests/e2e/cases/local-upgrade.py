"""Piprio 1.4.0 → 1.5.0 on local processes, under load, proved from the application's own records."""

import os

from harness import app
from harness.check import check_contains, check_equal

NEEDS = ["demo"]
MIGRATIONS = ["0003_priority", "0004_results"]


def run(t):
    stack = t.local(PIPRIO_MIGRATION_MS=300)
    stack.edit(".env", "PIPRIO_VERSION=1.4.0", "export PIPRIO_VERSION='1.4.0'   # pawl writes this one\n# PIPRIO_VERSION=0.9.0")
    os.chmod(stack.path(".env"), 0o640)
    stack.up("1.4.0")
    before, env = stack.picture(), stack.read(".env")
    proxy = stack.lives()["proxy"]
    mark = stack.events()[-1]["mono"]

    with stack.load() as load:
        applied = stack.pawl.apply("--to", "1.5.0").expect(0)

    check_contains(applied.out, ["piprio runs 1.5.0 now", "2 migrations of main were applied: 0003_priority, 0004_results"],
                   "what apply says in the end")
    stack.check_runs("1.5.0")
    stack.check_programs("1.5.0")
    check_equal(stack.read(".env"), env.replace("VERSION='1.4.0'", "VERSION='1.5.0'"), ".env: every other byte as it was")
    check_equal(stack.picture()[".env"][:3], before[".env"][:3], "kind, mode and owner of .env")

    check_equal(stack.lives()["proxy"], proxy, "the proxy (reloaded, not replaced)")

    events = stack.events().after(mark)
    app.prove_order(events, "1.4.0", "1.5.0")
    app.prove_migrations_once(events, MIGRATIONS)
    app.prove_scheduler_silent(events)
    app.prove_workers_one_at_a_time(events, "1.4.0", "1.5.0", pause=2.0)
    app.prove_api_away_only_inside_its_replace(events, "1.4.0", "1.5.0")
    jobs = stack.prove_jobs()
    t.say(f"{jobs['done']} jobs done, {load.summary['refused']} requests refused meanwhile")

    again = stack.pawl.apply("--to", "1.5.0").expect(0)
    check_contains(again.out, "Nothing to do", "applying again")
