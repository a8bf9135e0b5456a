#!/usr/bin/env python3
"""How long `pawl plan` takes on a running Compose stack, beside `compose ps` and `compose config` on the same stack in one run.

usage: plan.py PAWL [--runs 11] [--compose 'docker compose'] [--plugin build/tools/docker-compose-v2]

The stack is examples/piprio-compose in 1.4.0 (8 containers, PostgreSQL); the plan goes to 1.5.0. Everything takes its turn,
run by run, so that what else the machine does falls on all of them; medians and the fastest. `--plugin` makes that program the
`docker compose` of this run. Needs Docker and the demo's images (scripts/demo-images). Nothing here passes or fails.
"""

import argparse
import os
import shlex
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from away import PROJECT_FILE, Stack  # noqa: E402


def timed(stack, argv):
    began = time.monotonic()
    done = subprocess.run(argv, cwd=stack.dir, capture_output=True, text=True, check=False,
                          env={**os.environ, "PAWL_VAR_api_port": str(stack.api_port), "PAWL_VAR_proxy_port": str(stack.proxy_port)})
    took = time.monotonic() - began
    if done.returncode not in (0, 2):
        sys.exit(f"{shlex.join(argv)} exited {done.returncode}:\n{done.stdout}\n{done.stderr}")
    return took


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pawl")
    parser.add_argument("--runs", type=int, default=11)
    parser.add_argument("--compose", default="docker compose", type=shlex.split)
    parser.add_argument("--plugin", default="", help="the program that is `docker compose` in this run")
    options = parser.parse_args()
    if options.plugin:
        folder = tempfile.mkdtemp(prefix="pawlbenchplan")
        os.makedirs(f"{folder}/cli-plugins")
        os.symlink(os.path.abspath(options.plugin), f"{folder}/cli-plugins/docker-compose")
        os.environ["DOCKER_CONFIG"] = folder
    compose = [*options.compose, "-f", PROJECT_FILE]
    ways = {"compose ps": [*compose, "ps", "-a"], "compose config": [*compose, "config"],
            "pawl plan": [os.path.abspath(options.pawl), "plan", "--to", "1.5.0"],
            "pawl drift": [os.path.abspath(options.pawl), "drift"]}
    stack = Stack(options.compose, 0)
    try:
        times = {name: [] for name in ways}
        for _ in range(options.runs):
            for name, argv in ways.items():
                times[name].append(timed(stack, argv))
        times["ps and config"] = [a + b for a, b in zip(times["compose ps"], times["compose config"])]
        print(f"{'':16}{'median':>10}{'fastest':>10}   of {options.runs}")
        for name, all_of_them in times.items():
            print(f"{name:16}{statistics.median(all_of_them):9.3f}s{min(all_of_them):9.3f}s")
    finally:
        stack.close()


if __name__ == "__main__":
    main()
