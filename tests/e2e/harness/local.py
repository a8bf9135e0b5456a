"""examples/piprio-local as a fresh stack of its own: services are processes that pawl starts."""

import json
import os

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
        self._link_releases()
        test.on_failure(self.state)

    def _link_releases(self):
        releases = self.path("releases")
        os.makedirs(releases, exist_ok=True)
        built = os.path.join(self.test.options.demo, "releases")
        for version in os.listdir(built):
            if not os.path.lexists(os.path.join(releases, version)):
                os.symlink(os.path.join(built, version), os.path.join(releases, version))

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

    def check_programs(self, version):
        """By the kernel's word: every process of the stack runs that release's program."""
        for name, pid in self.processes().items():
            program = os.readlink(f"/proc/{pid}/exe")
            check(f"/{version}/" in program, f"{name} (pid {pid}) runs {version}: {program}")

    def state(self):
        """What a failed case shows: processes and the last lines of each log."""
        text = ["--- processes"]
        text += [f"{name}: pid {pid}: {processes.command_line(pid)}" for name, pid in self.processes().items()]
        for name in sorted(os.listdir(self.path("run"))) if os.path.isdir(self.path("run")) else []:
            if name.endswith(".log"):
                with open(self.path("run", name), encoding="utf-8", errors="replace") as file:
                    text += [f"--- {name}", *file.read().splitlines()[-8:]]
        return "\n".join(text)
