"""A plan of a recorded snapshot has the same bytes without Docker as with it; only services that change are moved."""

import difflib
import json
import os

from harness.check import check, check_equal, check_lacks

NEEDS = ["compose", "demo"]


def run(t):
    stack = t.compose()
    stack.up("1.4.0")
    same_bytes(t, stack)
    only_what_changes(stack)


def same_bytes(t, stack):
    stack.pawl.run("observe", "--out", "snapshot.json").expect(0)
    live = stack.pawl.run("plan", "--to", "1.5.0", "--out", "live.pawlplan").expect(0)
    stack.pawl.run("plan", "--to", "1.5.0", "--out", "with.pawlplan", "--snapshot", "snapshot.json").expect(0)
    nowhere = {"PATH": t.folder("empty"), "DOCKER_HOST": "unix:///nowhere/docker.sock", "HOME": t.folder("home")}
    stack.pawl.run("observe", env=nowhere).expect(1)  # there really is no engine
    without = stack.pawl.run("plan", "--to", "1.5.0", "--out", "without.pawlplan", "--snapshot", "snapshot.json",
                             env=nowhere).expect(0)
    plans = [stack.read(f"{name}.pawlplan") for name in ("live", "with", "without")]
    check(plans[1] == plans[2], "with and without Docker the plan file is the same", differences(plans[1], plans[2]))
    left = differences(*(lines_of(one) for one in plans[:2]))
    check(not left, "a plan of the snapshot is the plan of the living stack", left)
    check_equal(without.out.replace("without.pawlplan", "live.pawlplan"), live.out, "what is shown")
    elsewhere = stack.pawl.run("plan", "--to", "1.5.0", "--json", "--snapshot", "snapshot.json",
                               env={**nowhere, "LC_ALL": "C", "TZ": "Pacific/Chatham"}).expect(0)
    check_equal(elsewhere.out, plans[2], "another zone and locale")
    stack.pawl.run("plan", "--to", "1.5.0", "--snapshot", "snapshot.json", "--detailed-exitcode", env=nowhere).expect(2)
    os.remove(stack.path("snapshot.json"))


def lines_of(plan):
    """The plan without its id and what grows by itself between two looks."""
    drop = ("free_bytes", "files_bytes", "bytes")
    whole = json.loads(plan, object_pairs_hook=lambda pairs: {name: value for name, value in pairs if name not in drop})
    del whole["id"]
    return json.dumps(whole, indent=1)


def differences(one, other):
    return "\n".join(list(difflib.unified_diff(one.splitlines(), other.splitlines(), lineterm="", n=2))[:60])


def moved(plan):
    return sorted({service["service"] for step in plan["steps"] for service in step.get("effects", {}).get("services", [])
                   if service.get("moves")})


def only_what_changes(stack):
    """The database never moves. A service with an image of its own does not either."""
    check_equal(moved(stack.pawl.plan("--to", "1.5.0")), ["api", "scheduler", "web", "worker"], "services moved")

    compose = stack.read("docker-compose.onprem.yml")
    stack.edit("docker-compose.onprem.yml", '    command: ["web"]\n', '    image: piprio:1.4.0\n    command: ["web"]\n')
    plan = stack.pawl.plan("--to", "1.5.0")
    check_equal(moved(plan), ["api", "scheduler", "worker"], "services moved when web has an image of its own")
    check_lacks(json.dumps([step["subject"] for step in plan["steps"] if step["kind"] == "replace"]), "web", "the plan")
    stack.write("docker-compose.onprem.yml", compose)
