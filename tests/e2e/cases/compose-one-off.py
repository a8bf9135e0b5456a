"""Ctrl-C twice while a migrator runs in a container of its own: what goes on is named, and a resume waits for its end."""

from harness.check import check, check_contains, check_equal
from harness.processes import wait_until

NEEDS = ["engine"]


def run(t):
    stack = t.tiny()
    stack.up("1.0.0")
    stack.pin("1.0.0", migrate="hangs")
    running = stack.pawl.start_apply()
    wait_until(lambda: one_offs(stack), "the migrator runs in a container of its own", 90,
               evidence=lambda: "".join(running.lines + running.errors))
    running.interrupt()
    wait_until(lambda: "Stopping after" in "".join(running.errors), "the first Ctrl-C is heard")
    running.interrupt()
    done = running.finished(60).expect(130)

    for name in one_offs(stack):  # some programs take it with them, some tell the engine to stop it and do not wait for that
        check_contains(done.err, [f"A container of migrate still runs: {name}", f"{stack.engine} stop {name}"], "what goes on")
        stack.run(stack.engine, "kill", name)

    stack.compose("run", "-d", "--rm", "--no-deps", "migrate").expect(0)  # as one that nothing stops
    name, = one_offs(stack)
    waits_for(name, stack.pawl.start("rollback", "--auto-approve", "--json"), stop=True).expect(130)
    stack.edit(".env", "MIGRATE=hangs", "MIGRATE=done")
    resumed = stack.pawl.start("apply", "--resume", "--auto-approve", "--json")
    waits_for(name, resumed)
    check_equal(one_offs(stack), [name], "containers of the migrator")
    stack.run(stack.engine, "kill", name).expect(0)
    resumed.finished(60).expect(0)


def waits_for(name, running, stop=False):
    wait_until(lambda: any(name in line for line in running.errors), f"{running.argv[1]} says what it waits for",
               evidence=lambda: "".join(running.lines + running.errors))
    check(not running.saw("step-started"), "nothing is begun meanwhile", "".join(running.lines))
    if stop:
        running.interrupt()
        return running.finished(60)


def one_offs(stack):
    return sorted(one["Name"].lstrip("/") for one in stack.containers("status=running")
                  if one["Config"]["Labels"].get("com.docker.compose.oneoff") == "True" or "_tmp" in one["Name"])
