"""A MariaDB server of a case's own, on a socket in its folder, and a small wiki that runs on it."""

import os
import shutil
import subprocess

from . import processes
from .files import Folder
from .pawl import Pawl
from .ports import free_port

APP = '''#!/usr/bin/env python3
"""The wiki: runs its migrations, then answers /health."""
import http.server, json, os, subprocess, sys
VERSION, MIGRATIONS, STATUS = {version!r}, {migrations!r}, {status}


def sql(text):
    argv = ["mariadb", "-N", "-B", "-S", os.environ["WIKI_SOCKET"], "-u", "root", "wiki", "-e", text]
    done = subprocess.run(argv, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    return done.stdout.split()


sql("CREATE TABLE IF NOT EXISTS schema_migrations (name VARCHAR(50) PRIMARY KEY)")
applied = sql("SELECT name FROM schema_migrations")
for name, statements in MIGRATIONS:
    if name not in applied:
        for statement in statements + ["INSERT INTO schema_migrations VALUES ('" + name + "')"]:
            sql(statement)


class Health(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(STATUS)
        self.end_headers()
        self.wfile.write(json.dumps({{"status": "ok", "version": VERSION}}).encode())

    def log_message(self, *_):
        pass


http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["WIKI_PORT"])), Health).serve_forever()
'''

PAGES = ("0001_pages", ["CREATE TABLE pages (id INT PRIMARY KEY AUTO_INCREMENT, title VARCHAR(100))"])
AUTHORS = ("0002_authors", ["ALTER TABLE pages ADD COLUMN author VARCHAR(100)"])
# MariaDB commits each statement that changes a schema by itself: the first one stays when the second one fails.
TAGS = ("0003_tags", ["ALTER TABLE pages DROP COLUMN author", "CREATE TABLE tags (page INT, tag VARCHAR(40))",
                      "ALTER TABLE no_such_table ADD COLUMN x INT"])
LINKS = ("0003_links", ["ALTER TABLE pages ADD COLUMN links TEXT", "DELETE FROM pages WHERE id % 2 = 0"])
RELEASES = {"1.0.0": ([PAGES], 200), "1.1.0": ([PAGES, AUTHORS], 200), "1.2.0": ([PAGES, AUTHORS, TAGS], 200),
            "1.3.0": ([PAGES, AUTHORS, LINKS], 503)}

MANIFEST = '''stack wiki {{ version = 1.1.0 }}
local {{
  releases = "releases/${{version}}"
  env_file = ".env"
  pin      = env(".env", "WIKI_VERSION")
}}
service app {{
  role     = api
  command  = ["releases/${{version}}/app"]
  env      = {{ WIKI_PORT = "{port}", WIKI_SOCKET = "{socket}" }}
  health   = http("http://127.0.0.1:{port}/health", within = 10s, every = 100ms)
  migrates = database.main
}}
database main {{
  engine = mariadb
  host   = "{socket}"
  user   = "root"
  name   = "wiki"
  ledger = table("schema_migrations", column = "name")
  down   = never
}}
backup {{ of = [database.main], to = "backups", keep = 5 }}
release 1.0.0 {{}}
release 1.1.0 {{}}
release 1.2.0 {{}}
release 1.3.0 {{}}
'''


class Server:
    def __init__(self, test):
        self.folder = test.folder("mariadb")
        self.socket = os.path.join(self.folder, "sock")
        if os.geteuid() == 0:
            os.chmod(test.root, 0o755)
            shutil.chown(self.folder, "mysql", "mysql")
        self._as_server("mariadb-install-db", "--no-defaults", f"--datadir={self.folder}/db",
                        "--auth-root-authentication-method=normal", "--skip-test-db").expect(0)
        log = open(os.path.join(self.folder, "log"), "wb")
        self.process = processes.spawn(
            self._argv("mariadbd", "--no-defaults", f"--datadir={self.folder}/db", f"--socket={self.socket}",
                       "--skip-networking", "--innodb-buffer-pool-size=16M"), cwd=self.folder,
            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        processes.wait_until(lambda: self.run("SELECT 1").code == 0, "MariaDB answers", 60, 0.1)

    def _argv(self, *argv):
        other = ["setpriv", "--reuid=mysql", "--regid=mysql", "--init-groups"] if os.geteuid() == 0 else []
        return [*other, "env", f"TMPDIR={self.folder}", *argv]

    def _as_server(self, *argv):
        return processes.run(self._argv(*argv), 120, cwd=self.folder)

    def run(self, query, database=""):
        argv = ["mariadb", "--no-defaults", "-N", "-B", "-S", self.socket, "-u", "root", "-e", query]
        return processes.run(argv + ([database] if database else []))

    def sql(self, query, database="wiki"):
        """The rows of a query, as lines."""
        return self.run(query, database).expect(0).out.splitlines()


class Wiki(Folder):
    """A stack of one service on a database of that server."""

    def __init__(self, test, server):
        self.test, self.server, self.port = test, server, free_port()
        self.folder = test.folder("wiki")
        self.env = {**os.environ, "NO_COLOR": "1"}
        self.pawl = Pawl(test.options.pawl, self.folder, self.env)
        for version, (migrations, status) in RELEASES.items():
            place = os.path.join(test.folder(f"wiki/releases/{version}"), "app")
            with open(place, "w", encoding="utf-8") as file:
                file.write(APP.format(version=version, migrations=migrations, status=status))
            os.chmod(place, 0o755)
        self.write("stack.pawl", MANIFEST.format(port=self.port, socket=server.socket))
        self.write(".env", "WIKI_VERSION=1.0.0\n")
        server.sql("CREATE DATABASE wiki", "")
        test.on_failure(self.logs)

    def up(self, version):
        processes.run([os.path.join(self.test.options.demo, "demo-up"), version], 120, self.env, self.folder).expect(0)
        processes.wait_until(lambda: self.pawl.run("observe").out.count(" healthy"), "the wiki is healthy", 30, 0.2)

    def picture(self):
        """Schema and rows, as the server tells them."""
        return {"columns": self.server.sql("SELECT table_name, column_name, column_type FROM information_schema.columns "
                                           "WHERE table_schema = 'wiki' ORDER BY 1, 2"),
                "ledger": self.server.sql("SELECT name FROM schema_migrations ORDER BY 1"),
                "rows": self.server.sql("SELECT * FROM pages ORDER BY id"),
                "databases": self.server.sql("SHOW DATABASES")}

    def logs(self):
        text = []
        for name in sorted(os.listdir(self.path("run"))) if os.path.isdir(self.path("run")) else []:
            if name.endswith(".log"):
                with open(self.path("run", name), encoding="utf-8", errors="replace") as file:
                    text += [f"--- {name}", *file.read().splitlines()[-20:]]
        return "\n".join(text)

