"""Healthy means that the new version runs and goes on running: not a program that dies again and again, not one whose
image's own check fails; and what comes back is the image that ran, not another one of its name."""

from harness.check import check, check_contains, check_equal, check_lacks

NEEDS = ["engine"]
COMPOSE = """
services:
  api:
    image: IMAGE:${APP_VERSION}
    restart: unless-stopped
    ports: ["127.0.0.1:PORT:8000"]
"""
MANIFEST = """
stack notes { version = 1.1.0 }
compose { files = ["docker-compose.yml"], pin = env(".env", "APP_VERSION") }
service api { role = api, migrates = [], health = HEALTH }
"""


def run(t):
    a_crash_loop(t)
    the_check_of_the_image(t)
    the_version_in_the_health_check(t)
    the_image_that_ran(t)


def stack(t, health):
    return t.tiny(manifest=MANIFEST.replace("HEALTH", health), compose=COMPOSE, versions=())


def a_crash_loop(t):
    """1.1.0 answers, dies after three seconds, and is started again by the engine, for ever."""
    notes = stack(t, 'http("http://127.0.0.1:PORT/health", within = 20s, every = 100ms)')
    notes.make("1.0.0")
    notes.make("1.1.0", dies_after=3)
    notes.up("1.0.0")
    failed = notes.pawl.apply().expect(1)
    check_lacks(failed.out, "runs 1.1.0 now", "a program that dies again and again")
    check_contains(failed.out + failed.err, "started again", "why it is not healthy")
    notes.pawl.run("rollback", "--auto-approve").expect(0)
    check_equal(notes.answer(), "1.0.0", "what answers after the way back")


def the_check_of_the_image(t):
    """The files have no health check; the image of 1.1.0 brings one that fails."""
    notes = stack(t, "healthy(within = 12s)")
    notes.make("1.0.0", check=True)
    notes.make("1.1.0", check=True, sick=True)
    notes.make("1.2.0", check=True)
    notes.up("1.0.0")
    if notes.engine == "docker":  # podman does not check by itself
        notes.await_healthy()
    failed = notes.pawl.apply().expect(1)
    check_lacks(failed.out, "runs 1.1.0 now", "an image whose own check fails")
    notes.pawl.run("rollback", "--auto-approve").expect(0)
    check_contains(notes.pawl.apply("--to", "1.2.0").expect(0).out, "runs 1.2.0 now", "an image whose own check passes")


def the_version_in_the_health_check(t):
    """`${version}` is what runs before the step, and what is wanted after it."""
    notes = stack(t, 'http("http://127.0.0.1:PORT/", json = { "version" = "${version}" }, within = 20s)')
    notes.make("1.0.0")
    notes.make("1.1.0")
    notes.up("1.0.0")
    check_contains(notes.pawl.run("observe").expect(0).out, "healthy", "what runs, by its own version")
    notes.pawl.apply().expect(0)
    check_equal(notes.answer(), "1.1.0", "what answers")


def the_image_that_ran(t):
    """While 1.1.0 is tried, the tag 1.0.0 is made anew; or nothing has it any more."""
    notes = stack(t, 'http("http://127.0.0.1:PORT/health", within = 10s, every = 100ms)')
    ran = notes.make("1.0.0")
    notes.make("1.1.0", dies_after=3)
    notes.up("1.0.0")
    notes.pawl.apply().expect(1)
    other = notes.make("1.0.0", note="made anew")
    check(other != ran, "the tag means another image now")
    back = notes.pawl.run("rollback", "--auto-approve").expect(0)
    check_contains(back.out, "means another image by now", "the plan of the way back")
    notes.check_image(ran, "the image after the way back")
    check_equal(notes.id_of("1.0.0"), ran, "what the tag means again")

    first = notes.make("1.2.0")
    notes.pawl.run("plan", "--to", "1.2.0", "--out", "saved.pawlplan").expect(0)
    check(notes.make("1.2.0", note="made anew") != first, "the tag of the plan means another image")
    stale = notes.pawl.run("apply", "saved.pawlplan", "--auto-approve").expect(3)
    check_contains(stale.err, f"image {notes.image}:1.2.0 was ", "what has changed since the plan was made")
    notes.pawl.apply("--to", "1.2.0").expect(0)
    refused = notes.pawl.run("rollback", "1", "--auto-approve").expect(3)
    check_contains(refused.err, "came after run 1", "why an older run is not undone")
    notes.run(notes.engine, "rmi", f"{notes.image}:1.0.0").expect(0)
    notes.run(notes.engine, "image", "prune", "-f").expect(0)
    back = notes.pawl.run("rollback", "--auto-approve").expect(0)
    check_contains(back.out, "is not there any more", "the plan of the way back")
    notes.check_image(ran, "the image after the way back")
