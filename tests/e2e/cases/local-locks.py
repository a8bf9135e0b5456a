"""A second apply is refused, naming who holds the lock; the lock of an owner that died is taken over."""

import os

from harness import processes
from harness.check import check, check_contains, check_equal

NEEDS = ["demo"]


def run(t):
    stack = t.local(PIPRIO_MIGRATION_MS=100)
    stack.edit("stack.pawl", "= 2s", "= 200ms")
    stack.up("1.4.0")

    first = stack.pawl.start_apply("--to", "1.5.0")
    first.await_record("step-started", 0)
    lives = stack.lives()["web"]
    second = stack.pawl.apply("--to", "1.5.0", within=60).expect(3)
    check_contains(second.text, [f"pid {first.pid}", os.uname().nodename, "1.4.0 → 1.5.0"], "the refusal")
    check(processes.alive(first.pid), "the first apply goes on")
    check_equal(stack.lives()["web"], lives, "the frontend, which the first has not reached yet")
    check_contains(stack.pawl.run("unlock").expect(3).text, f"pid {first.pid}", "unlock without a terminal")

    first.kill()
    resumed = stack.pawl.apply("--resume").expect(0)
    check_contains(resumed.out, "piprio runs 1.5.0 now", "the run that took the lock over")
    check_equal(stack.pawl.run("unlock").expect(0).out, "There is no lock.\n", "after the run")
    stack.check_programs("1.5.0")
