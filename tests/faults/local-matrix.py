"""Every operation of the Piprio upgrade on local processes × every fault × every answer: old or new version, with its data."""

import matrix

NEEDS = ["demo", "crash-point"]


def run(t):
    matrix.run(t, fresh_stack, patience_ms=6000)


def fresh_stack(t):
    return matrix.in_short(t.local(), "8s")
