"""Kills pawl at one exact moment: see ../../faults/crash_point.cc."""

import signal

from . import processes
from .check import Failure


def at(test, kind, step=None, operation=None, when="recorded", sends="KILL"):
    """Environment for pawl. `recorded`: killed once that record is durable, before anything else happens.
    `unrecorded`: killed before that record is written, after what it reports. `sends="STOP"` halts instead."""
    return {"LD_PRELOAD": test.options.crash_point, "CRASH_POINT_WHEN": when,
            "CRASH_POINT_RECORD": body(kind, step, operation), "CRASH_POINT_SIGNAL": sends}


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
