"""scripts/demo, as a newcomer runs it, ends with an upgrade that no user noticed; its ./stop leaves nothing running."""

import json
import os

from harness import engines, processes
from harness.check import check_contains, check_equal

NEEDS = ["demo"]


def run(t):
    folder = os.path.join(t.root, "play")
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PAWL_", "PIPRIO_"))}
    env.update(NO_COLOR="1", PAWL_DEMO_BUILD=os.path.dirname(t.options.pawl))
    shown = processes.run([os.path.join(engines.ROOT, "scripts", "demo"), folder], 240, env, t.root).expect(0)
    check_contains(shown.out, ["The plan to 1.5.0", "piprio runs 1.5.0 now", "What the users and the services noticed",
                               "What next"], "what the demo shows")

    def jobs():
        return json.loads(play(folder, env, "./report", "--json").out)["jobs"]
    processes.wait_until(lambda: jobs()["pending"] == 0, "nothing is left to do (the scheduler goes on posting)", 20, 0.1)
    check_equal({name: jobs()[name] for name in ("lost", "twice")}, {"lost": [], "twice": []}, "jobs of the demo's users")
    play(folder, env, "./pawl", "fmt", "--check")  # as the tutorial asks
    status = play(folder, env, "./pawl", "status")
    check_contains(status.out, ["1.4.0 → 1.5.0", "succeeded"], "pawl status in the folder")

    services = [pid for pid in processes.descendants(os.getpid()) if "piprio" in processes.command_line(pid)]
    check_equal(len(services), 7, "processes of the stack: scheduler, api, three workers, web, proxy")
    play(folder, env, "./stop")
    processes.wait_until(lambda: not any(processes.alive(pid) for pid in services), "every service has ended")


def play(folder, env, *argv):
    return processes.run(list(argv), 60, env, folder).expect(0)
