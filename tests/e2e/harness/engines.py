"""Which engines this machine has. A case names what it needs; what is missing skips it and says what to install."""

import os
import shutil
import subprocess

from .check import Skip

COMPOSE = ("docker-compose", "compose-v2", "podman")
ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", ".."))
COMPOSE_V2 = os.path.join(ROOT, "build", "tools", "docker-compose-v2")


def need(names, options):
    for name in names:
        {"demo": _demo, "engine": _engine, "compose": _compose, "crash-point": _crash_point, "postgres": _postgres, "mariadb": _mariadb, "sshd": _sshd,
         "postgres-images": _postgres_images}[name](options)


def answers(*argv, env=None):
    try:
        return subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                              timeout=30, env=env, text=True, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None


def works(*argv, env=None):
    done = answers(*argv, env=env)
    return done is not None and done.returncode == 0


def _demo(options):
    if not os.path.isdir(options.demo or ""):
        raise Skip("the demo application is not built: cmake --build --preset release, and pass --demo")


def _crash_point(options):
    if not os.path.exists(options.crash_point or ""):
        raise Skip("the crash point library is not built: cmake --build --preset release, and pass --crash-point")


def _postgres(_):
    if not (shutil.which("pg_ctl") or os.path.isdir("/usr/lib/postgresql")):
        raise Skip("no PostgreSQL server: apt-get install postgresql")


def _mariadb(_):
    if not works("mariadbd", "--version"):
        raise Skip("no MariaDB server: apt-get install mariadb-server mariadb-client")


def _sshd(_):
    if not os.access("/usr/sbin/sshd", os.X_OK) or not shutil.which("ssh"):
        raise Skip("no SSH server: apt-get install openssh-server openssh-client")
    if os.geteuid() != 0:
        raise Skip("an SSH server of the test's own needs root")


def _engine(options):
    engine = options.engine or "docker-compose"
    if engine == "podman":
        return _podman()
    if not works("docker", "version"):
        raise Skip("the Docker daemon does not answer: apt-get install docker.io docker-compose; scripts/engines")
    if engine == "docker-compose" and not shutil.which("docker-compose"):
        raise Skip("no docker-compose: apt-get install docker-compose")
    if engine == "compose-v2" and not os.access(COMPOSE_V2, os.X_OK):
        raise Skip("no Compose v2: scripts/compose-v2 builds it (needs Go)")


def _compose(options):
    _engine(options)
    if options.engine == "podman":
        if not works("podman", "image", "exists", "piprio:1.4.0"):
            raise Skip("the demo's images are not in podman: scripts/demo-images --podman loads them")
        return
    images = answers("docker", "images", "-q", "piprio:1.4.0")
    if not images or not images.stdout.strip():
        raise Skip("the demo's images are not there: scripts/demo-images builds them")


def _postgres_images(options):
    wanted = [f"pawl-postgres:{major}" for major in (("13", "15", "17") if os.environ.get("PAWL_FULL") else ("15", "17"))]
    engine = ["podman", "image", "exists"] if options.engine == "podman" else ["docker", "image", "inspect"]
    for image in wanted:
        if not works(*engine, image):
            raise Skip(f"{image} is not there: scripts/postgres-images builds it")


def _podman():
    if not (shutil.which("podman") and shutil.which("podman-compose") and shutil.which("runc")):
        raise Skip("no podman: apt-get install podman podman-compose containernetworking-plugins runc")
    if not os.path.exists("/usr/lib/cni/dnsname"):
        raise Skip("containers cannot find each other by name: "
                   "apt-get install golang-github-containernetworking-plugin-dnsname")


def environment(engine, root):
    """What makes the wanted Compose program the only one there is; what that needs lies below `root`."""
    tools = os.path.join(root, "tools")
    docker_config = os.path.join(root, "docker")
    os.makedirs(docker_config, exist_ok=True)
    if engine == "docker-compose":
        return {"DOCKER_CONFIG": docker_config, "PATH": path_without(tools, {"podman-compose"})}
    if engine == "compose-v2":
        plugin = os.path.join(docker_config, "cli-plugins", "docker-compose")
        os.makedirs(os.path.dirname(plugin), exist_ok=True)
        if not os.path.lexists(plugin):  # a case may set up more than one stack
            os.symlink(COMPOSE_V2, plugin)
        return {"DOCKER_CONFIG": docker_config, "PATH": path_without(tools, {"docker-compose", "podman-compose"})}
    config = os.path.join(root, "containers.conf")
    with open(config, "w", encoding="ascii") as file:
        file.write('[containers]\ndefault_ulimits=["nofile=1024:4096","nproc=1000:1000"]\n[engine]\nruntime="runc"\n')
    return {"CONTAINERS_CONF": config, "PATH": path_without(tools, {"docker", "docker-compose"})}


def path_without(folder, hidden):
    """A PATH with every program of ours except those named: a folder of links."""
    os.makedirs(folder, exist_ok=True)
    for place in os.environ["PATH"].split(":"):
        for name in os.listdir(place) if os.path.isdir(place) else []:
            link = os.path.join(folder, name)
            if name not in hidden and not os.path.lexists(link):
                os.symlink(os.path.join(place, name), link)
    return folder
