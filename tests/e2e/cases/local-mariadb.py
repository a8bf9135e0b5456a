"""On MariaDB, which keeps half of a failed migration: backup, drill, upgrade, the way back, killed everywhere, and restore."""

import json

from harness import crash
from harness.check import check, check_contains, check_equal
from harness.mariadb import Server, Wiki

NEEDS = ["demo", "crash-point", "mariadb"]


def run(t):
    wiki = Wiki(t, Server(t))
    wiki.up("1.0.0")
    wiki.server.sql("INSERT INTO pages (title) SELECT CONCAT('page ', seq) FROM seq_1_to_500")
    wiki.pawl.apply("--to", "1.1.0").expect(0)
    before = wiki.picture()
    check_equal(before["ledger"], ["0001_pages", "0002_authors"], "the ledger of 1.1.0")

    fails_halfway(wiki, before)
    never_healthy_and_killed(t, wiki, before)
    restored(wiki, before)


def fails_halfway(wiki, before):
    """The ledger of 1.2.0 has not moved, and a column and its data are gone all the same."""
    done = wiki.pawl.apply("--to", "1.2.0", "--on-failure=rollback").expect(5)
    check_contains(done.text, ["this engine does not undo it", "wiki runs 1.1.0 again"], "what is said")
    check_equal(wiki.picture(), before, "schema and rows")
    is_up(wiki, "1.1.0")


def never_healthy_and_killed(t, wiki, before):
    failed = wiki.pawl.apply("--to", "1.3.0").expect(1)
    check(failed.err.rstrip().endswith("Next: pawl rollback"), "the last line says what to type", failed.err)
    check(wiki.picture() != before, "1.3.0 has changed schema and rows")
    operations = crash.kill_everywhere(t, wiki.pawl, ["rollback"])
    wiki.pawl.apply("--resume").expect(0)
    check_equal(wiki.picture(), before, "schema and rows")
    is_up(wiki, "1.1.0")
    t.say(f"a rollback of {operations} operations, killed {2 * operations} times: 1.1.0 with its rows")


def restored(wiki, before):
    wiki.pawl.run("backup", "--auto-approve").expect(0)
    wiki.pawl.run("drill", "--auto-approve").expect(0)
    check_equal(wiki.picture(), before, "schema and rows after a drill")
    wiki.server.sql("DELETE FROM pages WHERE id > 100; DROP TABLE schema_migrations; CREATE TABLE stray (x INT)")
    bundle = json.loads(wiki.pawl.run("backups", "--json").expect(0).out)[0]
    check(bundle["whole"] and bundle["drilled_at"], "the bundle is whole and drilled", str(bundle))
    wiki.pawl.run("restore", bundle["name"], "--auto-approve").expect(0)
    check_equal(wiki.picture(), before, "schema and rows")
    is_up(wiki, "1.1.0")


def is_up(wiki, version):
    seen = json.loads(wiki.pawl.run("observe", "--json").expect(0).out)
    [app] = seen["services"]
    check_equal([(one["version"], one["health"]) for one in app["instances"]], [(version, "healthy")], "the app")
