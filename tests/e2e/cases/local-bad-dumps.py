"""A dump that would not restore is found when it is made: cut short, empty, or without its program; one that warned says so.

And a dump of a table whose rows come and go is found to be good."""

import json
import os

from harness import engines
from harness.check import check, check_contains, check_equal
from harness.mariadb import Server, Wiki

NEEDS = ["demo", "mariadb"]


def run(t):
    wiki = Wiki(t, Server(t))
    wiki.up("1.0.0")
    wiki.server.sql("INSERT INTO pages (title) SELECT CONCAT('page ', seq) FROM seq_1_to_500")
    programs = t.folder("programs")
    without = {"PATH": engines.path_without(t.folder("without"), {"mariadb-dump"})}
    faked = {"PATH": f"{programs}:{wiki.env['PATH']}"}
    real = next(place for place in (f"{folder}/mariadb-dump" for folder in wiki.env["PATH"].split(":"))
                if os.access(place, os.X_OK))

    refused(wiki, without, "mariadb-dump")
    fake(programs, f"{real} \"$@\" | head -c 700")
    refused(wiki, faked, "the dump is complete: it ends with")
    fake(programs, "exit 0")
    refused(wiki, faked, "the dump is complete: it ends with")

    fake(programs, f"{real} \"$@\"; echo 'Warning: a view refers to a missing table' >&2")
    wiki.pawl.run("backup", "--auto-approve", env=faked).expect(0)
    [bundle] = [one for one in bundles(wiki) if one["whole"]]
    check_equal(bundle["warnings"], "Warning: a view refers to a missing table", "what the dump had to say")
    check_contains(wiki.pawl.run("backups").out, "its dump warned: Warning: a view", "the list for people")

    # A page is there while the dump is made, and neither before nor after.
    ask = f"mariadb -S {wiki.server.socket} -u root wiki -e"
    fake(programs, f"{ask} \"INSERT INTO pages VALUES (9999, 'now')\"; {real} \"$@\"; {ask} 'DELETE FROM pages WHERE id = 9999'")
    wiki.pawl.run("backup", "--auto-approve", env=faked).expect(0)
    newest = max(bundles(wiki), key=lambda one: one["name"])["name"]
    wiki.pawl.run("drill", newest, "--auto-approve").expect(0)
    for file, rows in ("census-before", 500), ("rows", 501), ("census-after", 500):
        check_equal(sorted(wiki.read(f"backups/{newest}/main.{file}").splitlines()), [f"pages\t{rows}", "schema_migrations\t1"], file)


def fake(folder, script):
    place = os.path.join(folder, "mariadb-dump")
    with open(place, "w", encoding="utf-8") as file:
        file.write(f"#!/bin/sh\n{script}\n")
    os.chmod(place, 0o755)


def refused(wiki, env, why):
    """No bundle comes of it; with the real program the same run goes on to a whole one, which is then removed."""
    done = wiki.pawl.run("backup", "--auto-approve", env=env).expect(1)
    check_contains(done.err, [why, "Next: pawl apply --resume"], "what is said")
    [half] = bundles(wiki)
    check(not half["whole"], "no bundle is whole", str(half))
    check_contains(half["why"], "half written", "the list of bundles")
    wiki.pawl.apply("--resume").expect(0)
    [whole] = bundles(wiki)
    check(whole["whole"], "the resumed run ends with a whole bundle", str(whole))
    for name in os.listdir(wiki.path("backups", whole["name"])):
        os.remove(wiki.path("backups", whole["name"], name))
    os.rmdir(wiki.path("backups", whole["name"]))


def bundles(wiki):
    return json.loads(wiki.pawl.run("backups", "--json").expect(0).out)
