"""A secret of a service reaches its process and nothing else: no plan, record, pid file, command line or output of pawl."""

import base64

from harness import files, processes
from harness.check import check, check_contains, check_lacks

NEEDS = ["demo"]
KEY, WORD = "k3y-5511aa90ef77", "w0rd-77ab19c3d5aa"


def run(t):
    stack = t.local(PIPRIO_MIGRATION_MS=60)
    stack.edit("stack.pawl", "= 2s", "= 50ms")
    stack.edit("stack.pawl", 'env      = { PIPRIO_API_PORT = "${var.api_port}" }',
               'env = { PIPRIO_API_PORT = "${var.api_port}", E2E_SEEN = "${secret("env:E2E_KEY")}", E2E_WORD = "${var.word}" }')
    stack.write("stack.pawl", stack.read("stack.pawl") + "\nvariable word { secret = true }\n"
                'step talk { run = command("printenv", "E2E_KEY"), after = backup, idempotent = true }\n'
                'step settings { run = run(service.api, "printenv", "DATABASE_URL", "E2E_WORD"), after = backup, idempotent = true }\n')
    stack.env.update(E2E_KEY=KEY, PAWL_VAR_word=WORD)
    stack.up("1.4.0")

    said = [stack.pawl.run("plan", "--to", "1.5.0", "--out", "up.pawlplan").expect(0)]
    applying = stack.pawl.start_apply("up.pawlplan")
    lines = set()
    while applying.process.poll() is None:
        lines.update(processes.command_line(pid) for pid in [applying.pid, *processes.descendants(applying.pid)])
    said.append(applying.finished().expect(0))
    for arguments in (("show", "up.pawlplan"), ("debug", "journal"), ("debug", "stack"), ("status", "--json"),
                      ("history", "--json"), ("observe", "--json"), ("plan", "--to", "1.5.1", "--json")):
        said.append(stack.pawl.run(*arguments).expect(0))

    was_used(stack)
    for secret in (KEY, WORD):
        nowhere(stack, said, lines, secret)
        nowhere(stack, said, lines, base64.b64encode(secret.encode()).decode().rstrip("="))
    journal = next(one for one in said if "journal" in one.argv)
    check_contains(journal.out, ["***", "sqlite:data/piprio.db\\n***"], "the journal, where programs printed settings and secrets")


def was_used(stack):
    """Otherwise their absence would prove nothing."""
    with open(f"/proc/{stack.processes()['api']}/environ", "rb") as file:
        variables = file.read().decode().split("\0")
    check(f"E2E_SEEN={KEY}" in variables and f"E2E_WORD={WORD}" in variables, "the api has both secrets", "\n".join(variables))


def nowhere(stack, said, lines, text):
    for one in said:
        check_lacks(one.text, text, " ".join(one.argv[1:]))
    check_lacks("\n".join(lines), text, "the process list")
    for path, content in files.all_text(stack.folder):
        check(text.encode() not in content, f"{path} does not hold {text}")
