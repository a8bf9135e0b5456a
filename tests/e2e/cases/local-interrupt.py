"""Ctrl-C once finishes the running step and stops; twice stops now. Both exit 130, and --resume goes on."""

import os
import time

from harness import app, plans
from harness.check import check, check_contains, check_equal
from harness.processes import wait_until

NEEDS = ["demo"]


def run(t):
    stack = t.local(PIPRIO_MIGRATION_MS=2000)
    stack.edit("stack.pawl", "= 2s", "= 200ms")
    stack.up("1.4.0")
    mark = stack.events()[-1]["mono"]
    stack.pawl.run("plan", "--to", "1.5.0", "--out", "up.pawlplan").expect(0)
    plan = plans.read(stack.path("up.pawlplan"))

    twice_in_the_migration(stack, plan)
    once_at_the_first_worker(stack, plan)
    stack.pawl.apply("--resume").expect(0)

    stack.check_runs("1.5.0")
    stack.check_programs("1.5.0")
    events = stack.events().after(mark)
    app.prove_migrations_once(events, ["0003_priority", "0004_results"])
    app.prove_workers_one_at_a_time(events, "1.4.0", "1.5.0")
    app.prove_scheduler_silent(events)


def twice_in_the_migration(stack, plan):
    api = plans.step(plan, "replace", "api")
    running = stack.pawl.start_apply("up.pawlplan")
    running.await_record("step-started", api)
    wait_until(lambda: stack.events().of("migration_began", version="1.5.0"), "the migration runs")
    running.interrupt()
    wait_until(lambda: "Stopping after the running step" in "".join(running.errors), "pawl has seen the first Ctrl-C")
    check(running.process.poll() is None, "after one Ctrl-C the step goes on", "".join(running.lines))
    began = time.monotonic()
    running.interrupt()
    done = running.finished(30).expect(130)
    check(time.monotonic() - began < 5, "the second Ctrl-C stops it now")
    check_contains(done.err, ["Stopping now", "pawl apply --resume"], "what it says")
    check(not running.saw("step-finished", api), "the interrupted step is not on record as finished")
    check_equal(stack.pawl.journal()[-1]["outcome"], "interrupted", "outcome in the journal")


def once_at_the_first_worker(stack, plan):
    worker = plans.step(plan, "replace", "worker")
    running = stack.pawl.start_apply("--resume")
    running.await_record("step-started", worker)
    running.interrupt()
    done = running.finished(60).expect(130)
    check_contains(done.err, ["Stopping after the running step", "pawl apply --resume"], "what it says")
    check(running.saw("step-finished", worker), "the running step was finished")
    later = [one for one in running.records if one.is_("step-started") and one["step"] > worker]
    check_equal(later, [], "steps begun after Ctrl-C")
    check_equal(worker_versions(stack), ["1.4.0", "1.4.0", "1.5.0"], "workers")


def worker_versions(stack):
    """By the kernel's word."""
    programs = [os.readlink(f"/proc/{pid}/exe") for name, pid in stack.processes().items() if name.startswith("worker")]
    return sorted(program.split("/")[-2] for program in programs)
