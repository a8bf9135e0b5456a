"""A process of somebody else that takes the api's port while the api is stopped does not pass for the new api."""

import json

from harness import crash, plans
from harness.check import check, check_contains, check_equal
from harness.hook import Hook

NEEDS = ["demo", "crash-point"]
HEALTHY = json.dumps({"status": "ok", "components": {"everything": "ok"}})


def run(t):
    stack = t.local(PIPRIO_MIGRATION_MS=60)
    stack.edit("stack.pawl", "= 2s", "= 50ms")
    stack.up("1.4.0")
    stack.pawl.run("plan", "--to", "1.5.0", "--out", "up.pawlplan").expect(0)
    plan = plans.read(stack.path("up.pawlplan"))
    api = plans.step(plan, "replace", "api")
    silence = next(o for s, o, do in plans.operations(plan) if s == api and silent(do))

    running = stack.pawl.start_apply("up.pawlplan", env=crash.at(t, "operation-started", api, silence, sends="STOP"))
    crash.await_halt(running)
    stranger = Hook(t, port=stack.ports["api"])
    stranger.answer = (200, HEALTHY)
    crash.go_on(running)
    done = running.finished()

    check(done.code == 1, "exit code 1", str(done))
    check_contains(done.err, [f"127.0.0.1:{stack.ports['api']}", "another process listens there", "ss -ltnp"],
                   "the failure says where, and how to find out who")
    check_equal([name for name in stack.processes() if name == "api"], [], "no api was started beside it")

    stranger.close()
    stack.pawl.apply("--resume").expect(0)
    stack.check_runs("1.5.0")
    stack.check_programs("1.5.0")


def silent(do):
    return do["op"] == "await" and do["condition"]["expect"].get("silent", False)
