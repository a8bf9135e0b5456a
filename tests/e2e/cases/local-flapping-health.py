"""A service whose health alternates each second is not called healthy: not at the end, and with `min_healthy` not by its own step."""

import time

from harness.check import check, check_contains, check_equal
from harness.hook import Hook

NEEDS = ["demo"]
WORKER = 'drain     = 30s'


def run(t):
    at_the_end(t)
    in_its_step(t)


def at_the_end(t):
    stack, door = with_health(t, "")
    door.flaps = True
    done = stack.pawl.apply("--to", "1.5.0").expect(1)
    check_contains(done.err, ["smoke every service", "stay healthy", "times, but never for 5 seconds", "503"], "why it failed")
    stack.check_programs("1.5.0")

    door.flaps = False
    stack.pawl.apply("--resume").expect(0)
    stack.check_runs("1.5.0")
    stack.down()


def in_its_step(t):
    stack, door = with_health(t, ", min_healthy = 2s")
    replaced = [step["summary"] for step in stack.pawl.plan("--to", "1.5.0")["steps"] if step["subject"].startswith("worker")]
    check(all("healthy within 8s, for 2s" in summary for summary in replaced), "the steps of the workers", str(replaced))
    lives = {name: life for name, life in stack.lives().items() if name in ("worker.2", "worker.3")}
    door.flaps = True
    done = stack.pawl.apply("--to", "1.5.0").expect(1)
    check_contains(done.err, ["replace worker 1 of 3", "worker stays healthy", "but never for 2 seconds"], "why it failed")
    check_equal({name: life for name, life in stack.lives().items() if name in lives}, lives, "the other workers (untouched)")

    door.flaps = False
    done = stack.pawl.apply("--resume").expect(0)
    check(done.seconds > 6, f"each of three workers was watched for two seconds ({done.seconds:.1f} s)", str(done))
    stack.check_runs("1.5.0")
    stack.down()


class Door:
    """Answers for the workers; once the new version is pinned, as told."""

    def __init__(self, t, stack):
        self.stack, self.flaps = stack, False
        self.hook = Hook(t)
        self.hook.answer = self.answer

    def answer(self, _):
        new = self.stack.env_value("PIPRIO_VERSION") == "1.5.0"
        ill = self.flaps and new and int(time.monotonic()) % 2
        return (503, "ill") if ill else (200, "well")


def with_health(t, more):
    """The stack with 1.4.0 running, and what answers for its workers."""
    stack = t.local(PIPRIO_MIGRATION_MS=20)
    stack.set_pause("50ms")
    door = Door(t, stack)
    text = stack.read("stack.pawl").replace("within = 3m, ", "").replace("every = 100ms)", "within = 8s, every = 100ms)")
    health = f'health    = http("{door.hook.url("/health")}", within = 8s, every = 100ms){more}'
    stack.write("stack.pawl", text.replace(WORKER, f"{health}\n  {WORKER}"))
    stack.up("1.4.0")
    return stack, door
