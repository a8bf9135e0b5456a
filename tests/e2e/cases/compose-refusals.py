"""An unhealthy stack, a stale plan and a missing secret are refused (exit 3) before anything is touched."""

import json

from harness import files
from harness.check import check, check_contains, check_equal

NEEDS = ["compose", "demo"]
SECRETS = """
variable word { secret = true }
notify ops { webhook = "http://127.0.0.1:9/${secret("file:secrets/gone")}" }
step talk { run = command("printenv", "${secret("env:E2E_GONE")}", "${var.word}"), after = backup, idempotent = true }
"""


def run(t):
    stack = t.compose()
    stack.up("1.4.0")
    plan(stack)

    unhealthy(stack)
    changed_by_hand(t, stack)
    edited(stack)
    secrets_that_are_not_there(stack)

    plan(stack)
    stack.pawl.apply("upgrade.pawlplan").expect(0)
    stack.check_images("1.5.0")


def plan(stack):
    stack.pawl.run("plan", "--to", "1.5.0", "--out", "upgrade.pawlplan").expect(0)


def refused(stack, *arguments):
    """Runs apply, which must refuse and touch nothing: no file, no container, not even a restart."""
    before, containers = stack.picture(), stack.lives()
    done = stack.pawl.apply(*arguments).expect(3)
    changes = files.differences(before, stack.picture())
    check(not changes, "a refused apply changes no file", "\n".join([*changes, str(done)]))
    check_equal(stack.lives(), containers, "containers after a refused apply")
    return done


def unhealthy(stack):
    """One worker of three is stopped; then the api's health endpoint fails."""
    worker = stack.of("worker")[1]
    stack.run(stack.engine, "stop", "-t", "1", worker["Id"]).expect(0)
    check_contains(refused(stack, "--to", "1.5.0").text, "worker", "the refusal")
    stack.run(stack.engine, "start", worker["Id"]).expect(0)

    stack.sql("ALTER TABLE jobs RENAME TO jobs_away")
    done = refused(stack, "--to", "1.5.0")
    check_contains(done.text, ["api", "503"], "the refusal")
    stack.sql("ALTER TABLE jobs_away RENAME TO jobs")
    stack.await_healthy()


def changed_by_hand(t, stack):
    """Somebody recreates the frontend after the plan was made."""
    old = stack.of("web")[0]["Id"]
    stack.run(stack.engine, "rm", "-f", old).expect(0)
    stack.compose("up", "-d", "--no-deps", "web").expect(0)
    stack.await_healthy()
    new = stack.of("web")[0]["Id"]
    done = refused(stack, "upgrade.pawlplan")
    check_contains(done.text, ["Stale plan", "web", old[:6], new[:6], "pawl plan"], "the refusal")

    asked = stack.pawl.apply("upgrade.pawlplan", "--json").expect(3)
    reasons = json.loads(asked.out.splitlines()[-1])["reasons"]
    check(any("web" in one["what"] for one in reasons), "the JSON refusal names the service", asked.out)


def edited(stack):
    """Somebody edits the configuration after the plan was made."""
    plan(stack)
    stack.edit("docker-compose.onprem.yml", "stop_grace_period: 10s", "stop_grace_period: 11s")
    done = refused(stack, "upgrade.pawlplan")
    check_contains(done.text, ["Stale plan", "docker-compose.onprem.yml"], "the refusal")
    stack.edit("docker-compose.onprem.yml", "stop_grace_period: 11s", "stop_grace_period: 10s")


def secrets_that_are_not_there(stack):
    """Every one is named at once. A plan needs none of them."""
    manifest = stack.read("stack.pawl")
    stack.write("stack.pawl", manifest + SECRETS)
    plan(stack)
    for arguments in (("upgrade.pawlplan",), ("--to", "1.5.0")):
        check_contains(refused(stack, *arguments).text, ["E2E_GONE", "secrets/gone", "word"], "the refusal")
    stack.write("stack.pawl", manifest)
