"""The smallest stack that can be upgraded on containers: one program of its own in an image of nothing else. For cases about
what pawl says and does, where the demo's database and workers would only take time."""

import json
import os
import shutil

from . import engines, files, processes
from .pawl import Pawl
from .ports import free_port

HERE = os.path.dirname(os.path.abspath(__file__))
VERSIONS = ("1.0.0", "1.1.0")

COMPOSE = """\
services:
  api:
    image: {image}:${{APP_VERSION}}
    command: ["serve"]
    restart: unless-stopped
    ports: ["127.0.0.1:{port}:8000"]
  migrate:
    image: {image}:${{APP_VERSION}}
    command: ["migrate"]
    environment: {{ MIGRATE: "${{MIGRATE}}" }}
"""
MANIFEST = """\
stack notes {{ version = 1.1.0 }}
compose {{ files = ["docker-compose.yml"], pin = env(".env", "APP_VERSION") }}
service migrate {{ role = migrator }}
service api {{ role = api, health = http("http://127.0.0.1:{port}/health", within = 20s, every = 100ms) }}
files config {{ paths = [".env"] }}
backup {{ of = [files.config] }}
"""


class TinyStack(files.Folder):
    """`folder`, `pawl`, `port`; nothing runs yet. Containers and images are removed when the case ends."""

    def __init__(self, test):
        self.folder = test.folder(f"pawl-tiny-{os.getpid()}")
        self.project = os.path.basename(self.folder)
        self.engine_name = test.options.engine or "docker-compose"
        self.engine = "podman" if self.engine_name == "podman" else "docker"
        self.image = ("localhost/" if self.engine == "podman" else "") + self.project
        self.port = free_port()
        self.env = {**os.environ, "NO_COLOR": "1", **engines.environment(self.engine_name, test.root)}
        self.pawl = Pawl(test.options.pawl, self.folder, self.env)
        self.write("docker-compose.yml", COMPOSE.format(image=self.image, port=self.port))
        self.write("stack.pawl", MANIFEST.format(port=self.port))
        self.pin("1.0.0")
        test.cleanup(self._remove)
        for version in VERSIONS:
            self._build(version, test.folder(f"image-{version}"))

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
        return self

    def await_healthy(self):
        """The engine calls every container that has a health check healthy."""
        processes.wait_until(lambda: all((one["State"].get("Health") or {}).get("Status", "healthy") == "healthy"
                                         for one in self.containers("status=running")), "everything is healthy", 30, 0.2)

    def containers(self, *filters):
        """The inspected containers of the project, one-off ones too."""
        more = [word for one in (f"label=com.docker.compose.project={self.project}", *filters) for word in ("--filter", one)]
        ids = self.run(self.engine, "ps", "-aq", *more).expect(0).out.split()
        return json.loads(self.run(self.engine, "inspect", *ids).expect(0).out) if ids else []

    def _build(self, version, folder):
        shutil.copy(os.path.join(HERE, "tiny.c"), folder)
        self.run("gcc", "-static", "-O1", f'-DVERSION="{version}"', "-o", f"{folder}/app", f"{folder}/tiny.c").expect(0)
        with open(f"{folder}/Dockerfile", "w", encoding="ascii") as out:
            out.write('FROM scratch\nCOPY app /app\nENTRYPOINT ["/app"]\nCMD ["serve"]\n')
        self.run(self.engine, "build", "-q", "-t", f"{self.image}:{version}", folder).expect(0)

    def _remove(self):
        for one in self.containers():
            self.run(self.engine, "rm", "-f", "-v", one["Id"])
        self.run(self.engine, "network", "rm", f"{self.project}_default")
        self.run(self.engine, "rmi", "-f", *(f"{self.image}:{version}" for version in VERSIONS))
