"""The users: demo-load posts jobs through the proxy and probes /health while something happens."""

import json
import signal
import subprocess

from . import processes
from .check import Failure


class Load:
    """`with stack.load():` … on leaving, every job that was offered has been accepted, or it is a Failure."""

    def __init__(self, program, url, events, rate=20, probe_ms=20):
        self.argv = [program, "--url", url, "--rate", str(rate), "--probe-ms", str(probe_ms), "--events", events, "--json"]
        self.summary = {}

    def __enter__(self):
        self.process = processes.spawn(self.argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                       stderr=subprocess.PIPE, text=True)
        return self

    def __exit__(self, kind, *_):
        processes.kill(self.process.pid, signal.SIGTERM)
        try:
            out, errors = self.process.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            processes.kill(self.process.pid)
            out, errors = self.process.communicate()
        if kind is not None:
            return
        if self.process.returncode != 0:
            raise Failure(f"the load generator ended with {self.process.returncode}", out + errors)
        self.summary = json.loads(out.splitlines()[-1])
