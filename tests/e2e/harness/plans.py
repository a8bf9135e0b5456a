"""Plan files as data: finding steps and operations, and the same plan with shorter patience."""

import hashlib
import json
import re
import sqlite3

from .check import Failure

CHANGES = ("command", "edit-file", "start-process", "stop-process", "signal-process", "make-folder", "archive",
           "unarchive", "seal-bundle", "prune-bundles", "git-checkout")
_ID = ',\n"id":'


def read(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def newest(folder):
    """The plan of the newest run there."""
    with sqlite3.connect(f"{folder}/.pawl/state.db", timeout=30) as store:
        row = store.execute("SELECT json FROM plans JOIN runs ON plans.id = runs.plan ORDER BY runs.id DESC LIMIT 1")
        return json.loads(row.fetchone()[0])


def step(plan, kind, subject=""):
    """Index of the first step of that kind whose subject begins so."""
    for index, one in enumerate(plan["steps"]):
        if one["kind"] == kind and one["subject"].startswith(subject):
            return index
    steps = "\n".join(f"{one['kind']} {one['subject']}" for one in plan["steps"])
    raise Failure(f"the plan has no step {kind} {subject}", steps)


def operations(plan, kinds=None):
    """(step, operation, what) of every operation; `kinds`: those of these instructions only."""
    return [(s, o, one["do"]) for s, step in enumerate(plan["steps"]) for o, one in enumerate(step["operations"])
            if kinds is None or one["do"]["op"] in kinds]


def name(plan, s, o):
    """For people: "6.2 replace api ⟂ main: docker-compose up -d …"."""
    step, do = plan["steps"][s], plan["steps"][s]["operations"][o]["do"]
    argv = do.get("process", {}).get("argv", [])
    command = " ".join(one if isinstance(one, str) else "…" for one in argv)
    command = re.sub(r"-f docker-compose\S* |\b[0-9a-f]{12,64}\b", "", command)
    means = f"until {do['condition'].get('means', '')}" if do["op"] == "await" else do["op"]
    means = re.sub(r":\d{4,5}\b", "", means)  # ports differ from stack to stack
    return f"{s + 1}.{o + 1} {step['kind']} {step['subject']}: {(command or means)[:60]}"


def with_shorter_times(path, most_ms):
    """Rewrites a plan file so that no operation or wait may take longer than `most_ms`; it gets the id of what it is."""
    with open(path, encoding="utf-8") as file:
        body = file.read().rpartition(_ID)[0]
    body = re.sub(r'"(timeout_ms|within_ms)":(\d+)', lambda m: f'"{m[1]}":{min(int(m[2]), most_ms) or most_ms}', body)
    digest = hashlib.sha256(body.encode()).hexdigest()
    with open(path, "w", encoding="utf-8") as file:
        file.write(f'{body}{_ID}"{digest}"}}\n')
