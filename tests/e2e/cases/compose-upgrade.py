"""Piprio 1.4.0 → 1.5.0 on Compose, under load: order, silence, jobs, data, files, proved from the application's records."""

import json
import os

from harness import app, files
from harness.check import check, check_contains, check_equal

NEEDS = ["compose", "demo"]
MIGRATIONS = ["0003_priority", "0004_results"]
ENV_BEFORE = """\
# Piprio of the end-to-end test.   Trailing words stay.
export PIPRIO_MIGRATION_MS="400"

PIPRIO_VERSION=1.4.0    # pawl writes this one
# PIPRIO_VERSION=0.9.0
PIPRIO_SCHEDULE_MS=200
PIPRIO_API_PORT={api}
PIPRIO_PROXY_PORT='{proxy}'
"""


def run(t):
    stack = t.compose()
    stack.set_pause("1s")
    stack.write(".env", ENV_BEFORE.format(**stack.ports))
    os.chmod(stack.path(".env"), 0o640)
    stack.up("1.4.0")
    rows = seed(stack)
    untouched = stack.lives("db", "proxy")
    before = stack.picture()
    mark = stack.events()[-1]["mono"]

    with stack.load() as load:
        applied = stack.pawl.apply("--to", "1.5.0").expect(0)

    end_is_right(t, stack, applied, rows, untouched)
    files_are_right(stack, before)
    application_saw_it(t, stack, mark, load)
    bundle_is_whole(stack)

    again = stack.pawl.apply("--to", "1.5.0").expect(0)
    check_contains(again.out, "Nothing to do", "applying again")


def seed(stack):
    """Rows that an upgrade must not lose."""
    stack.sql("INSERT INTO documents (id, title) SELECT 'e2e-' || n, md5(n::text) FROM generate_series(1, 500) n")
    return stack.sql("SELECT id, title FROM documents WHERE id LIKE 'e2e-%' ORDER BY id")


def end_is_right(t, stack, applied, rows, untouched):
    check_contains(applied.out, ["piprio runs 1.5.0 now", "2 migrations of main were applied: 0003_priority, 0004_results"],
                   "what apply says in the end")
    stack.check_runs("1.5.0")
    stack.check_images("1.5.0")
    check_equal(len(stack.of("worker")), 3, "workers")
    check_equal(stack.lives("db", "proxy"), untouched, "services whose configuration is the same (they must not be touched)")
    check_equal(stack.sql("SELECT id, title FROM documents WHERE id LIKE 'e2e-%' ORDER BY id"), rows, "rows of documents")
    check_equal(stack.sql("SELECT name FROM schema_migrations ORDER BY name")[-2:], MIGRATIONS, "the newest migrations")


def files_are_right(stack, before):
    wanted = ENV_BEFORE.format(**stack.ports).replace("PIPRIO_VERSION=1.4.0    #", "PIPRIO_VERSION=1.5.0    #")
    check_equal(stack.read(".env"), wanted, ".env: the new version, every other byte as it was")
    after = files.picture(stack.folder, (*files.NOT_OURS, "backups"))
    check_equal(after[".env"][:3], before[".env"][:3], "kind, mode and owner of .env")
    changed = [line for line in files.differences(before, after) if not line.startswith(".env changed")]
    check(not changed, "only .env and backups changed", "\n".join(changed))


def application_saw_it(t, stack, mark, load):
    events = stack.events().after(mark)
    app.prove_order(events, "1.4.0", "1.5.0")
    app.prove_migrations_once(events, MIGRATIONS)
    app.prove_scheduler_silent(events)
    app.prove_workers_one_at_a_time(events, "1.4.0", "1.5.0", pause=1.0)
    away = app.prove_api_away_only_inside_its_replace(events, "1.4.0", "1.5.0")
    jobs = stack.prove_jobs()
    check(jobs["done"] > 20, f"there was work to lose ({jobs['done']} jobs)")
    check_equal(stack.sql("SELECT count(*) FROM jobs WHERE done_count > 1"), ["0"], "jobs done more than once")
    t.say(f"{jobs['done']} jobs done, none lost; api away for {away:.1f} s, {load.summary['refused']} requests refused")


def bundle_is_whole(stack):
    bundles = sorted(os.listdir(stack.path("backups")))
    check_equal(len(bundles), 1, "bundles")
    place = stack.path("backups", bundles[0])
    with open(os.path.join(place, "bundle.json"), encoding="utf-8") as file:
        bundle = json.load(file)
    listed = json.dumps(bundle)
    for name in sorted(os.listdir(place)):
        check(name == "bundle.json" or name in listed, f"bundle.json lists {name}", listed)
        check(os.path.getsize(os.path.join(place, name)) > 0, f"{name} is not empty")
        check_equal(os.stat(os.path.join(place, name)).st_mode & 0o077, 0, f"rights of others on {name}")
