"""The smallest stack that can be upgraded on containers: one program of its own (tiny.c) in images that are made on the spot.
For what pawl says and does where the demo's database and workers would only take time, and for what the demo does not do: an
image that brings its own health check, a program that dies again and again, a tag that is made anew."""

import itertools
import json
import os
import urllib.error
import urllib.request

from . import engines, files, processes
from .check import check_equal
from .pawl import Pawl
from .ports import free_port

HERE = os.path.dirname(os.path.abspath(__file__))
_numbers = itertools.count(1)

# IMAGE and PORT stand for those of the stack.
COMPOSE = """\
services:
  api:
    image: IMAGE:${APP_VERSION}
    command: ["serve"]
    restart: unless-stopped
    ports: ["127.0.0.1:PORT:8000"]
  migrate:
    image: IMAGE:${APP_VERSION}
    command: ["migrate"]
    environment: { MIGRATE: "${MIGRATE}" }
"""
MANIFEST = """\
stack notes { version = 1.1.0 }
compose { files = ["docker-compose.yml"], pin = env(".env", "APP_VERSION") }
service migrate { role = migrator }
service api { role = api, health = http("http://127.0.0.1:PORT/health", within = 20s, every = 100ms) }
files config { paths = [".env"] }
backup { of = [files.config] }
"""


class TinyStack(files.Folder):
    """`folder`, `pawl`, `port`, `image` (the repository); nothing runs yet. Containers and images are removed when the case
    ends. `versions` are made at once, others with make()."""

    def __init__(self, test, manifest=MANIFEST, compose=COMPOSE, versions=("1.0.0", "1.1.0")):
        self.test = test
        self.folder = test.folder(f"pawl-tiny-{os.getpid()}-{next(_numbers)}")
        self.project = os.path.basename(self.folder)
        self.engine_name = test.options.engine or "docker-compose"
        self.engine = "podman" if self.engine_name == "podman" else "docker"
        self.image = ("localhost/" if self.engine == "podman" else "") + self.project
        self.port = free_port()
        self.env = {**os.environ, "NO_COLOR": "1", **engines.environment(self.engine_name, test.root)}
        self.pawl = Pawl(test.options.pawl, self.folder, self.env)
        for name, text in (("docker-compose.yml", compose), ("stack.pawl", manifest)):
            self.write(name, text.replace("IMAGE", self.image).replace("PORT", str(self.port)))
        self.pin("1.0.0")
        test.cleanup(self._remove)
        for version in versions:
            self.make(version)

    def pin(self, version, migrate="done"):
        self.write(".env", f"APP_VERSION={version}\nMIGRATE={migrate}\n")

    def run(self, *argv, within=120):
        return processes.run(list(argv), within, self.env, self.folder)

    def compose(self, *arguments):
        tool = {"docker-compose": ["docker-compose"], "compose-v2": ["docker", "compose"],
                "podman": ["podman-compose"]}[self.engine_name]
        return self.run(*tool, *arguments)

    def up(self, version="1.0.0"):
        self.pin(version)
        self.compose("up", "-d").expect(0)
        processes.wait_until(lambda: self.answer() == version, f"{version} answers", 30, 0.1)
        return self

    def answer(self):
        """The version that answers on the port, or why none does."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health", timeout=2) as answer:
                return json.loads(answer.read())["version"]
        except (OSError, urllib.error.HTTPError) as error:
            return str(error)

    def await_healthy(self):
        """The engine calls every container that has a health check healthy."""
        processes.wait_until(lambda: all((one["State"].get("Health") or {}).get("Status", "healthy") == "healthy"
                                         for one in self.containers("status=running")), "everything is healthy", 30, 0.2)

    def containers(self, *filters):
        """The inspected containers of the project, one-off ones too."""
        more = [word for one in (f"label=com.docker.compose.project={self.project}", *filters) for word in ("--filter", one)]
        ids = self.run(self.engine, "ps", "-aq", *more).expect(0).out.split()
        return json.loads(self.run(self.engine, "inspect", *ids).expect(0).out) if ids else []

    # images

    def make(self, tag, dies_after=0, sick=False, check=False, note=""):
        """Makes the image of that tag, anew when it is there, and gives its id. `check`: it brings a HEALTHCHECK of its own,
        which fails when it is `sick`; `dies_after`: seconds."""
        folder = self.test.folder(f"{self.project}-{tag}")
        self.run("gcc", "-static", "-O1", f'-DVERSION="{tag}"', f"-DDIES_AFTER={dies_after}", f"-DSICK={int(sick)}",
                 "-o", f"{folder}/app", os.path.join(HERE, "tiny.c")).expect(0)
        lines = ["FROM scratch", "COPY app /app", f'LABEL note="{note}"', 'ENTRYPOINT ["/app"]', 'CMD ["serve"]']
        if check:
            lines.append('HEALTHCHECK --interval=1s --retries=2 CMD ["/app", "check"]')
        with open(f"{folder}/Dockerfile", "w", encoding="ascii") as out:
            out.write("\n".join(lines) + "\n")
        form = ["--format", "docker"] if self.engine == "podman" else []  # only that keeps a HEALTHCHECK
        self.run(self.engine, "build", "-q", *form, "-t", f"{self.image}:{tag}", folder).expect(0)
        return self.id_of(tag)

    def id_of(self, tag):
        return self.run(self.engine, "image", "inspect", "--format", "{{.Id}}", f"{self.image}:{tag}").expect(0).out.strip()

    def check_image(self, wanted, what):
        """Every container of the project was started from the image of that id."""
        found = {one["Image"].removeprefix("sha256:") for one in self.containers()}
        check_equal(found, {wanted.removeprefix("sha256:")}, what)

    def _remove(self):
        for one in self.containers():
            self.run(self.engine, "rm", "-f", "-v", one["Id"])
        self.run(self.engine, "network", "rm", f"{self.project}_default")
        for repository in (self.image, f"pawl-kept/{self.project}"):
            names = self.run(self.engine, "images", "--format", "{{.Repository}}:{{.Tag}}", repository).out.split()
            for name in names:
                self.run(self.engine, "rmi", "-f", name)
