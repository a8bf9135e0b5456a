"""An unhealthy stack, a stale plan and a missing secret are refused (exit 3) before anything is touched: no file, no process."""

import json
import signal
import sqlite3

from harness import files, processes
from harness.check import check, check_contains, check_equal

NEEDS = ["demo"]
SECRETS = """
variable word { secret = true }
notify ops { webhook = "http://127.0.0.1:9/${secret("file:secrets/gone")}" }
step talk { run = command("printenv", "${secret("env:E2E_GONE")}", "${var.word}"), after = backup, idempotent = true }
"""


def run(t):
    stack = t.local(PIPRIO_MIGRATION_MS=60)
    stack.edit("stack.pawl", "= 2s", "= 50ms")
    stack.up("1.4.0")
    plan(stack)

    a_worker_is_gone(stack)
    the_api_is_not_well(stack)
    restarted_by_hand(stack)
    edited(stack)
    secrets_that_are_not_there(stack)
    a_version_that_is_not_there(stack)

    plan(stack)
    stack.pawl.apply("up.pawlplan").expect(0)
    stack.check_programs("1.5.0")


def plan(stack):
    stack.pawl.run("plan", "--to", "1.5.0", "--out", "up.pawlplan").expect(0)


def picture(stack):
    """Without the database, which the application writes all the time."""
    return {path: entry for path, entry in stack.picture().items() if not path.startswith("data/piprio.db")}


def refused(stack, *arguments):
    before, lives = picture(stack), stack.lives()
    done = stack.pawl.apply(*arguments).expect(3)
    changes = files.differences(before, picture(stack))
    check(not changes, "a refused apply changes no file", "\n".join([*changes, str(done)]))
    check_equal(stack.lives(), lives, "processes after a refused apply")
    return done.text


def end(stack, name):
    pid = stack.processes()[name]
    processes.kill(pid, signal.SIGKILL)
    processes.wait_until(lambda: not processes.alive(pid), f"{name} has ended")
    return pid


def a_worker_is_gone(stack):
    pid = end(stack, "worker.2")
    text = refused(stack, "--to", "1.5.0")
    check_contains(text, ["worker 2", f"its process {pid} has ended", "run/worker.2.log"], "the refusal")
    stack.up("1.4.0")  # starts what is missing, and only that


def the_api_is_not_well(stack):
    rename(stack, "jobs", "jobs_away")
    check_contains(refused(stack, "--to", "1.5.0"), ["api", "503"], "the refusal")
    rename(stack, "jobs_away", "jobs")
    stack.await_healthy()


def rename(stack, old, new):
    with sqlite3.connect(stack.path("data", "piprio.db"), timeout=30) as database:
        database.execute(f"ALTER TABLE {old} RENAME TO {new}")
    database.close()


def restarted_by_hand(stack):
    plan(stack)
    old = end(stack, "web")
    stack.up("1.4.0")
    new = stack.processes()["web"]
    check_contains(refused(stack, "up.pawlplan"), ["Stale plan", "web", str(old), str(new), "pawl plan"], "the refusal")
    asked = stack.pawl.apply("up.pawlplan", "--json").expect(3)
    reasons = json.loads(asked.out.splitlines()[-1])["reasons"]
    check(any("web" in one["what"] for one in reasons), "the JSON refusal names the service", asked.out)


def edited(stack):
    plan(stack)
    stack.set_env(PIPRIO_SCHEDULE_MS=900)
    check_contains(refused(stack, "up.pawlplan"), ["Stale plan", ".env"], "the refusal")


def secrets_that_are_not_there(stack):
    """Every one is named at once. A plan needs none of them."""
    manifest = stack.read("stack.pawl")
    stack.write("stack.pawl", manifest + SECRETS)
    plan(stack)
    for arguments in (("up.pawlplan",), ("--to", "1.5.0")):
        check_contains(refused(stack, *arguments), ["E2E_GONE", "secrets/gone", "word"], "the refusal")
    stack.write("stack.pawl", manifest)


def a_version_that_is_not_there(stack):
    check_contains(refused(stack, "--to", "1.9.0"), ["1.9.0", "1.5.0"], "the refusal says what there is")
