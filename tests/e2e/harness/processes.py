"""Processes that a case starts, and everything that descends from them.

The runner makes itself the reaper of orphans (prctl(2), PR_SET_CHILD_SUBREAPER), so that a service that pawl started
and left behind is still our descendant and can be found and ended, by pid, whatever happens."""

import ctypes
import os
import signal
import subprocess
import threading
import time

from .check import Failure

_PR_SET_CHILD_SUBREAPER = 36
_ours = set()  # pids that Popen waits for; all other dead children are orphans of theirs
_lock = threading.Lock()


def adopt_orphans():
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    threading.Thread(target=_reap, daemon=True).start()


def _reap():
    while True:
        with _lock:
            for pid in _children():
                if pid not in _ours and state(pid) == "Z":
                    try:
                        os.waitpid(pid, os.WNOHANG)
                    except ChildProcessError:
                        pass
        time.sleep(0.02)


def _children():
    """Our own, asked often: the kernel's list where it keeps one (proc(5), task/TID/children), not all of /proc."""
    found = []
    for thread in os.listdir("/proc/self/task"):
        try:
            with open(f"/proc/self/task/{thread}/children", encoding="ascii") as file:
                found += map(int, file.read().split())
        except FileNotFoundError:  # the thread has ended, or a kernel without CONFIG_PROC_CHILDREN
            if not os.path.exists(f"/proc/{os.getpid()}/task/{os.getpid()}/children"):
                return children(os.getpid())
    return found


def spawn(argv, **options):
    with _lock:
        process = subprocess.Popen(argv, **options)
        _ours.add(process.pid)
    return process


def _stat(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            return file.read().rpartition(")")[2].split()
    except OSError:
        return None


def state(pid):
    """"R", "S", "Z", …; None when there is no such process."""
    fields = _stat(pid)
    return fields[0] if fields else None


def alive(pid):
    return state(pid) not in (None, "Z", "X")


def start_time(pid):
    """In clock ticks since boot: with the pid it names one process for good."""
    fields = _stat(pid)
    return int(fields[19]) if fields else None


def parents():
    table = {}
    for name in os.listdir("/proc"):
        if name.isdigit() and (fields := _stat(int(name))):
            table[int(name)] = int(fields[1])
    return table


def children(pid):
    return [child for child, parent in parents().items() if parent == pid]


def descendants(pid):
    table, found, front = parents(), [], [pid]
    while front:
        front = [child for child, parent in table.items() if parent in front]
        found += front
    return found


def command_line(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return ""


def kill(pid, number=signal.SIGKILL):
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


def end_descendants():
    """Everything that still descends from this runner, killed by pid."""
    for _ in range(50):
        left = [pid for pid in descendants(os.getpid()) if alive(pid)]
        if not left:
            return
        for pid in left:
            kill(pid)
        time.sleep(0.05)


def end_program(path):
    """What we have started of that program, with what it has started and not let go of."""
    for pid in descendants(os.getpid()):
        if command_line(pid).startswith(path):
            for each in [pid, *descendants(pid)]:
                kill(each)


def wait_until(holds, what, within=30, every=0.02, evidence=None):
    """The first true answer of `holds()`; a Failure after `within` seconds."""
    deadline = time.monotonic() + within
    while True:
        answer = holds()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise Failure(f"waited {within} s in vain until {what}", evidence() if evidence else "")
        time.sleep(every)


class Finished:
    """How a program ended."""

    def __init__(self, argv, code, out, err, seconds):
        self.argv, self.code, self.out, self.err, self.seconds = argv, code, out, err, seconds

    def __str__(self):
        return (f"$ {' '.join(self.argv)}\nexit {self.code} after {self.seconds:.1f} s\n"
                f"--- stdout\n{tail(self.out)}\n--- stderr\n{tail(self.err)}")

    def expect(self, code):
        if self.code != code:
            raise Failure(f"exit code {self.code}, wanted {code}", str(self))
        return self

    @property
    def text(self):
        return self.out + self.err


def tail(text, most=6000):
    return text if len(text) <= most else "…\n" + text[-most:]


def run(argv, within=60, env=None, cwd=None, stdin=None):
    """Runs a program to its end; past `within` seconds it and its children are killed and that is a Failure."""
    began = time.monotonic()
    process = spawn(argv, cwd=cwd, env=env, text=True, errors="replace",
                    stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL,
                    stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        out, err = process.communicate(stdin, timeout=within)
    except subprocess.TimeoutExpired:
        for pid in [process.pid, *descendants(process.pid)]:
            kill(pid)
        out, err = process.communicate()
        raise Failure(f"still running after {within} s",
                      str(Finished(argv, "killed", out, err, time.monotonic() - began))) from None
    return Finished(argv, process.returncode, out, err, time.monotonic() - began)
