"""Every operation of the Piprio upgrade × every fault × every answer to it. The end is always the old version or the new
one, healthy, with every row and file of before, and every job done once.

A cell is (step, operation, fault, answer). The upgrade 1.4.0 → 1.5.0 suffers the fault at that operation, the world is
mended, and the answer follows; then the stack goes back to 1.4.0 for the next cell, by `pawl rollback` where it is not there
already. So one stack goes through many upgrades, and each cell also shows that the one before left nothing broken."""

import re
import sys

from harness import app, crash, files, plans, processes
from harness.check import Failure, OutOfTime, check, check_contains, check_equal
from wrecks import engine_of, unreachable, with_tools, wrecks_of

OLD, NEW, ROWS = "1.4.0", "1.5.0", 200
MIGRATIONS = ["0003_priority", "0004_results"]

FAULTS = {
    "killed before": "pawl is killed when the operation is announced and nothing of it has happened",
    "killed after": "pawl is killed when the operation has happened and that is not yet on record",
    "fails": "nothing of the operation happens, and it fails",
    "fails late": "the operation's program does its work, and fails all the same",
    "hangs": "the operation does not come to its end, and its time runs out",
    "engine away": "the container engine cannot be reached for a while",
}
ANSWERS = {
    "rollback": "the run stops; then `pawl rollback`",
    "on-failure": "`pawl apply --on-failure=rollback` goes back by itself (killed: resumed with that)",
    "resume": "the run stops; then `pawl apply --resume`",
}


def run(t, fresh_stack, patience_ms):
    """`fresh_stack(t)`: nothing runs yet. `patience_ms`: what an operation is given, enough for all that do not hang.
    With PAWL_FULL=1 every cell runs, with --only those it names, else one for each pair. --part I/N takes a share."""
    matrix = Matrix(t, fresh_stack, patience_ms)
    cells = matrix.cells() if t.full or t.options.only else one_for_each_pair(matrix.cells())
    cells = [cell for cell in cells if re.search(t.options.only, matrix.name(cell))]
    cells = sorted(share(sorted(cells, key=lambda cell: cell[3]), t.options.part))  # each part has all answers
    ends = {}
    try:
        for number, cell in enumerate(cells, 1):
            ends[cell] = matrix.end_of(cell)
            t.say(f"{number} of {len(cells)}: {matrix.name(cell)}: {ends[cell]}")
        matrix.close()
    finally:
        show(t, matrix, ends)
    failed = [cell for cell in cells if ends[cell] == "FAILED"]
    check(not failed, "every cell ends well", "\n".join(map(matrix.name, failed)))


def share(cells, part):
    number, of = (int(one) for one in (part or "1/1").split("/"))
    return cells[number - 1::of]


def show(t, matrix, ends):
    """The table: a line an operation, a column a fault, in it the version each answer ended at."""
    t.say(f"\nWhere {OLD} → {NEW} ends, for the answers {', '.join(ANSWERS)}; `-`: cannot happen; `.`: not in this run\n")
    can, lines = set(matrix.cells()), [["operation", *FAULTS]]
    for s, o, _ in plans.operations(matrix.plan):
        line = [plans.name(matrix.plan, s, o)]
        for fault in FAULTS:
            line.append(" ".join(ends.get((s, o, fault, answer), ".") if (s, o, fault, answer) in can else "-"
                                 for answer in ANSWERS))
        lines.append(line)
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    for line in lines:
        t.say("  ".join(text.ljust(width) for text, width in zip(line, widths)).rstrip())
    good = sum(end != "FAILED" for end in ends.values())
    t.say(f"{good} of {len(ends)} cells end at the old or the new version with all data; {len(can)} cells in all")


def in_short(stack, within):
    """Short waits, so that an upgrade takes seconds; `within`: how long the api may take to be healthy."""
    stack.set_env(PIPRIO_MIGRATION_MS=60, PIPRIO_SCHEDULE_MS=300, PIPRIO_LEASE_MS=6000)
    stack.set_pause("50ms")
    stack.set_within(within)
    stack.edit("stack.pawl", "every = 20ms", "every = 200ms")  # how long users wait is measured elsewhere
    return stack


class Before:
    """What must still be there at the end."""

    def __init__(self, stack):
        self.ledger = stack.sql("SELECT name FROM schema_migrations ORDER BY name")
        self.rows = stack.sql("SELECT id, title FROM documents ORDER BY id")
        self.jobs = jobs(stack)
        self.env = stack.read(".env")
        self.objects = files.picture(stack.path("data", "objects"))
        self.mark = stack.events()[-1]["mono"]


def jobs(stack, condition=""):
    return set(stack.sql(f"SELECT id FROM jobs {condition}"))


class Matrix:
    def __init__(self, t, fresh_stack, patience_ms):
        self.t, self.fresh_stack, self.patience_ms = t, fresh_stack, patience_ms
        self.stack = None
        self.plan = self.make_plan(self.a_stack())
        self._cells = [(s, o, fault, answer) for s, o, _ in plans.operations(self.plan) for fault in FAULTS
                       if self.applies(s, o, fault) for answer in ANSWERS]

    def cells(self):
        return self._cells

    def name(self, cell):
        s, o, fault, answer = cell
        return f"{plans.name(self.plan, s, o)}: {fault}, {answer}"

    def applies(self, s, o, fault):
        if fault.startswith("killed"):
            return True
        return bool(self.wrecks(self.plan, s, o, fault))

    def wrecks(self, plan, s, o, fault):
        if fault == "engine away":
            away = hasattr(self.stack, "relay") and engine_of(plan["steps"][s]["operations"][o]["do"])
            return [unreachable] if away else []
        return wrecks_of(plan, s, o, fault)

    def a_stack(self):
        """Running the old version, with rows."""
        if not self.stack:
            stack = self.fresh_stack(self.t)
            with_tools(stack)
            stack.up(OLD)
            values = ", ".join(f"('e2e-{n}', 'before')" for n in range(ROWS))
            stack.sql(f"INSERT INTO documents (id, title) VALUES {values}")
            self.stack = stack
        return self.stack

    def close(self):
        if self.stack:
            self.stack.down()
        self.stack = None

    def make_plan(self, stack):
        stack.pawl.run("plan", "--to", NEW, "--out", "up.pawlplan").expect(0)
        return plans.read(stack.path("up.pawlplan"))

    def end_of(self, cell):
        """The version at which it ended, and the stack is at the old one again; or "FAILED"."""
        stack = self.a_stack()
        try:
            end = self.suffer(stack, cell)
            if end == NEW:
                before = Before(stack)
                stack.pawl.run("rollback", "--auto-approve").expect(0)
                check_end(stack, self.old, OLD, since=before.mark)
            return end
        except OutOfTime:
            raise
        except Failure as failure:
            print(f"{self.name(cell)}: {failure}\n{failure.evidence}\n{stack.state()}\n{stack.events().story()[-6000:]}",
                  file=sys.stderr, flush=True)
            self.close()
            return "FAILED"

    def suffer(self, stack, cell):
        s, o, fault, answer = cell
        self.old = Before(stack)
        plan = self.make_plan(stack)
        check_equal(plans.name(plan, s, o), plans.name(self.plan, s, o), "the operation")
        go = ["up.pawlplan", "--parallelism", "1"] + (["--on-failure=rollback"] if answer == "on-failure" else [])
        if fault.startswith("killed"):
            self.killed(stack, go, s, o, fault)
            if answer == "on-failure":
                stack.pawl.apply("--resume", "--on-failure=rollback").expect(0)
        else:
            plans.with_shorter_times(stack.path("up.pawlplan"), self.patience_ms)
            [wreck] = self.wrecks(plan, s, o, fault)
            self.wrecked(stack, go, s, o, wreck, answer)
        if answer == "resume":
            stack.pawl.apply("--resume").expect(0)
        elif answer == "rollback":
            stack.pawl.run("rollback", "--auto-approve").expect(0)
        back = answer == "rollback" or (answer == "on-failure" and not fault.startswith("killed"))
        check_end(stack, self.old, OLD if back else NEW)
        return OLD if back else NEW

    def killed(self, stack, go, s, o, fault):
        kind, when = (("operation-started", "recorded") if fault == "killed before" else
                      ("operation-finished", "unrecorded"))
        done = stack.pawl.start_apply(*go, env=crash.at(self.t, kind, s, o, when)).finished()
        if done.code != -9:
            raise Failure(f"pawl was not killed at {kind}: it ended with {done.code}", str(done))

    def wrecked(self, stack, go, s, o, wreck, answer):
        """Halts pawl when the operation is announced, breaks the world, lets the step fail, and mends the world."""
        running = stack.pawl.start_apply(*go, env=crash.halts(self.t, ("operation-started", s, o), ("step-failed", s)))
        crash.await_halt(running)
        mend = wreck(stack)
        try:
            crash.go_on(running)
            crash.await_halt(running, within=150)
        finally:
            mend()
        crash.go_on(running)
        done = running.finished(300)
        if done.code != (5 if answer == "on-failure" else 1):
            raise Failure(f"exit code {done.code}", str(done))
        failed = running.saw("operation-finished", s, o)
        check(failed is not None and not failed["ok"] and failed["error"], "the failure is on record", str(done))
        check_contains(done.err, ["stopped at step ", "Next: pawl "], "what is said")


def check_end(stack, before, version, since=None):
    """In that version, healthy, with all that was there before; jobs of the records count from `since` on."""
    stack.await_healthy()
    stack.check_runs(version)
    stack.check_engine(version)
    check_equal(stack.sql("SELECT name FROM schema_migrations ORDER BY name"),
                before.ledger + (MIGRATIONS if version == NEW else []), "the ledger")
    check_equal(stack.sql("SELECT id, title FROM documents ORDER BY id"), before.rows, "rows of documents")
    check_equal(files.picture(stack.path("data", "objects")), before.objects, "objects")
    if version == OLD:
        check_equal(stack.read(".env"), before.env, ".env")
    check_equal(stack.env_value("PIPRIO_VERSION"), version, "the pin")
    if not restored(stack):  # what a restore takes back is done again, so then only the database can be asked
        stack.prove_jobs(since=since or before.mark)
    processes.wait_until(lambda: before.jobs <= jobs(stack, "WHERE state = 'done'"), "every job of before is done", 60, 0.2)
    events = stack.events().after(since or before.mark)
    if events.of("migration_done"):
        app.prove_scheduler_silent(events)


def restored(stack):
    """The newest run put data back."""
    plan = plans.newest(stack.folder)
    return any(step["kind"] == "restore" for step in plan["steps"])


def one_for_each_pair(cells):
    """Each pair of fault and answer that can happen, once; the stride only spreads the operations."""
    groups = {}
    for cell in cells:
        groups.setdefault(cell[2:], []).append(cell)
    return sorted(group[number * 37 % len(group)] for number, group in enumerate(groups.values()))
