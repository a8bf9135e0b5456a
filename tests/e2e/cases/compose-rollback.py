"""After 1.5.1, 1.6.0 and 1.6.1 on containers, the way back leads to 1.5.0 again, with every row of before."""

import os

from harness.check import check, check_contains, check_equal
from harness.processes import wait_until

NEEDS = ["compose", "demo"]
ROWS = 300


def run(t):
    stack = t.compose(PIPRIO_VERSION="1.5.0")
    stack.edit("stack.pawl", "within = 3m", "within = 20s")
    stack.set_pause("100ms")
    stack.up("1.5.0")
    stack.sql(f"INSERT INTO documents (id, title) SELECT 'before-' || n, 'before' FROM generate_series(1, {ROWS}) AS n")
    before = schema(stack)

    ways = {step["recovery"]["kind"] for step in stack.pawl.plan("--to", "1.5.1")["steps"]}
    check_equal(ways, {"nothing to undo", "switch back"}, "what a failure of 1.5.1 leads to, said before")
    stack.pawl.apply("--to", "1.5.1").expect(0)
    stack.sql("INSERT INTO documents (id, title) VALUES ('after-1', 'after')")
    images = stack.pawl.run("rollback", "--auto-approve").expect(0)
    check_contains(images.out, "piprio runs 1.5.0 again", "what it says")
    check("restore" not in images.out, "an image switch is enough", images.out)
    is_as_before(stack, before, restored=False)

    at_once = stack.pawl.apply("--to", "1.6.0", "--on-failure=rollback").expect(5)
    check_contains(at_once.out, "piprio runs 1.5.0 again", "1.6.0, whose second migration fails")
    is_as_before(stack, before, restored=True)

    failed = stack.pawl.apply("--to", "1.6.1").expect(1)
    check(failed.err.rstrip().endswith("Next: pawl rollback"), "the last line says what to type", failed.err)
    check(schema(stack) != before, "1.6.1 has changed the schema")
    done = stack.pawl.run("rollback", "--auto-approve").expect(0)
    check_contains(done.out, "is lost: it goes back to bundle piprio-1.5.0-", "what is lost")
    is_as_before(stack, before, restored=True)
    saved = [name for _, _, files in os.walk(stack.path(".pawl", "saved")) for name in files]
    check(any(name.startswith("api.") for name in saved), "the failed api's last words are saved", str(saved))
    check_equal(stack.sql("SELECT datname FROM pg_database WHERE datname LIKE 'piprio%' ORDER BY 1"), ["piprio"],
                "databases that are left")


def schema(stack):
    return (stack.sql("SELECT table_name || '.' || column_name FROM information_schema.columns "
                      "WHERE table_schema = 'public' ORDER BY 1"),
            stack.sql("SELECT name FROM schema_migrations ORDER BY name"))


def is_as_before(stack, before, restored):
    stack.await_healthy()
    stack.check_runs("1.5.0")
    stack.check_images("1.5.0")
    check_equal(schema(stack), before, "schema and ledger")
    counts = stack.sql("SELECT title || ' ' || count(*) FROM documents WHERE title IN ('before', 'after') GROUP BY title ORDER BY 1")
    check_equal(counts, ["after 1", f"before {ROWS}"], "rows")
    if not restored:
        stack.prove_jobs()
    jobs = set(stack.sql("SELECT id FROM jobs"))  # what a restore takes back is done again: only the database can be asked
    wait_until(lambda: jobs <= set(stack.sql("SELECT id FROM jobs WHERE state = 'done'")), "every job is done", 60, 0.5)
