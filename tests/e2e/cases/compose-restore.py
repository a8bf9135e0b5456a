"""A bundle of containers with PostgreSQL, files and a volume: drilled, restored, and the restore killed everywhere.

`pawl restore` loses pawl before and after each of its operations, each time going on with --resume; in between every part is
the old or the bundle's."""

import json

from harness import crash
from harness.check import check, check_equal

NEEDS = ["compose", "demo", "crash-point"]
ROWS = 300


def run(t):
    stack = t.compose(PIPRIO_VERSION="1.4.0", PIPRIO_MIGRATION_MS=60, PIPRIO_SCHEDULE_MS=200)
    with_volume(stack)
    stack.set_pause("50ms")
    stack.up("1.4.0")
    write_data(stack, "bundle", ROWS)
    stack.sql('CREATE DATABASE "piprio_drill_20200101-000000"')  # as an abandoned drill leaves it
    stack.pawl.run("backup", "--auto-approve").expect(0)
    stack.pawl.run("drill", "--auto-approve").expect(0)
    [bundle] = json.loads(stack.pawl.run("backups", "--json").expect(0).out)
    check(bundle["whole"] and bundle["drilled_at"], "the bundle is whole and was drilled", str(bundle))
    check_equal(bundle["warnings"], "", "what its dump had to say")
    check("ROLE piprio" in stack.read(f"backups/{bundle['name']}/main.globals"), "the server's roles are in it")

    stack.pawl.apply("--to", "1.5.0").expect(0)
    write_data(stack, "later", 2 * ROWS)
    operations = crash.kill_everywhere(t, stack.pawl, ["restore", bundle["name"]], lambda name: whole(stack, name))
    stack.pawl.apply("--resume").expect(0)
    t.say(f"a restore of {operations} operations, killed {2 * operations} times")

    stack.await_healthy()
    stack.check_runs("1.4.0")
    stack.check_images("1.4.0")
    check_equal(documents(stack), ("bundle", ROWS), "rows")
    check_equal(stack.read("data/objects/name"), "bundle", "files")
    check_equal(in_volume(stack), "bundle", "what is in the volume")
    check_equal(stack.sql("SELECT name FROM schema_migrations ORDER BY name")[-1], "0002_documents", "the ledger")
    check_equal(stack.env_value("PIPRIO_VERSION"), "1.4.0", "the pin")
    check_equal(stack.sql("SELECT datname FROM pg_database WHERE datname LIKE 'piprio%'"), ["piprio"], "databases left")
    stack.edit("stack.pawl", 'table("schema_migrations", column = "name")', "alembic")
    for what in "backup", "drill":  # the ledger's table is not there: nothing is applied yet
        stack.pawl.run(what, "--auto-approve").expect(0)


def with_volume(stack):
    """The api writes into a volume that the backup takes."""
    stack.edit("docker-compose.onprem.yml", "volumes:\n  db-data:", "volumes:\n  db-data:\n  uploads:")
    stack.edit("docker-compose.onprem.yml", "volumes: &records\n      - ./events:/events\n    secrets: [db_password]\n    depends_on: [db]\n    healthcheck:",
               "volumes:\n      - ./events:/events\n      - uploads:/uploads\n    secrets: [db_password]\n    depends_on: [db]\n    healthcheck:")
    text = stack.read("docker-compose.onprem.yml").replace("volumes: *records", "volumes:\n      - ./events:/events")
    stack.write("docker-compose.onprem.yml", text)
    stack.edit("stack.pawl", 'files config ', 'files uploads { volumes = ["uploads"] }\nfiles config ')
    stack.edit("stack.pawl", "files.objects, ", "files.objects, files.uploads, ")


def write_data(stack, name, rows):
    stack.sql(f"DELETE FROM documents; INSERT INTO documents (id, title) SELECT n, '{name}' FROM generate_series(1, {rows}) AS n")
    stack.write("data/objects/name", name)
    stack.exec("api", "sh", "-c", f"printf {name} > /uploads/name").expect(0)


def documents(stack):
    [row] = stack.sql("SELECT title || ' ' || count(*) FROM documents GROUP BY title")
    title, count = row.split()
    return title, int(count)


def in_volume(stack):
    return stack.exec("api", "cat", "/uploads/name").expect(0).out


def whole(stack, name):
    check(documents(stack) in (("bundle", ROWS), ("later", 2 * ROWS)), f"the database is the old or the new ({name})")
    check(stack.read("data/objects/name") in ("bundle", "later"), f"the files are the old or the new ({name})")
    check("PIPRIO_VERSION=1." in stack.read(".env"), f".env is whole ({name})")
