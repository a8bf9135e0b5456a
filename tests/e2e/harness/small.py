"""A stack of one or two services on images that are made on the spot, for what the demo does not do: an image that brings
its own health check, a program that dies again and again, a tag that is made anew."""

import os

from . import engines
from .check import check_equal
from .compose import ComposeStack, unique
from .pawl import Pawl
from .ports import free_port
from .processes import wait_until

SOURCE = os.path.join(os.path.dirname(__file__), "small.c")


class SmallStack(ComposeStack):
    """`image`: the repository of its own; `port`: where the service may be published."""

    def __init__(self, test, manifest, compose, env):
        self.test, self.port = test, free_port()
        self._place(test)
        self.write("stack.pawl", manifest.replace("PORT", str(self.port)))
        self.write("docker-compose.yml", compose.replace("IMAGE", self.image).replace("PORT", str(self.port)))
        self.write(".env", env)

    def _place(self, test):
        self.project = unique()
        self.folder = test.folder(self.project)
        self.env = {name: value for name, value in os.environ.items() if not name.startswith("PAWL_VAR_")}
        self.env["NO_COLOR"] = "1"
        self.engine_name = test.options.engine or "docker-compose"
        self.engine = "podman" if self.engine_name == "podman" else "docker"
        self.env.update(engines.environment(self.engine_name, test.root))
        self.pawl = Pawl(test.options.pawl, self.folder, self.env)
        self.image = ("localhost/" if self.engine == "podman" else "") + self.project
        test.cleanup(self._forget_images)
        test.cleanup(self.down)
        test.on_failure(self.state)

    def make(self, tag, dies_after=0, sick=False, check=False, note=""):
        """Makes the image of that tag, anew when it is there. `check`: it brings a HEALTHCHECK. Its id."""
        where = self.test.folder(f"{self.project}-{tag}")
        self.run("gcc", "-static", "-O1", f'-DVERSION="{tag}"', f"-DDIES_AFTER={dies_after}", f"-DSICK={int(sick)}",
                 SOURCE, "-o", os.path.join(where, "small")).expect(0)
        lines = ["FROM scratch", "COPY small /small", f'LABEL note="{note}"', 'ENTRYPOINT ["/small"]']
        if check:
            lines.append('HEALTHCHECK --interval=1s --retries=2 CMD ["/small", "check"]')
        with open(os.path.join(where, "Dockerfile"), "w", encoding="ascii") as file:
            file.write("\n".join(lines) + "\n")
        form = ["--format", "docker"] if self.engine == "podman" else []  # only that keeps a HEALTHCHECK
        self.run(self.engine, "build", "-q", *form, "-t", f"{self.image}:{tag}", where).expect(0)
        return self.id_of(tag)

    def id_of(self, tag):
        return self.run(self.engine, "image", "inspect", "--format", "{{.Id}}", f"{self.image}:{tag}").expect(0).out.strip()

    def start(self, version):
        self.write(".env", f"V={version}\n")
        self.compose("up", "-d").expect(0)
        wait_until(lambda: self.answers("/") == version, f"{version} answers", 30, 0.1, self.state)
        return self

    def compose(self, *arguments, within=120):
        tool = {"docker-compose": ["docker-compose"], "compose-v2": ["docker", "compose"],
                "podman": ["podman-compose"]}[self.engine_name]
        return self.run(*tool, *arguments, within=within)

    def answers(self, path):
        """The version that answers on the port, or why none does."""
        self.ports = {"api": self.port}
        status, body = self.get("api", path, 2)
        return body.get("version") if status == 200 else body

    def check_runs_image(self, service, wanted, what):
        found = {one["Image"].removeprefix("sha256:") for one in self.of(service)}
        check_equal(found, {wanted.removeprefix("sha256:")}, what)

    def _forget_images(self):
        for repository in (self.image, f"pawl-kept/{self.project}", f"localhost/pawl-kept/{self.project}"):
            names = self.run(self.engine, "images", "--format", "{{.Repository}}:{{.Tag}}", repository).out.split()
            for name in names:
                self.run(self.engine, "rmi", "-f", name)

