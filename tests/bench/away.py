#!/usr/bin/env python3
"""How long users and workers are without service during a Compose upgrade, three ways on the same stack in one run:
`docker-compose up -d`, a careful bash script (the vendor's page done right), and `pawl apply`.

usage: away.py PAWL [--compose 'docker-compose'] [--migration-ms 1000] [--runs 1]

The stack is examples/piprio-compose, 1.4.0 to 1.5.0: two migrations on start, each of --migration-ms. One GET each 20 ms
through the proxy decides availability; `docker events` tells how many workers ran. Needs Docker and the demo's images
(scripts/demo-images). Prints a table; nothing here passes or fails.
"""

import argparse
import json
import os
import shlex
import shutil
import socket
import subprocess
import tempfile
import threading
import time
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROJECT_FILE = "docker-compose.onprem.yml"

CAREFUL = r"""
set -euo pipefail
dc() { $COMPOSE -f docker-compose.onprem.yml "$@"; }
sed -i 's/^PIPRIO_VERSION=.*/PIPRIO_VERSION=1.5.0/' .env
dc stop scheduler
dc up -d --no-deps api
for i in $(seq 1800); do curl -fsS -o /dev/null "http://127.0.0.1:$API_PORT/health" 2>/dev/null && break; sleep 0.1; done
curl -fsS -o /dev/null "http://127.0.0.1:$API_PORT/health"
for id in $(dc ps -q worker); do
  docker stop -t 30 "$id" >/dev/null && docker rm "$id" >/dev/null
  dc up -d --no-deps --no-recreate --scale worker=3 worker
  sleep "$PAUSE"
done
dc up -d --no-deps scheduler
dc up -d --no-deps web
docker kill -s HUP "$(dc ps -q proxy)" >/dev/null
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Stack:
    """A fresh copy of the example, running 1.4.0."""

    def __init__(self, compose, migration_ms):
        self.compose = compose
        self.dir = tempfile.mkdtemp(prefix="pawlbenchaway")
        shutil.copytree(f"{ROOT}/examples/piprio-compose", self.dir, dirs_exist_ok=True)
        os.chmod(self.dir, 0o755)
        self.api_port, self.proxy_port = free_port(), free_port()
        self.set_env(PIPRIO_API_PORT=self.api_port, PIPRIO_PROXY_PORT=self.proxy_port,
                     PIPRIO_MIGRATION_MS=migration_ms, PIPRIO_VERSION="1.4.0")
        self.run(*self.compose, "-f", PROJECT_FILE, "up", "-d")
        self.wait_healthy("1.4.0")

    def set_env(self, **values):
        path = f"{self.dir}/.env"
        lines = [line for line in open(path).read().splitlines() if line.split("=")[0] not in values]
        with open(path, "w") as out:
            out.write("\n".join(lines + [f"{k}={v}" for k, v in values.items()]) + "\n")

    def run(self, *argv, **more):
        done = subprocess.run(argv, cwd=self.dir, capture_output=True, text=True, **more)
        if done.returncode != 0:
            raise RuntimeError(f"{shlex.join(argv)} exited {done.returncode}:\n{done.stdout}\n{done.stderr}")
        return done.stdout

    def wait_healthy(self, version):
        """/health answers in that version, and the engine calls no container of ours starting."""
        deadline = time.monotonic() + 60
        starting = ["docker", "ps", "-q", "--filter", "health=starting", "--filter",
                    f"label=com.docker.compose.project={os.path.basename(self.dir).lower()}"]
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.proxy_port}/health", timeout=1) as answer:
                    if json.load(answer).get("version") == version and not self.run(*starting):
                        return
            except OSError:
                pass
            time.sleep(0.1)
        raise RuntimeError(f"the stack did not become healthy in {version}")

    def close(self):
        subprocess.run([*self.compose, "-f", PROJECT_FILE, "down", "-v", "-t", "1"], cwd=self.dir, capture_output=True)
        shutil.rmtree(self.dir, ignore_errors=True)


class Prober(threading.Thread):
    """One GET each 20 ms on its own schedule; unavailable spans run from the first failure to the next success."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.url, self.stopping, self.spans, self.down_since = f"http://127.0.0.1:{port}/health", False, [], None

    def run(self):
        due = time.monotonic()
        while not self.stopping:
            asked = time.monotonic()
            try:
                with urllib.request.urlopen(self.url, timeout=1) as answer:
                    ok = answer.status == 200
            except OSError:
                ok = False
            if not ok and self.down_since is None:
                self.down_since = asked
            if ok and self.down_since is not None:
                self.spans.append(time.monotonic() - self.down_since)
                self.down_since = None
            due = max(due + 0.02, time.monotonic())
            time.sleep(max(0, due - time.monotonic()))


class Workers(threading.Thread):
    """Follows the engine's events and adds up the time with no worker running."""

    def __init__(self, project):
        super().__init__(daemon=True)
        self.process = subprocess.Popen(
            ["docker", "events", "--format", "{{json .}}", "--filter", f"label=com.docker.compose.project={project}",
             "--filter", "label=com.docker.compose.service=worker", "--filter", "event=start", "--filter", "event=die"],
            stdout=subprocess.PIPE, text=True)
        self.running, self.fewest, self.gap, self.none_since = 3, 3, 0.0, None

    def run(self):
        for line in self.process.stdout:
            event = json.loads(line)
            at = event["timeNano"] / 1e9
            self.running += 1 if event["Action"] == "start" else -1
            self.fewest = min(self.fewest, self.running)
            if self.running == 0:
                self.none_since = at
            elif self.none_since is not None:
                self.gap += at - self.none_since
                self.none_since = None

    def stop(self):
        self.process.terminate()
        self.join(5)


def measure(args, upgrade):
    stack = Stack(args.compose, args.migration_ms)
    try:
        project = os.path.basename(stack.dir).lower()
        prober, workers = Prober(stack.proxy_port), Workers(project)
        prober.start()
        workers.start()
        time.sleep(0.5)
        began = time.monotonic()
        upgrade(stack)
        took = time.monotonic() - began
        stack.wait_healthy("1.5.0")
        time.sleep(0.5)
        prober.stopping = True
        prober.join(5)
        workers.stop()
        return {"took": took, "away": sum(prober.spans), "longest": max(prober.spans, default=0), "gap": workers.gap,
                "fewest": workers.fewest}
    finally:
        stack.close()


def up(args):
    def upgrade(stack):
        stack.set_env(PIPRIO_VERSION="1.5.0")
        stack.run(*args.compose, "-f", PROJECT_FILE, "up", "-d")
    return upgrade


def careful(args):
    def upgrade(stack):
        environment = {**os.environ, "COMPOSE": shlex.join(args.compose), "API_PORT": str(stack.api_port), "PAUSE": "2"}
        stack.run("bash", "-c", CAREFUL, env=environment)
    return upgrade


def pawl(args):
    def upgrade(stack):
        stack.run(args.pawl, "apply", "--auto-approve", "--var", f"api_port={stack.api_port}", "--var",
                  f"proxy_port={stack.proxy_port}")
    return upgrade


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pawl", type=os.path.abspath)
    parser.add_argument("--compose", type=shlex.split, default=["docker-compose"])
    parser.add_argument("--migration-ms", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=1)
    args = parser.parse_args()
    print(f"{'upgrade by':<26} {'whole':>8} {'api away':>9} {'longest':>8} {'no worker':>10} {'fewest workers':>15}")
    for _ in range(args.runs):
        for title, way in ((f"{args.compose[-1]} up -d", up), ("careful bash script", careful), ("pawl apply", pawl)):
            seen = measure(args, way(args))
            print(f"{title:<26} {seen['took']:>6.1f} s {seen['away']:>7.2f} s {seen['longest']:>6.2f} s "
                  f"{seen['gap']:>8.2f} s {seen['fewest']:>15}", flush=True)


if __name__ == "__main__":
    main()
