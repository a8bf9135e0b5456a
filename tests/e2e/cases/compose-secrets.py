"""Secrets stand in no plan, journal, event, log, error, state file or process list of pawl, although they are used."""

import base64
import threading
import time

from harness import files, processes
from harness.check import check, check_contains, check_lacks
from harness.hook import Hook

NEEDS = ["compose", "demo"]
TOKEN, KEY, WORD = "t0ken-9f31c0de77", "k3y-5511aa90ef", "w0rd-77ab19c3d5"
MORE = """
variable word {{ secret = true }}
notify ops {{ webhook = "{hook}/notify/${{secret("file:secrets/token")}}" }}
check ready {{
  run   = http("{hook}/ready", header = {{ Authorization = "Bearer ${{secret("env:E2E_KEY")}}", X-Word = "${{var.word}}" }}, within = 2s)
  phase = before
}}
step talk {{ run = command("cat", "secrets/token", "secrets/key"), after = backup, idempotent = true }}
"""


def run(t):
    stack, hook = t.compose(PIPRIO_MIGRATION_MS=100), Hook(t)
    stack.set_pause("100ms")
    stack.write("stack.pawl", stack.read("stack.pawl") + MORE.format(hook=hook.url("")))
    stack.write("secrets/token", TOKEN + "\n")
    stack.write("secrets/key", KEY + "\n")
    stack.env.update(E2E_KEY=KEY, PAWL_VAR_word=WORD)
    stack.up("1.4.0")
    said = []

    refused_by_the_hook(stack, hook, said)
    watch = ProcessList()
    said += texts(stack.pawl.run("plan", "--to", "1.5.0", "--out", "up.pawlplan").expect(0))
    said += texts(stack.pawl.apply("up.pawlplan").expect(0))
    watch.stop()
    stack.check_images("1.5.0")

    was_used(hook)
    for arguments in (("show", "up.pawlplan"), ("debug", "journal"), ("debug", "stack"), ("status",), ("status", "--json"),
                      ("history", "--json"), ("show", "1"), ("observe", "--json"), ("plan", "--to", "1.5.1", "--json")):
        said += texts(stack.pawl.run(*arguments))
    nowhere(said, watch, stack)


def texts(done):
    return [(" ".join(done.argv[1:]), done.out + done.err)]


def refused_by_the_hook(stack, hook, said):
    """The probe fails, and the server throws the secrets back at us."""
    hook.answer = lambda request: (401, f"bad {request.headers['Authorization']} and {request.headers['X-Word']}")
    failed = stack.pawl.apply("--to", "1.5.0", "--json")
    check(failed.code in (1, 3), "the check before anything changes fails", str(failed))
    said += texts(failed)
    said += texts(stack.pawl.apply("--to", "1.5.0"))
    hook.answer = (200, "{}")


def was_used(hook):
    """Otherwise their absence would prove nothing."""
    paths = [path for _, path, _, _ in hook.requests]
    check(f"/notify/{TOKEN}" in paths, "the webhook was called with the token", str(paths))
    headers = [one for _, path, one, _ in hook.requests if path == "/ready"]
    check(any(one.get("Authorization") == f"Bearer {KEY}" and one.get("X-Word") == WORD for one in headers),
          "the probe was asked with key and word", str(headers))


def nowhere(said, watch, stack):
    for secret in (TOKEN, KEY, WORD):
        for form in (secret, base64.b64encode(secret.encode()).decode().rstrip("=")):
            for where, text in said:
                check_lacks(text, form, f"pawl {where}")
            check_lacks("\n".join(sorted(watch.seen)), form, "the process list")
            for path, content in files.all_text(stack.folder):
                ours = "/secrets/" not in path and "/backups/" not in path
                check(not ours or form.encode() not in content, f"{path} does not hold {form}")
    journal = next(text for where, text in said if where == "debug journal")
    check_contains(journal, "***", "the journal, where a program printed secrets")


class ProcessList:
    """Every command line that a descendant of ours had, as `ps` would show it."""

    def __init__(self):
        self.seen, self._going = set(), True
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def _look(self):
        import os
        while self._going:
            self.seen.update(processes.command_line(pid) for pid in processes.descendants(os.getpid()))
            time.sleep(0.01)

    def stop(self):
        self._going = False
        self._thread.join()
        check(any("apply" in line for line in self.seen), "pawl was seen in the process list")
