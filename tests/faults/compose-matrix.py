"""Every operation of the Piprio upgrade on containers × every fault × every answer: old or new version, with its data."""

import os

import matrix
from harness.relay import Relay

NEEDS = ["compose", "demo", "crash-point"]


def run(t):
    matrix.run(t, fresh_stack, patience_ms=20_000)


def fresh_stack(t):
    stack = matrix.in_short(t.compose(), "20s")
    for often, seldom in (("interval: 2s", "interval: 10s"), ("interval: 1s", "interval: 2s")):
        stack.edit("docker-compose.onprem.yml", often, seldom)  # a check is a process, and there are hours of them
    stack.env["GOGC"] = "off"  # engine programs live for a moment and need not collect their garbage
    if stack.engine == "docker":  # podman has no daemon that could be away
        stack.relay = Relay(os.path.join(t.root, stack.project + ".sock"))
        stack.env.update(stack.relay.environment)
    return stack
