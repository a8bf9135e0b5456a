#!/usr/bin/env python3
"""What a bundle costs: pawl beside plain pg_dump and tar, on the same PostgreSQL rows and the same files.

usage: backup.py PAWL [--megabytes N] [--files N]        (default: 1000 MB of rows, 100,000 files)

Prints one table: wall time, and the peak memory of the largest process of each way. pawl also counts every row three times,
reads the dump once more and takes a SHA-256 of everything; the plain programs do not. Nothing here passes or fails.
"""

import argparse
import glob
import os
import shutil
import subprocess
import sys
import tempfile
import time

ROW = 1000  # bytes, about


def as_postgres(argv):
    if os.geteuid() != 0:
        return argv
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", *argv]


class Server:
    """PostgreSQL on a socket of its own."""

    def __init__(self, folder):
        found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"))
        if not found:
            sys.exit("no PostgreSQL server is installed: scripts/setup test")
        self.programs, self.folder = os.path.dirname(found[-1]), folder
        os.makedirs(folder)
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres")
        self.run("initdb", "-D", f"{folder}/db", "-U", "owner", "--auth=trust", "--no-sync")
        options = f"-c listen_addresses= -c fsync=off -c max_wal_size=4GB -k {folder}"
        self.run("pg_ctl", "-D", f"{folder}/db", "-l", f"{folder}/log", "-w", "-o", options, "start")

    def run(self, program, *arguments):
        subprocess.run(as_postgres([f"{self.programs}/{program}", *arguments]), check=True, cwd=self.folder,
                       stdout=subprocess.DEVNULL)

    def stop(self):
        self.run("pg_ctl", "-D", f"{self.folder}/db", "-m", "immediate", "-w", "stop")

    def sql(self, query, database="postgres"):
        subprocess.run(["psql", "-Xq", "-h", self.folder, "-U", "owner", "-d", database, "-c", query], check=True)


def measured(argv, folder):
    """(seconds, peak MB) of a program and what it started."""
    before = time.monotonic()
    process = subprocess.Popen(argv, cwd=folder, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"{' '.join(argv)} ended with {status}")
    return time.monotonic() - before, usage.ru_maxrss / 1024


def fill(server, folder, megabytes, files):
    server.sql("CREATE DATABASE app")
    rows = megabytes * 1_000_000 // ROW
    server.sql("CREATE TABLE jobs AS SELECT n AS id, (SELECT string_agg(md5((n * 31 + k)::text), '') FROM "
               f"generate_series(1, 30) k) AS what FROM generate_series(1, {rows}) n", "app")
    for n in range(files):
        place = os.path.join(folder, "data", "objects", f"{n % 256:02x}")
        os.makedirs(place, exist_ok=True)
        with open(os.path.join(place, str(n)), "wb") as file:
            file.write(os.urandom(400) * 5)


def write_stack(server, folder):
    with open(f"{folder}/stack.pawl", "w", encoding="utf-8") as out:
        out.write('stack bench { version = 1.0.0 }\nlocal { pin = env(".env", "VERSION") }\n'
                  f'database main {{ engine = postgres, name = "app", host = "{server.folder}", user = "owner" }}\n'
                  'files objects { paths = ["data/objects"] }\n'
                  'backup { of = [database.main, files.objects] }\n')
    with open(f"{folder}/.env", "w", encoding="utf-8") as out:
        out.write("VERSION=1.0.0\n")


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("pawl")
    options.add_argument("--megabytes", type=int, default=1000)
    options.add_argument("--files", type=int, default=100_000)
    given = options.parse_args()
    pawl = os.path.abspath(given.pawl)
    root = tempfile.mkdtemp(prefix="pawl-bench-backup-")
    os.chmod(root, 0o755)
    server = Server(f"{root}/postgres")
    try:
        folder = f"{root}/stack"
        os.makedirs(folder)
        fill(server, folder, given.megabytes, given.files)
        write_stack(server, folder)
        dump = ["pg_dump", "-F", "c", "-h", server.folder, "-U", "owner", "-f", "plain.dump", "app"]
        tar = ["tar", "--zstd", "-cf", "plain.tar.zst", "data/objects"]
        quick = [*dump[:-1], "-Z", "3", dump[-1]]  # as pawl calls it
        rows = [("pg_dump -F c", *measured(dump, folder)), ("pg_dump -F c -Z 3", *measured(quick, folder)),
                ("tar --zstd", *measured(tar, folder)),
                ("pawl backup", *measured([pawl, "backup", "--auto-approve"], folder)),
                ("pawl drill", *measured([pawl, "drill", "--auto-approve"], folder))]
        print(f"| {given.megabytes} MB of rows, {given.files:,} files | time | peak memory |\n|---|---|---|")
        for name, seconds, megabytes in rows:
            print(f"| {name} | {seconds:.1f} s | {megabytes:.0f} MB |")
    finally:
        server.stop()
        shutil.rmtree(root)


if __name__ == "__main__":
    main()
