"""What an operator reads when something fails on containers: the reason first, whole and once, and nothing else to blame."""

import re
import socket

from harness.check import check, check_contains, check_equal, check_lacks

NEEDS = ["engine"]


def run(t):
    stack = t.tiny()
    stack.up("1.0.0")
    docker_that_refuses(stack)
    migrator_that_says_why(stack)
    port_that_is_taken(stack)
    wait_that_runs_out(stack)
    volume_without_a_name(t)


def docker_that_refuses(stack):
    if stack.engine != "docker":
        return
    done = stack.pawl.run("plan", env={"DOCKER_HOST": "tcp://127.0.0.1:1"}).expect(3)
    check_contains(done.err, ["Docker is installed and cannot be used", "tcp://127.0.0.1:1", "DOCKER_HOST"], "a refusal")
    check_lacks(done.text, "instances", "nothing is said of containers that nobody could list")


def migrator_that_says_why(stack):
    stack.pin("1.0.0", migrate="fails")
    done = stack.pawl.apply().expect(1)
    check_contains(done.err, ["ERROR: column tag exists already", "exited with 3", "applying 0004_tags"], "the reason, and what led to it")
    check(done.err.index("column tag") < done.err.index("exited with 3"), "the program's own words come first", done.err)
    check_equal(done.text.count("column tag exists already"), 1, "times that the reason is said")
    check_lacks(done.err, "migrating to 1.0.0", "the log of the container that ran weeks ago")
    command = re.search(r"pawl show \d+ --step \d+", done.err)
    check(command is not None, "the command in full is one command away", done.err)
    step = stack.pawl.run(*command.group().split()[1:]).expect(0)
    check_contains(step.out, ["run --rm", "migrate"], "the step in full")
    back(stack)


def back(stack):
    """Everything as it was before the upgrade."""
    stack.compose("down", "-t", "1")
    stack.up("1.0.0")


def port_that_is_taken(stack):
    taken = socket.create_server(("127.0.0.1", 0))
    port = taken.getsockname()[1]
    before = stack.read("docker-compose.yml")
    stack.edit("docker-compose.yml", f"127.0.0.1:{stack.port}:8000", f"127.0.0.1:{port}:8000")
    done = stack.pawl.apply().expect(1)
    taken.close()
    said = [line for line in done.text.splitlines() if re.search(r"address already in use|port is already allocated", line)]
    check_equal(len(said), 1, "lines that give the engine's reason")
    check(said[0].startswith("The upgrade stopped at step"), "it is in the first line", done.err)
    check(len(re.findall(r"address already in use|port is already allocated", said[0])) == 1, "it is said once", said[0])
    check_lacks(done.text, "--no-deps", "the command in full")
    stack.write("docker-compose.yml", before)
    back(stack)


def wait_that_runs_out(stack):
    restart = "    restart: unless-stopped\n"
    never_new = '    healthcheck: { test: ["CMD", "/app", "old"], interval: 1s, retries: 100 }\n'
    stack.edit("docker-compose.yml", restart, restart + never_new)
    stack.edit("stack.pawl", "within = 20s", "within = 6s")
    back(stack)
    stack.await_healthy()
    done = stack.pawl.apply().expect(1)
    check_contains(done.err, ["seconds passed, and it is still not so that api runs", ":1.1.0"], "the wait, in words")
    check(not re.search(r"\(\?|\\n|\^\|", done.err), "no pattern of ours", done.err)


def volume_without_a_name(t):
    """Two of one service are replaced one by one, and what each keeps in a volume that the engine named is lost with it."""
    stack = t.tiny(manifest="""
stack notes { version = 1.1.0 }
compose { files = ["docker-compose.yml"], pin = env(".env", "APP_VERSION") }
service worker { role = worker, migrates = [] }
""", compose="""
services:
  worker:
    image: IMAGE:${APP_VERSION}
    command: ["serve"]
    scale: 2
    volumes: ["/data"]
""")
    stack.compose("up", "-d").expect(0)
    check_contains(stack.pawl.run("plan").expect(0).out, "what worker keeps in /data is in a volume without a name", "the plan")
