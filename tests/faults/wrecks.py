"""Ways to break the world so that one operation fails or hangs for real. Each breaks when called and returns how to mend.

What is not listed cannot happen: a pause has nothing that could fail, a rename does not hang."""

import fcntl
import os
import socket


def wrecks_of(plan, s, o, fault):
    """Functions stack → mend for that operation, none when that fault cannot befall it."""
    do = plan["steps"][s]["operations"][o]["do"]
    make = {"fails": FAILS, "fails late": FAILS_LATE, "hangs": HANGS}[fault].get(do["op"])
    made = make(do, plan["steps"][s]) if make else None
    return [made] if made else []


# ------------------------------------------------------------------------------------------------ tools


def moved_away(path):
    """The file or folder is not where it should be."""
    def wreck(stack):
        away = path + ".away"
        os.rename(stack.path(path), stack.path(away))
        return lambda: os.rename(stack.path(away), stack.path(path))
    return wreck


def replaced_by(path, text, executable=False):
    """Something else stands there."""
    def wreck(stack):
        place, away = stack.path(path), stack.path(path + ".away")
        there = os.path.lexists(place)
        if there:
            os.rename(place, away)
        with open(place, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(place, 0o755 if executable else 0o644)

        def mend():
            os.remove(place)
            if there:
                os.rename(away, place)
        return mend
    return wreck


def halted(name):
    """The service is there and does nothing: its port accepts and never answers."""
    return lambda stack: stack.halt(name)


# ------------------------------------------------------------------------------------------------ by operation


def command_fails(do, _):
    return program(do["process"], "#!/bin/sh\necho the disk is on fire >&2\nexit 3\n")


def command_fails_late(do, _):
    """It does its work, and says that it failed."""
    return program(do["process"], '#!/bin/sh\n"{real}" "$@"\necho the disk is on fire >&2\nexit 3\n')


def command_hangs(do, _):
    return program(do["process"], "#!/bin/sh\nexec sleep 1000\n")


def program(process, script):
    """The program is another one: first in PATH, or in its place. {real} is the one it replaces."""
    name = process["argv"][0]
    if "/" in name:
        return lambda stack: replaced_by(name, script.format(real=stack.path(name + ".away")), executable=True)(stack)

    def wreck(stack):
        place = os.path.join(tools(stack), name)
        real = next(found for folder in stack.env["PATH"].split(":")[1:] if os.path.exists(found := f"{folder}/{name}"))
        with open(place, "w", encoding="utf-8") as file:
            file.write(script.format(real=real))
        os.chmod(place, 0o755)
        return lambda: os.remove(place)
    return wreck


def engine_of(do):
    """The operation asks or commands the container engine."""
    process = do.get("process") or (do["condition"]["query"].get("process") if do["op"] == "await" else None)
    return bool(process) and process["argv"][0] in ("docker", "docker-compose")


def unreachable(stack):
    stack.relay.cut()
    return stack.relay.join


def tools(stack):
    """A folder that stands first in the PATH of pawl."""
    return stack.folder + "-programs"


def with_tools(stack):
    os.makedirs(tools(stack))
    stack.env["PATH"] = f"{tools(stack)}:{stack.env['PATH']}"


def http_fails(_, step):
    """The api answers 503: a table it looks at is gone."""
    def wreck(stack):
        stack.sql("ALTER TABLE jobs RENAME TO jobs_away")
        return lambda: stack.sql("ALTER TABLE jobs_away RENAME TO jobs")
    return wreck


def stranger(query):
    """Somebody else listens where the api or the frontend will, and never says a word."""
    def wreck(stack):
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", int(query["address"].rpartition(":")[2])))
        listener.listen()
        return listener.close
    return wreck


def silent(do):
    return do["condition"]["expect"].get("silent", False)


def await_fails(do, step):
    query = do["condition"]["query"]
    if silent(do):
        return stranger(query)
    if query["op"] == "http-probe" and who_answers(query) == "api":
        return http_fails(do, step)
    if query["op"] == "list-folder":
        return moved_away(query["path"])
    if query["op"] == "inspect-process":
        return moved_away(query["pid_file"])
    if query["op"] == "query-command":
        return program(query["process"], "#!/bin/sh\necho the disk is on fire >&2\nexit 3\n")
    return None


def await_hangs(do, _):
    query = do["condition"]["query"]
    if query["op"] == "query-command":
        return program(query["process"], "#!/bin/sh\nexec sleep 1000\n")
    return halted(who_answers(query)) if query["op"] == "http-probe" and not silent(do) else None


def who_answers(query):
    """The process behind a probe of the demo's manifest."""
    if query.get("json"):
        return "api"
    return "proxy" if "proxy-health" in str(query["url"]) else "web"


def start_hangs(do, _):
    """Another start or stop of the same instance is under way, and stays so."""
    def wreck(stack):
        file = open(stack.path(do["pid_file"] + ".lock"), "a", encoding="ascii")
        fcntl.flock(file, fcntl.LOCK_EX)
        return file.close
    return wreck


def start_fails(do, _):
    program = do["process"]["argv"][0]
    return moved_away(program) if isinstance(program, str) else None


def stop_fails(do, _):
    return replaced_by(do["pid_file"], "this is not a pid file\n")


def edit_fails(do, _):
    """Somebody else wrote another value meanwhile."""
    def wreck(stack):
        before = stack.read(do["path"])
        name = do["what"]["name"]
        stack.write(do["path"], before.replace(f"{name}={do['from']}", f"{name}=0.0.7"))
        return lambda: stack.write(do["path"], before)
    return wreck


def folder_fails(do, _):
    """A file stands where its parent should be."""
    return replaced_by(do["path"].split("/")[0], "in the way\n")


def archive_fails(do, _):
    return moved_away(do["paths"][0])


def seal_fails(do, _):
    """A dump in the bundle is empty."""
    def wreck(stack):
        place = os.path.join(stack.folder, resolve(stack, do["folder"]), "empty.dump")
        open(place, "w", encoding="ascii").close()
        return lambda: os.remove(place)
    return wreck


def resolve(stack, path):
    """`{run}` of a path: the newest folder that fits."""
    if "{run}" not in path:
        return path
    parent, _, name = path.rpartition("/")
    before, _, after = name.partition("{run}")
    fits = [one for one in os.listdir(stack.path(parent)) if one.startswith(before) and one.endswith(after)]
    return os.path.join(parent, sorted(fits)[-1])


FAILS = {"command": command_fails, "await": await_fails, "start-process": start_fails, "stop-process": stop_fails,
         "signal-process": lambda do, _: moved_away(do["pid_file"]), "edit-file": edit_fails,
         "make-folder": folder_fails, "archive": archive_fails, "seal-bundle": seal_fails}
FAILS_LATE = {"command": command_fails_late}
HANGS = {"command": command_hangs, "await": await_hangs, "start-process": start_hangs, "stop-process": start_hangs}
