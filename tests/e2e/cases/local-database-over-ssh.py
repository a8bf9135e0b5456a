"""A database whose programs run on another host, over SSH: upgrade, a way back that restores it, drill; and the host is away."""

import json
import os

from harness.check import check, check_contains, check_equal
from harness.mariadb import Server, Wiki
from harness.sshd import Sshd

NEEDS = ["demo", "mariadb", "sshd"]


def run(t):
    server, host = Server(t), Sshd(t)
    wiki = Wiki(t, server)
    wiki.env["PATH"] = f"{host.tools}:{os.environ['PATH']}"
    manifest = wiki.read("stack.pawl").replace("engine = mariadb", "engine = mariadb\n  on     = host.far")
    wiki.write("stack.pawl", manifest + f'host far {{ ssh = "{host.target}", dir = "/" }}\n')
    wiki.up("1.0.0")
    server.sql("INSERT INTO pages (title) SELECT CONCAT('it''s $page ', seq) FROM seq_1_to_500")

    shown = wiki.pawl.run("plan", "--to", "1.1.0", "--out", "up.pawlplan").expect(0)
    check_contains(wiki.pawl.run("show", "up.pawlplan", "--step", "2").out, "on far: ", "where the dump is made")
    check("root@127.0.0.1" not in shown.out, "the plan names the host, not its address", shown.out)
    wiki.pawl.apply("up.pawlplan").expect(0)
    before = wiki.picture()
    done = wiki.pawl.apply("--to", "1.3.0", "--on-failure=rollback").expect(5)
    check_contains(done.text, "wiki runs 1.1.0 again", "what is said")
    check_equal(wiki.picture(), before, "schema and rows")
    wiki.pawl.run("backup", "--auto-approve").expect(0)
    wiki.pawl.run("drill", "--auto-approve").expect(0)
    [newest, *_] = json.loads(wiki.pawl.run("backups", "--json").expect(0).out)
    check(newest["whole"] and newest["drilled_at"], "the bundle is whole and drilled", str(newest))

    host.stop()
    away = wiki.pawl.apply("--to", "1.2.0").expect(3)
    check_contains(away.err, ["Database main cannot be reached", "Connection refused"], "when the host is away")
    check_equal(wiki.picture(), before, "schema and rows")
