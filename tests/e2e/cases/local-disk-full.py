"""A full disk while journaling stops the run with a clear error before the next effect; with room again it goes on."""

import os

from harness import app, disk, plans
from harness.check import check, check_contains, check_equal

NEEDS = ["demo"]


def run(t):
    stack = t.local(PIPRIO_MIGRATION_MS=1500)
    stack.edit("stack.pawl", "= 2s", "= 50ms")
    disk.small(t, stack.path(".pawl"))
    stack.up("1.4.0")
    mark = stack.events()[-1]["mono"]
    stack.pawl.run("plan", "--to", "1.5.0", "--out", "up.pawlplan").expect(0)
    api = plans.step(plans.read(stack.path("up.pawlplan")), "replace", "api")

    running = stack.pawl.start_apply("up.pawlplan")
    running.await_record("step-started", api)
    filler = disk.fill(stack.path(".pawl"))
    done = running.finished()

    check(done.code == 1, "exit code 1", str(done))
    check_contains(done.text, ["full", "pawl apply --resume"], "the error says why and what to do")
    check_equal(worker_versions(stack), ["1.4.0"] * 3, "workers: nothing was done that could not be written down")

    os.remove(filler)
    stack.pawl.apply("--resume").expect(0)
    stack.check_programs("1.5.0")
    app.prove_migrations_once(stack.events().after(mark), ["0003_priority", "0004_results"])


def worker_versions(stack):
    """By the kernel's word."""
    programs = [os.readlink(f"/proc/{pid}/exe") for name, pid in stack.processes().items() if name.startswith("worker")]
    return sorted(program.split("/")[-2] for program in programs)
