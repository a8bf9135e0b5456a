"""Every operation of the Piprio upgrade on local processes × every fault × every answer: old or new version, with its data."""

import matrix

NEEDS = ["demo", "crash-point"]


def run(t):
    matrix.run(t, fresh_stack, patience_ms=6000)


def fresh_stack(t):
    stack = t.local(PIPRIO_MIGRATION_MS=60, PIPRIO_SCHEDULE_MS=300, PIPRIO_LEASE_MS=6000)
    stack.set_pause("50ms")
    stack.edit("stack.pawl", "within = 3m", "within = 8s")
    return stack
