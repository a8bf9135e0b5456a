"""A PostgreSQL server moves to another major version and back, with everything that it holds.

`upgrade = dump_restore`: what the old server holds goes out, its files aside, and a new server takes it in. Afterwards, and
after a failure or a kill anywhere, there is the old server with its data or the new one with the same."""

import re

from harness import crash, plans
from harness.check import check, check_contains, check_equal

NEEDS = ["compose", "demo", "crash-point", "postgres-images"]
FILE = "docker-compose.onprem.yml"
ROWS = 500


def run(t):
    majors = ["13", "15", "17"] if t.full else ["15", "17"]
    stack = t.compose(PIPRIO_VERSION="1.4.0", PIPRIO_MIGRATION_MS=60)
    image = {each: f"pawl-postgres:{each}" for each in majors}
    stack.edit(FILE, "image: piprio-db:15", f"image: {image[majors[0]]}\n    stop_signal: SIGINT")
    stack.set_pause("50ms")
    stack.up("1.4.0")
    fill(stack)

    refused_without_the_word(stack, image[majors[0]], image[majors[1]])
    stack.edit("stack.pawl", "down    = never", "upgrade = dump_restore\n  down    = never")
    refused_for_what_a_dump_cannot_hold(stack)
    stops_for_somebody_else(stack, image[majors[0]], image[majors[1]])
    goes_back_when_the_new_server_lacks_something(stack, image[majors[0]], image[majors[1]])
    arrives(t, stack, image[majors[0]], image[majors[1]])
    for before, after in zip(majors[1:], majors[2:]):
        stays_in_its_version(stack, image[before], image[after])
    forgets_the_old_files(stack)


def fill(stack):
    """What an administrator would miss: rows, a role with its password, what belongs to it, a sequence, a large object."""
    stack.sql(f"DELETE FROM documents; INSERT INTO documents (id, title) SELECT n, 'n' || n FROM generate_series(1, {ROWS}) AS n")
    stack.sql("""CREATE ROLE "Les Reports" LOGIN PASSWORD 'geheim'; ALTER ROLE "Les Reports" SET work_mem = '12MB';
                 CREATE TABLE numbers (id serial, t text, at timestamptz DEFAULT now()); ALTER TABLE numbers OWNER TO "Les Reports";
                 INSERT INTO numbers (t) SELECT 'ä€𝄞' || n FROM generate_series(1, 77) n; CREATE VIEW even AS SELECT id FROM numbers WHERE id % 2 = 0;
                 SELECT lo_from_bytea(4242, '\\xdeadbeef'); COMMENT ON DATABASE piprio IS 'kept';
                 ALTER DATABASE piprio SET timezone = 'Asia/Tokyo'""")
    stack.sql("ALTER SYSTEM SET work_mem = '7MB'")


def content(stack):
    """All that must be the same afterwards."""
    return [stack.sql(query) for query in (
        "SELECT count(*), md5(string_agg(d::text, ',' ORDER BY id)) FROM documents d",
        "SELECT count(*), md5(string_agg(n::text, ',' ORDER BY id)) FROM numbers n",
        "SELECT last_value FROM numbers_id_seq", "SELECT count(*) FROM even", "SELECT lo_get(4242)",
        "SELECT rolname, rolpassword FROM pg_authid WHERE rolname !~ '^pg_' ORDER BY rolname",
        "SELECT unnest(setconfig) FROM pg_db_role_setting ORDER BY 1",
        "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = 'piprio'",
        "SELECT tablename, tableowner FROM pg_tables WHERE tablename IN ('documents', 'numbers') ORDER BY 1",
        "SELECT name FROM schema_migrations ORDER BY name")]


def version(stack):
    [row] = stack.sql("SHOW server_version")
    return re.match(r"\d+", row).group()


def asks_for(stack, old, new):
    stack.edit(FILE, f"image: {old}\n", f"image: {new}\n")


def refused_without_the_word(stack, old, new):
    asks_for(stack, old, new)
    refused = stack.pawl.run("plan").expect(3)
    check_contains(refused.out + refused.err, ["does not start on the files of PostgreSQL", "upgrade = dump_restore"], "without the word")
    asks_for(stack, new, old)


def refused_for_what_a_dump_cannot_hold(stack):
    old = stack.read(FILE)
    first = re.search(r"image: (pawl-postgres:\d+)", old).group(1)
    asks_for(stack, first, "pawl-postgres:17")
    stack.sql("CREATE DATABASE other")
    refused = stack.pawl.run("plan").expect(3)
    check_contains(refused.out + refused.err, ["it also holds other"], "another database on the server")
    stack.sql("DROP DATABASE other")
    stack.sql("SELECT pg_create_physical_replication_slot('standby')")
    refused = stack.pawl.run("plan").expect(3)
    check_contains(refused.out + refused.err, ["replication slot standby"], "a replication slot")
    stack.sql("SELECT pg_drop_replication_slot('standby')")
    stack.write(FILE, old)


def stops_for_somebody_else(stack, old, new):
    """Somebody whom the manifest does not know is connected: nothing of what is written meanwhile may be lost."""
    before = content(stack)
    asks_for(stack, old, new)
    stack.exec("db", "sh", "-c", "nohup psql -U piprio -d piprio -c 'SELECT pg_sleep(600)' >/dev/null 2>&1 &").expect(0)
    failed = stack.pawl.apply("--to", "1.5.0").expect(1)
    check_contains(failed.out + failed.err, ["nobody else is connected to db", "piprio from its own machine", "pawl rollback"], "somebody else")
    asks_for(stack, new, old)
    stack.pawl.run("rollback", "--auto-approve").expect(0)
    check_equal(version(stack), old.rsplit(":")[-1], "the server that came back")
    check_equal(content(stack), before, "what it holds")


def goes_back_when_the_new_server_lacks_something(stack, old, new):
    """The old server has a library that the new image does not: the load fails, and the old files lead back."""
    before = content(stack)
    stack.exec("db", "sh", "-c", "cd /usr/share/postgresql/*/extension && printf 'default_version = 1\\n' > rare.control && echo 'SELECT 1;' > rare--1.sql").expect(0)
    stack.sql("CREATE EXTENSION rare")
    asks_for(stack, old, new)
    failed = stack.pawl.apply("--to", "1.5.0").expect(1)
    check_contains(failed.out + failed.err, ["rare", "pawl rollback"], "what the new server lacks")
    refused = stack.pawl.run("rollback", "--auto-approve").expect(3)
    check_contains(refused.out + refused.err, [f"Let them say {old} again"], "going back with the new image in the files")
    asks_for(stack, new, old)
    stack.pawl.run("rollback", "--auto-approve").expect(0)
    stack.await_healthy()
    stack.check_images("1.4.0")
    check_equal(version(stack), old.rsplit(":")[-1], "the server that came back")
    check_equal(content(stack), before, "what it holds")
    check_equal(aside(stack), [], "files that were left")
    stack.sql("DROP EXTENSION rare")


def arrives(t, stack, old, new):
    """Killed before and after every operation of the move."""
    before = content(stack)
    asks_for(stack, old, new)
    said = stack.pawl.run("plan", "--to", "1.5.0").expect(0).out
    check_contains(said, ["dump, files aside, start", "ALTER SYSTEM", "work_mem"], "the plan")
    killed = killed_in_the_move(t, stack)
    stack.pawl.apply("--resume").expect(0)
    t.say(f"a move of {killed} operations, killed {2 * killed} times")
    stack.await_healthy()
    stack.check_images("1.5.0")
    check_equal(version(stack), new.rsplit(":")[-1], "the server")
    after = content(stack)
    check_equal(after[1:-1], before[1:-1], "what it holds")
    check(len(after[-1]) > len(before[-1]), "and 1.5.0 has migrated it")
    check_equal(len(aside(stack)), 1, "the old files are beside")


def killed_in_the_move(t, stack):
    go = ["apply", "--to", "1.5.0", "--auto-approve", "--json", "--parallelism", "1"]
    again = ["apply", "--resume", "--auto-approve", "--json", "--parallelism", "1"]
    stack.pawl.run("plan", "--to", "1.5.0", "--out", "up.pawlplan").expect(0)
    plan = plans.read(stack.path("up.pawlplan"))
    step = plans.step(plan, "replace", "db")
    # docker-compose 1.29 takes a second of a processor for each call.
    operations = range(0, len(plan["steps"][step]["operations"]), 4 if stack.engine_name == "docker-compose" else 1)
    for operation in operations:
        for kind, when in (("operation-started", "recorded"), ("operation-finished", "unrecorded")):
            crash.kill(t, stack.pawl, go, kind, step, operation, when)
            go = again
    return len(operations)


def stays_in_its_version(stack, old, new):
    """Only the server's image changes."""
    before = content(stack)
    asks_for(stack, old, new)
    stack.pawl.apply().expect(0)
    stack.await_healthy()
    check_equal(version(stack), new.rsplit(":")[-1], "the server")
    check_equal(content(stack), before, "what it holds")


def forgets_the_old_files(stack):
    stack.sql("UPDATE documents SET title = 'later' WHERE id = '1'")
    stack.pawl.apply("--to", "1.5.1").expect(0)
    check_equal(aside(stack), [], "old files after the next upgrade")
    check_equal(stack.sql("SELECT title FROM documents WHERE id = '1'"), ["later"], "what was written since")


def aside(stack):
    """Folders that were set aside beside the volume's."""
    volume = stack.run(stack.engine, "volume", "inspect", "--format", "{{.Mountpoint}}", f"{stack.project}_db-data").expect(0).out.strip()
    listed = stack.run("ls", "-A", volume.rsplit("/", 1)[0]).expect(0).out.split()
    return [name for name in listed if name.startswith(".pawl-")]
