"""What the local and the compose stack of the demo have in common: a folder, a pawl in it, the application's records."""

import json
import os
import re
import shutil
import time
import urllib.error
import urllib.request

from . import app, engines, files, processes
from .app import Events
from .check import Failure, check_equal
from .load import Load
from .pawl import Pawl

MOVED = ("scheduler", "api", "worker", "web")  # the proxy stays as it is and is reloaded


class Stack(files.Folder):
    """`folder`: its place. `pawl`: the program in it. `ports`: {"proxy": 23456, …}. `env`: what programs are given."""

    def __init__(self, test, example, prefix):
        self.test = test
        self.folder = os.path.join(test.root, prefix)
        shutil.copytree(os.path.join(engines.ROOT, "examples", example), self.folder, symlinks=True)
        self.env = {name: value for name, value in os.environ.items() if not name.startswith(("PAWL_VAR_", "PIPRIO_"))}
        self.env["NO_COLOR"] = "1"
        self.env.pop("LD_PRELOAD", None)
        self.pawl = Pawl(test.options.pawl, self.folder, self.env)
        self.ports = {}
        test.on_failure(lambda: f"--- the application's records\n{self.events().story()}")

    # files

    def set_within(self, within):
        """How long each service with a health probe of its own may take to be healthy."""
        lines = [line.replace("within = 3m", f"within = {within}") for line in self.read("stack.pawl").splitlines()]
        lines = [re.sub(r"(health\s*=\s*http\(.*)\)", rf"\1, within = {within})", line) if "within" not in line else line
                 for line in lines]
        self.write("stack.pawl", "\n".join(lines) + "\n")

    def set_pause(self, duration):
        """The pause between workers, in the manifest: "200ms"."""
        text, places = re.subn(r"(pause +)= 2s", rf"\1= {duration}", self.read("stack.pawl"))
        check_equal(places, 1, "places of the pause in stack.pawl")
        self.write("stack.pawl", text)

    def set_env(self, **values):
        """Lines of .env: changed in place, or added."""
        lines = self.read(".env").splitlines()
        for name, value in values.items():
            at = [i for i, line in enumerate(lines) if line.startswith(name + "=")]
            if at:
                lines[at[-1]] = f"{name}={value}"
            else:
                lines.append(f"{name}={value}")
        self.write(".env", "\n".join(lines) + "\n")

    def env_value(self, name):
        found = [line.partition("=")[2] for line in self.read(".env").splitlines() if line.startswith(name + "=")]
        return found[-1].partition(" #")[0].strip() if found else None

    def picture(self):
        return files.picture(self.folder)

    # the application

    def events(self):
        return Events.read(self.path("events", "events.jsonl"))

    def url(self, service, path="/"):
        return f"http://127.0.0.1:{self.ports[service]}{path}"

    def get(self, service, path="/", within=5):
        """(status, JSON) of a GET; (0, why) when nobody answers."""
        try:
            with urllib.request.urlopen(self.url(service, path), timeout=within) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or b"{}")
        except OSError as error:
            return 0, str(error)

    def await_healthy(self, within=60):
        processes.wait_until(lambda: self.get("proxy", "/health")[0] == 200, "the stack answers /health", within, 0.05)

    def load(self, **options):
        return Load(self.tool("demo-load"), self.url("proxy", ""), self.path("events", "events.jsonl"), **options)

    def tool(self, name):
        """A program beside the demo's releases: demo-load, demo-report, demo-up."""
        return os.path.join(self.test.options.demo, name)

    def prove_jobs(self, within=60, since=0):
        """Waits until nothing is left to do; then every job accepted or scheduled by then was done, and none twice.
        `since` (µs of CLOCK_MONOTONIC): what happened before does not count."""
        # Asked often: with a scheduler at work there is never nothing to do for long.
        by_then = processes.wait_until(self._nothing_to_do, "all jobs are done", within, 0.017,
                                       lambda: str(self.get("api", "/jobs")))
        def proof():
            try:
                return app.prove_jobs(self.events().after(since), by_then)
            except Failure:
                return None  # a worker writes down what it did a moment after the database knows it
        try:
            return processes.wait_until(proof, "the records are complete", 3, 0.2)
        except Failure:
            return app.prove_jobs(self.events().after(since), by_then)

    def _nothing_to_do(self):
        """The moment (µs of CLOCK_MONOTONIC) at which no job was left, or None."""
        now = time.monotonic_ns() // 1000
        status, counts = self.get("api", "/jobs")
        return now if status == 200 and counts["queued"] == 0 and counts["taken"] == 0 else None

    def versions(self):
        """{service: [version, …]} of what runs now, as pawl observes it."""
        snapshot = json.loads(self.pawl.run("observe", "--json").expect(0).out)
        return {one["service"]: [instance["version"] for instance in one["instances"]] for one in snapshot["services"]}

    def check_runs(self, version, services=MOVED):
        """Every service is healthy and in that version, by pawl's and by the engine's word."""
        snapshot = json.loads(self.pawl.run("observe", "--json").expect(0).out)
        seen = {one["service"]: one for one in snapshot["services"]}
        check_equal(sorted(seen.keys() & set(services)), sorted(services), "services that pawl observes")
        for one in (seen[name] for name in services):
            found = [(instance["version"], instance["health"]) for instance in one["instances"]]
            check_equal(found, [(version, "healthy")] * one["expected"], f"instances of {one['service']}")
            check_equal(one["health"], "healthy", f"health of {one['service']}")
        status, body = self.get("proxy", "/health")
        if status != 200 or body.get("version") != version:
            raise Failure(f"/health through the proxy answers {status} {body}")
