"""What runs against what the files ask for: a difference is named, repaired by a plan, and nothing else is touched."""

import json

from harness.check import check, check_contains, check_equal, check_lacks

NEEDS = ["compose", "demo"]
FILE = "docker-compose.onprem.yml"
WEB = 'command: ["web"]\n    environment:\n'


def run(t):
    stack = t.compose()
    stack.up("1.4.0")
    rows = stack.sql("SELECT count(*) FROM schema_migrations")
    nothing_differs(stack)
    with stack.load():
        a_variable_in_the_file(stack)
        a_service_that_is_missing(stack)
        if stack.engine == "docker":
            one_more_by_hand(stack)
            one_fewer_by_hand(stack)
    the_shell_says_otherwise(stack)
    if stack.engine == "docker":
        compose_refuses_the_files(stack)
    check_equal(stack.sql("SELECT count(*) FROM schema_migrations"), rows, "migrations: the version is the same")
    jobs = stack.prove_jobs()
    t.say(f"{jobs['done']} jobs done, none lost")


def drift(stack, code):
    return json.loads(stack.pawl.run("drift", "--json").expect(code).out)


def nothing_differs(stack):
    said = drift(stack, 0)
    check_equal((said["version"], said["drift"], said["services"]), ("1.4.0", False, []), "a deployment as it was started")
    check_contains(stack.pawl.run("drift").expect(0).out, "Every service of the manifest runs as the files ask for.", "the same for people")
    check_contains(stack.pawl.run("plan", "--to", "1.4.0", "--detailed-exitcode").expect(0).out, "Nothing to do", "the plan")


def repair(stack, service):
    """The plan has one step that changes something, and leaves everything else alone."""
    others = [name for name in ("db", "api", "worker", "scheduler", "web", "proxy") if name != service]
    before = stack.lives(*others)
    plan = json.loads(stack.pawl.run("plan", "--to", "1.4.0", "--format", "json", "--detailed-exitcode").expect(2).out)
    moved = [step for step in plan["steps"] if step.get("effects", {}).get("services")]
    check_equal([step["effects"]["services"][0]["service"] for step in moved], [service], "services that the plan moves")
    stack.pawl.apply("--to", "1.4.0").expect(0)
    check_equal(stack.lives(*others), before, f"containers other than those of {service}")
    nothing_differs(stack)
    return moved[0]


def a_variable_in_the_file(stack):
    text = stack.read(FILE)
    check(WEB in text, "the environment of web is where this case looks for it")
    stack.write(FILE, text.replace(WEB, WEB + '      E2E_WORD: "not-to-be-shown"\n'))
    said = drift(stack, 2)
    check_equal([(one["service"], [each["text"] for each in one["differences"]]) for one in said["services"]],
                [("web", ["environment E2E_WORD added"])], "what differs")
    stack.pawl.run("observe", "--out", "now.json").expect(0)
    check_lacks(stack.read("now.json") + json.dumps(said), "not-to-be-shown", "a value of the environment")
    later = stack.pawl.run("drift", "--json", "--snapshot", "now.json").expect(2).out
    check_equal(json.loads(later)["services"], said["services"], "what differs, from the snapshot alone")
    step = repair(stack, "web")
    check_contains(step["summary"], "environment E2E_WORD added", "the step's words")
    check_equal(step["recovery"]["kind"], "forward only", "nothing records what the file said before")
    check_contains("\n".join(stack.of("web")[0]["Config"]["Env"]), "E2E_WORD=not-to-be-shown", "web's environment")


def a_service_that_is_missing(stack):
    stack.run(stack.engine, "rm", "-f", stack.of("web")[0]["Id"]).expect(0)
    check_contains(stack.pawl.run("drift").expect(2).out, "instances 0 → 1", "a service without a container")
    repair(stack, "web")
    check_equal(len(stack.of("web")), 1, "containers of web")


def one_more_by_hand(stack):
    stack.compose("up", "-d", "--no-deps", "--no-recreate", "--scale", "worker=4", "worker").expect(0)
    check_contains(stack.pawl.run("drift").expect(2).out, "instances 4 → 3", "one worker more than the file wants")
    repair(stack, "worker")
    check_equal(len(stack.of("worker")), 3, "workers")


def one_fewer_by_hand(stack):
    stack.run(stack.engine, "rm", "-f", stack.of("worker")[0]["Id"]).expect(0)
    check_contains(stack.pawl.run("drift").expect(2).out, "instances 2 → 3", "one worker fewer than the file wants")
    stays = {one["Id"] for one in stack.of("worker")}
    step = repair(stack, "worker")
    check_contains(step["summary"], "instances 2 → 3", "the step's words")
    check(stays < {one["Id"] for one in stack.of("worker")}, "the workers that were there go on", stack.of("worker"))


def compose_refuses_the_files(stack):
    text = stack.read(FILE)
    stack.write(FILE, text.replace(WEB, 'networks: [nowhere]\n    ' + WEB))
    for command in (["drift"], ["plan", "--to", "1.5.0"]):
        refused = stack.pawl.run(*command).expect(3)
        check_contains(refused.err, ["nowhere", "no file defines"], "what Compose would refuse")
    stack.write(FILE, text)


def the_shell_says_otherwise(stack):
    for name, value in (("COMPOSE_PROJECT_NAME", "another"), ("PIPRIO_PROXY_PORT", "1"), ("PIPRIO_VERSION", "1.4.0")):
        refused = stack.pawl.run("plan", "--to", "1.4.0", env={name: value}).expect(3)
        check_contains(refused.err, [name, f"unset {name}"], f"{name} of the shell")
