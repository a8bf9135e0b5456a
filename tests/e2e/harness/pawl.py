"""pawl as a case uses it: run to the end, or started, watched by its records, interrupted and killed."""

import json
import os
import signal
import subprocess
import threading
import time

from . import processes
from .check import Failure
from .processes import Finished, wait_until


class Pawl:
    """The program in one stack's folder."""

    def __init__(self, program, folder, env):
        self.program, self.folder, self.env = program, folder, env

    def run(self, *arguments, within=400, env=None, stdin=None):
        """`env`: variables added to the stack's own; a value of None removes one."""
        return processes.run([self.program, *map(str, arguments)], within, self._environment(env), self.folder, stdin)

    def start(self, *arguments, env=None):
        """`--json` among the arguments makes the records readable while it runs."""
        return Running([self.program, *map(str, arguments)], self.folder, self._environment(env))

    def apply(self, *arguments, **options):
        return self.run("apply", "--auto-approve", *arguments, **options)

    def start_apply(self, *arguments, **options):
        return self.start("apply", "--auto-approve", "--json", *arguments, **options)

    def plan(self, *arguments, **options):
        """The compiled plan as data."""
        return json.loads(self.run("plan", "--format", "json", *arguments, **options).expect(0).out)

    def journal(self, run=None):
        """The records of a run (default: the newest), as they are in the store."""
        finished = self.run("debug", "journal", *([run] if run else []))
        return [Record(json.loads(line)) for line in finished.expect(0).out.splitlines()]

    def _environment(self, more):
        return merged(self.env, more)


def merged(env, more):
    env = {**env, **(more or {})}
    return {name: value for name, value in env.items() if value is not None}


class Record(dict):
    """One record of a run: {"run":1,"sequence":4,"at":…,"kind":"step-started","step":0,…}."""

    def is_(self, kind, step=None, operation=None):
        return (self.get("kind") == kind and (step is None or self.get("step") == step)
                and (operation is None or self.get("operation") == operation))


class Running:
    """A started pawl. Its records are collected as they come."""

    def __init__(self, argv, folder, env):
        self.argv, self.began = argv, time.monotonic()
        self.records, self.lines, self.errors = [], [], []
        self._stop_at = None
        self.process = processes.spawn(argv, cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                       stderr=subprocess.PIPE, text=True, errors="replace")
        self._readers = [threading.Thread(target=self._read_out, daemon=True),
                         threading.Thread(target=self._read_errors, daemon=True)]
        for reader in self._readers:
            reader.start()

    @property
    def pid(self):
        return self.process.pid

    def _read_out(self):
        for line in self.process.stdout:
            self.lines.append(line)
            if line.startswith("{"):
                try:
                    self.records.append(Record(json.loads(line)))
                except ValueError:
                    pass  # cut short by a kill

    def _read_errors(self):
        for line in self.process.stderr:
            self.errors.append(line)

    def saw(self, kind, step=None, operation=None):
        return next((one for one in self.records if one.is_(kind, step, operation)), None)

    def await_record(self, kind, step=None, operation=None, within=90):
        """Waits until pawl says that; a Failure when it ends before."""
        def look():
            ended = self.process.poll() is not None
            if ended:
                for reader in self._readers:
                    reader.join()
            seen = self.saw(kind, step, operation)
            if not seen and ended:
                raise Failure(f"pawl ended without the record {kind} of step {step}", str(self.finished()))
            return seen
        return wait_until(look, f"pawl says {kind} of step {step}", within, 0.002, lambda: "".join(self.lines))

    def kill_at(self, kind, step=None, operation=None, within=90):
        """kill -9 as soon as that record is seen. Its children are left as they are, as after a real crash."""
        self.await_record(kind, step, operation, within)
        self.kill()

    def kill(self):
        os.kill(self.pid, signal.SIGKILL)
        self.process.wait()

    def interrupt(self):
        """Ctrl-C."""
        os.kill(self.pid, signal.SIGINT)

    def finished(self, within=120):
        """Waits for the end."""
        try:
            self.process.wait(within)
        except subprocess.TimeoutExpired:
            self.kill()
            raise Failure(f"pawl still ran after {within} s more", "".join(self.lines + self.errors)) from None
        for reader in self._readers:
            reader.join(5)
        return Finished(self.argv, self.process.returncode, "".join(self.lines), "".join(self.errors),
                        time.monotonic() - self.began)
