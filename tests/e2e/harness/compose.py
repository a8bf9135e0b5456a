"""examples/piprio-compose as a fresh project of its own, on the engine that --engine names."""

import json
import os

from . import engines, processes
from .check import check
from .ports import free_port
from .stack import Stack

FILE = "docker-compose.onprem.yml"
_count = 0


def _unique():
    global _count
    _count += 1
    return f"pawl-e2e-{os.getpid()}-{_count}"


class ComposeStack(Stack):
    """Containers, networks and volumes carry the project's name and are removed by id when the case ends."""

    def __init__(self, test, **values):
        self.project = _unique()
        super().__init__(test, "piprio-compose", self.project)
        self.engine_name = test.options.engine or "docker-compose"
        self.engine = "podman" if self.engine_name == "podman" else "docker"
        self.env.update(engines.environment(self.engine_name, test.root))
        self.ports = {"proxy": free_port(), "api": free_port()}
        self.set_env(PIPRIO_PROXY_PORT=self.ports["proxy"], PIPRIO_API_PORT=self.ports["api"], **values)
        self.env.update(PAWL_VAR_proxy_port=str(self.ports["proxy"]), PAWL_VAR_api_port=str(self.ports["api"]))
        test.cleanup(self.down)
        test.on_failure(self.state)

    # the engine

    def run(self, *argv, within=120):
        return processes.run(list(argv), within, self.env, self.folder)

    def compose(self, *arguments, within=180):
        tool = {"docker-compose": ["docker-compose"], "compose-v2": ["docker", "compose"],
                "podman": ["podman-compose"]}[self.engine_name]
        return self.run(*tool, "-f", FILE, *arguments, within=within)

    def up(self, version="1.4.0", within=90):
        if self.env_value("PIPRIO_VERSION") != version:
            self.set_env(PIPRIO_VERSION=version)
        self.compose("up", "-d").expect(0)
        self.await_healthy(within)
        return self

    def await_healthy(self, within=90):
        """/health answers, and the engine calls no container starting or unhealthy (podman does not check by itself)."""
        super().await_healthy(within)
        if self.engine == "docker":
            processes.wait_until(self._all_healthy, "the engine calls every container healthy", within, 0.5, self.state)

    def _all_healthy(self):
        return all((one["State"].get("Health") or {}).get("Status", "healthy") == "healthy"
                   for one in self.containers().values())

    def containers(self):
        """{name: inspected} of the project's containers, stopped ones too."""
        ids = self._ids("ps", "-a")
        if not ids:
            return {}
        found = json.loads(self.run(self.engine, "inspect", *ids).expect(0).out)
        return {one["Name"].lstrip("/"): one for one in found}

    def of(self, service):
        """The inspected containers of one service, by name."""
        return self._of(self.containers(), service)

    @staticmethod
    def _of(containers, service):
        return [one for name, one in sorted(containers.items())
                if one["Config"]["Labels"].get("com.docker.compose.service") == service
                and one["Config"]["Labels"].get("com.docker.compose.oneoff", "False") != "True"]

    def ids(self, *services):
        """{name: id}: equal exactly when no container was replaced."""
        return {name: one["Id"] for name, one in self.containers().items()
                if not services or one["Config"]["Labels"].get("com.docker.compose.service") in services}

    def lives(self, *services):
        """{name: (id, start time, restarts)}: equal exactly when no container was replaced or restarted."""
        return {name: (one["Id"], one["State"]["StartedAt"], one.get("RestartCount", 0))
                for name, one in self.containers().items()
                if not services or one["Config"]["Labels"].get("com.docker.compose.service") in services}

    def exec(self, service, *argv, within=60):
        running = self._ids("ps", more=("--filter", f"label=com.docker.compose.service={service}"))
        return self.run(self.engine, "exec", running[0], *argv, within=within)

    def sql(self, query):
        """The rows of a query, as lines."""
        return self.exec("db", "psql", "-U", "piprio", "-d", "piprio", "-Atc", query).expect(0).out.splitlines()

    def check_images(self, version, services=("api", "worker", "scheduler", "web")):
        """By the engine's word: every container of those services is of that version and running."""
        containers = self.containers()
        for service in services:
            for one in self._of(containers, service):
                image = one["Config"]["Image"]
                check(image.endswith(":" + version), f"{one['Name']} is of {version} (is {image})")
                check(one["State"]["Running"], f"{one['Name']} runs", json.dumps(one["State"], indent=1))

    check_engine = check_images

    def halt(self, service):
        """Its first container does nothing until the function that is returned is called."""
        name = self.of(service)[0]["Id"]
        self.run(self.engine, "pause", name).expect(0)
        return lambda: self.run(self.engine, "unpause", name)

    def state(self):
        """What a failed case shows: containers and the last lines of each."""
        text = ["--- containers"]
        for name, one in sorted(self.containers().items()):
            state = one["State"]
            text.append(f"{name}  {one['Config']['Image']}  {state['Status']} ({state.get('ExitCode')})"
                        f"  {(state.get('Health') or {}).get('Status', '')}")
            logs = self.run(self.engine, "logs", "--tail", "8", one["Id"])
            text += ["    " + line for line in (logs.out + logs.err).splitlines()[-8:]]
        return "\n".join(text)

    def _ids(self, *command, more=()):
        label = f"label=com.docker.compose.project={self.project}"
        return self.run(self.engine, *command, "-q", "--filter", label, *more).expect(0).out.split()

    def down(self):
        """Removes what carries the project's label, by id."""
        for kind, listing, remove in (("containers", ("ps", "-a"), ("rm", "-f", "-v")),
                                      ("networks", ("network", "ls"), ("network", "rm")),
                                      ("volumes", ("volume", "ls"), ("volume", "rm", "-f"))):
            said = []

            def gone():
                ids = self._ids(*listing)
                if ids:
                    said[:] = [str(self.run(self.engine, *remove, *ids))]
                return not ids or (kind == "networks" and said and self._leaked(ids))
            processes.wait_until(gone, f"the {kind} of {self.project} are removed", 30, 0.5, lambda: "".join(said))

    def _leaked(self, networks):
        """Docker 20.10 loses count of endpoints when many containers go at once, and keeps the empty network until it is
        restarted. That is nobody's mistake here."""
        shown = self.run(self.engine, "network", "inspect", "--format", "{{len .Containers}}", *networks)
        leaked = self.engine == "docker" and set(shown.out.split()) == {"0"}
        if leaked:
            self.test.say(f"Docker keeps the empty network {', '.join(networks)}")
        return leaked
