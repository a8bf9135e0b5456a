"""Kills pawl at one exact moment: see ../../faults/crash_point.cc."""

import signal

from . import plans, processes
from .check import Failure


def at(test, kind, step=None, operation=None, when="recorded", sends="KILL"):
    """Environment for pawl. `recorded`: killed once that record is durable, before anything else happens.
    `unrecorded`: killed before that record is written, after what it reports. `sends="STOP"` halts instead."""
    return {"LD_PRELOAD": test.options.crash_point, "CRASH_POINT_WHEN": when,
            "CRASH_POINT_RECORD": body(kind, step, operation), "CRASH_POINT_SIGNAL": sends}


def halts(test, *records):
    """Environment in which pawl is halted at each of those records, (kind, step, operation), in that order."""
    return {"LD_PRELOAD": test.options.crash_point, "CRASH_POINT_WHEN": "recorded", "CRASH_POINT_SIGNAL": "STOP",
            "CRASH_POINT_RECORD": "\n".join(body(*one) for one in records)}


def kill(test, pawl, go, kind, step, operation, when):
    """`pawl GO` is killed there; a Failure when it ends otherwise."""
    done = pawl.start(*go, env=at(test, kind, step, operation, when)).finished()
    if done.code != -9:
        raise Failure(f"pawl was not killed at {kind} of step {step + 1}, operation {operation + 1}: "
                      f"it ended with {done.code}", str(done))


def kill_everywhere(test, pawl, go, look=lambda name: None):
    """`pawl GO` is killed before and after every operation of its plan, going on with --resume each time. `look(name)`
    after each kill. Ends killed after the last one; returns the number of operations."""
    kill(test, pawl, [*go, "--auto-approve", "--json"], "operation-started", 0, 0, "recorded")
    plan = plans.newest(pawl.folder)
    again = ["apply", "--resume", "--auto-approve", "--json", "--parallelism", "1"]
    for s, o, _ in plans.operations(plan):
        for kind, when in (("operation-started", "recorded"), ("operation-finished", "unrecorded")):
            if (s, o, when) != (0, 0, "recorded"):
                kill(test, pawl, again, kind, s, o, when)
            look(f"{plans.name(plan, s, o)}, killed at {kind}")
    return len(plans.operations(plan))


def await_halt(running, within=90):
    """Waits until a pawl that was to be halted is; `go_on` lets it continue."""
    def halted():
        if running.process.poll() is not None:
            raise Failure("pawl ended before it was halted", str(running.finished()))
        return processes.state(running.pid) == "T"
    processes.wait_until(halted, "pawl is halted", within, 0.01, lambda: "".join(running.lines))


def go_on(running):
    processes.kill(running.pid, signal.SIGCONT)


def body(kind, step=None, operation=None):
    """The part of a record's JSON that names it, as executor/record.cc writes it."""
    text = f'"kind":"{kind}"'
    if step is not None:
        text += f',"step":{step}'
    if operation is not None:
        text += f',"operation":{operation}'
    more = {"step-failed": ",", "operation-finished": ","}  # fields that follow; so that step 1 is not step 12
    return text + (more.get(kind, "}") if step is not None else "")
