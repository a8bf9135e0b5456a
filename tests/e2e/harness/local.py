"""examples/piprio-local as a fresh stack of its own: services are processes that pawl starts."""

import json
import os
import shutil
import signal
import sqlite3

from . import processes
from .check import check
from .ports import free_port
from .stack import Stack

_count = 0


class LocalStack(Stack):
    """Its processes are our descendants and end with the case."""

    def __init__(self, test, **values):
        global _count
        _count += 1
        super().__init__(test, "piprio-local", f"stack-{_count}")
        self.ports = {"proxy": free_port(), "api": free_port(), "web": free_port()}
        self.set_env(**values)
        self.env.update({f"PAWL_VAR_{name}_port": str(port) for name, port in self.ports.items()})
        self._take_programs()
        test.cleanup(self.down)
        test.on_failure(self.state)

    def _take_programs(self):
        """Copies, so that a case may break a release of its own stack."""
        for name in ("releases", "bin"):
            shutil.copytree(os.path.join(self.test.options.demo, name), self.path(name), dirs_exist_ok=True)

    def up(self, version="1.4.0"):
        """Every service started for the first time, by the same code that pawl starts services with."""
        processes.run([self.tool("demo-up"), version], 120, self.env, self.folder).expect(0)
        self.await_healthy()
        return self

    def down(self):
        """What was started and is still there, by pid."""
        for pid in self.processes().values():
            processes.kill(pid)

    def processes(self):
        """{name: pid} of the services that run, from the pid files."""
        found = {}
        for name in sorted(os.listdir(self.path("run"))) if os.path.isdir(self.path("run")) else []:
            if name.endswith(".pid"):
                with open(self.path("run", name), encoding="utf-8") as file:
                    pid = json.load(file)["pid"]
                if processes.alive(pid):
                    found[name[:-4]] = pid
        return found

    def lives(self):
        """{name: (pid, start time)}: equal exactly when no process was replaced."""
        return {name: (pid, processes.start_time(pid)) for name, pid in self.processes().items()}

    def sql(self, query):
        """The rows of a query, as lines."""
        database = sqlite3.connect(self.path("data", "piprio.db"), timeout=30)
        try:
            rows = database.execute(query).fetchall()
            database.commit()
            return ["|".join(str(value) for value in row) for row in rows]
        finally:
            database.close()

    def check_programs(self, version):
        """By the kernel's word: every process of the stack runs that release's program."""
        for name, pid in self.processes().items():
            program = os.readlink(f"/proc/{pid}/exe")
            if not name.startswith("proxy"):
                check(f"/{version}/" in program, f"{name} (pid {pid}) runs {version}: {program}")

    check_engine = check_programs

    def halt(self, name):
        """Its process does nothing until the function that is returned is called."""
        pid = self.processes()[name]
        processes.kill(pid, signal.SIGSTOP)
        return lambda: processes.kill(pid, signal.SIGCONT)

    def state(self):
        """What a failed case shows: processes and the last lines of each log."""
        text = ["--- processes"]
        text += [f"{name}: pid {pid}: {processes.command_line(pid)}" for name, pid in self.processes().items()]
        for name in sorted(os.listdir(self.path("run"))) if os.path.isdir(self.path("run")) else []:
            if name.endswith(".log"):
                with open(self.path("run", name), encoding="utf-8", errors="replace") as file:
                    text += [f"--- {name}", *file.read().splitlines()[-8:]]
        return "\n".join(text)
