#!/usr/bin/env python3
"""The command line as a shell sees it: usage, exit codes, files written, revisions. usage: cli_test.py PAWL [unittest options]"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

PAWL = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 else "pawl"

MANIFEST = """\
stack shop { version = 1.1.0 }

local { pin = env(".env", "SHOP_VERSION") }

service api { role = api, command = ["sleep", "1000"] }
"""


class Case(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="pawl-cli-")
        self.addCleanup(shutil.rmtree, self.dir)

    def write(self, name, content):
        path = os.path.join(self.dir, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as out:
            out.write(content if isinstance(content, bytes) else content.encode())
        return path

    def read(self, name):
        with open(os.path.join(self.dir, name), encoding="utf-8") as file:
            return file.read()

    def pawl(self, *arguments, exits=0, env=None, timeout=60):
        environment = {k: v for k, v in os.environ.items() if not k.startswith("PAWL_")}
        environment.update(env or {})
        done = subprocess.run([PAWL, *arguments], cwd=self.dir, capture_output=True, stdin=subprocess.DEVNULL,
                              env=environment, timeout=timeout)
        self.assertEqual(exits, done.returncode, f"{arguments}\n{done.stdout.decode()}\n{done.stderr.decode()}")
        return done.stdout.decode(), done.stderr.decode()


# Nothing has to run for this one: its upgrade is one command.
COMMAND_ONLY = """\
stack shop { version = 1.1.0 }

local { pin = env(".env", "SHOP_VERSION") }

step hello { run = command("true"), idempotent = true }
"""


class Usage(Case):
    def test_help_names_every_command(self):
        out, _ = self.pawl("--help")
        for command in ("validate", "fmt", "observe", "plan", "show", "apply", "simulate", "status", "history", "unlock",
                        "schema", "debug", "version"):
            self.assertIn(command, out)
            self.pawl(command, "--help")

    def test_no_command_is_wrong_usage(self):
        out, _ = self.pawl(exits=4)
        self.assertIn("validate", out)

    def test_unknown_command_suggests(self):
        _, error = self.pawl("aply", exits=4)
        self.assertIn('Did you mean "apply"?', error)

    def test_unknown_option(self):
        _, error = self.pawl("plan", "--tooo", "1.0.0", exits=4)
        self.assertIn("--tooo", error)
        self.assertIn("pawl plan --help", error)

    def test_resume_excludes_a_file(self):
        self.pawl("apply", "x.pawlplan", "--resume", exits=4)

    def test_folder_that_is_not_there(self):
        _, error = self.pawl("-C", "nowhere", "validate", exits=4)
        self.assertIn("nowhere", error)

    def test_version(self):
        out, _ = self.pawl("version")
        self.assertRegex(out, r"^pawl \d+\.\d+\.\d+")
        self.assertEqual(2, json.loads(self.pawl("version", "--json")[0])["plan_format"])

    def test_schemas_are_json(self):
        for what in ("plan", "snapshot"):
            self.assertIn("$schema", json.loads(self.pawl("schema", what)[0]))


class Manifest(Case):
    def test_valid(self):
        self.write("stack.pawl", MANIFEST)
        out, _ = self.pawl("validate")
        self.assertIn("valid", out)

    def test_json_diagnostics(self):
        self.write("stack.pawl", MANIFEST.replace("role", "rolle"))
        out, _ = self.pawl("validate", "--json", exits=4)
        found = json.loads(out)
        self.assertFalse(found["valid"])
        self.assertEqual(5, found["diagnostics"][0]["at"]["line"])
        self.assertEqual("role", found["diagnostics"][0]["suggestion"])

    def test_hostile_files(self):
        hostile = {
            "missing": None,
            "nul": b"stack a { version = 1.0.0 }\0",
            "utf8": b"stack a { description = \"\xff\xfe\" }",
            "brackets": b"stack a { description = " + b"[" * 100_000 + b"]" * 100_000 + b" }",
            "big": b"# " + b"x" * (50 << 20),
            "quote": b'stack a { description = "',
            "empty": b"",
        }
        for name, content in hostile.items():
            with self.subTest(name):
                if content is not None:
                    self.write(f"{name}.pawl", content)
                _, error = self.pawl("validate", "--manifest", f"{name}.pawl", exits=4)
                self.assertIn(name, error)
                for jargon in ("mismatched", "extraneous", "token", "antlr", "viable", "exception", "<EOF>"):
                    self.assertNotIn(jargon, error.lower())

    def test_manifest_is_a_folder(self):
        os.mkdir(os.path.join(self.dir, "stack.pawl"))
        _, error = self.pawl("validate", exits=4)
        self.assertIn("folder", error)

    def test_words_without_behaviour_are_refused_before_anything_is_asked(self):
        """Nothing of the world is there: no engine in the PATH, no files, no bundle. None of that is mentioned."""
        self.write("stack.pawl", 'stack shop { version = 1.1.0 }\n'
                                 'compose { pin = env(".env", "SHOP_VERSION") }\n'
                                 'service api { role = api, strategy = surge }\n'
                                 'backup { of = [files.all] }\n'
                                 'files all { paths = ["data"] }\n'
                                 'window { days = [sat] }\n')
        nothing = {"PATH": os.path.join(self.dir, "nothing")}
        _, wanted = self.pawl("validate", exits=4, env=nothing)
        self.assertIn("stack.pawl:3:38", wanted)
        self.assertIn("`strategy = surge` is not supported yet", wanted)
        self.assertIn("stack.pawl:6:1", wanted)
        for command in (["plan"], ["observe"], ["apply"], ["apply", "--resume"], ["apply", "saved.pawlplan"], ["backup"],
                        ["drill"], ["drill", "shop-1.0.0-20260101-000000"], ["restore", "shop-1.0.0-20260101-000000"],
                        ["rollback"], ["simulate"], ["debug", "plan"]):
            with self.subTest(command):
                out, error = self.pawl(*command, exits=4, env=nothing)
                self.assertEqual(("", wanted), (out, error))
        found = json.loads(self.pawl("validate", "--json", exits=4)[0])
        self.assertEqual(["not-supported-yet"] * 2, [one["code"] for one in found["diagnostics"]])
        self.assertFalse(os.path.exists(os.path.join(self.dir, ".pawl")), "a refusal must not write")

    def test_words_without_behaviour_may_be_read(self):
        self.write("stack.pawl", MANIFEST + "window { days = [sat] }\n")
        for command in (["fmt", "--check"], ["history"], ["status"], ["unlock"], ["debug", "ast"], ["debug", "stack"],
                        ["backups"]):
            with self.subTest(command):
                self.pawl(*command)

    def test_words_of_another_engine(self):
        self.write("stack.pawl", MANIFEST.replace("local {", "compose {"))
        _, error = self.pawl("validate", exits=4)
        self.assertIn("`command` is a word for `local` deployments, and service `api` runs on `compose`", error)

    def test_variables(self):
        self.write("stack.pawl", MANIFEST + 'variable domain { description = "public name" }\n')
        self.write("prod.vars", "domain=file.example\n")
        _, error = self.pawl("validate", exits=4)
        self.assertIn("domain", error)
        self.pawl("validate", "--var", "domain=x.example")
        self.pawl("validate", "--var-file", "prod.vars")
        self.pawl("validate", env={"PAWL_VAR_domain": "x.example", "PAWL_VAR_other": "ignored"})
        _, error = self.pawl("validate", "--var", "domain=x", "--var", "domian=x", exits=4)
        self.assertIn("domain", error)
        _, error = self.pawl("validate", "--var", "domain", exits=4)
        self.assertIn("NAME=VALUE", error)
        self.pawl("validate", "--var-file", "nowhere.vars", exits=4)


class Fmt(Case):
    UGLY = "stack   shop{version=1.1.0}\n# why\nlocal { pin=env(\".env\",\"SHOP_VERSION\") }\n"

    def test_formats_and_is_idempotent(self):
        path = self.write("stack.pawl", self.UGLY)
        os.chmod(path, 0o640)
        self.pawl("fmt", "--check", exits=1)
        self.assertEqual(self.UGLY, self.read("stack.pawl"))
        out, _ = self.pawl("fmt", "--diff")
        self.assertIn("-stack   shop", out)
        self.assertEqual(self.UGLY, self.read("stack.pawl"))
        self.pawl("fmt")
        once = self.read("stack.pawl")
        self.assertIn("# why", once)
        self.assertEqual(0o640, os.stat(path).st_mode & 0o777)
        self.pawl("fmt", "--check")
        self.pawl("fmt")
        self.assertEqual(once, self.read("stack.pawl"))

    def test_broken_file_is_left_alone(self):
        path = self.write("stack.pawl", "stack {{{")
        self.pawl("fmt", exits=4)
        self.assertEqual("stack {{{", self.read("stack.pawl"))


class Plans(Case):
    """A plan of a revision equals the plan of the same files; a foreign plan file is refused."""

    def stack(self):
        self.write("stack.pawl", COMMAND_ONLY)
        self.write(".env", "# pinned\nSHOP_VERSION=1.0.0\n")
        self.write("releases/1.0.0/VERSION", "1.0.0\n")
        self.write("releases/1.1.0/VERSION", "1.1.0\n")
        self.write(".gitignore", ".pawl/\n*.json\n*.pawlplan\n")

    def git(self, *arguments):
        subprocess.run(["git", "-c", "user.name=t", "-c", "user.email=t@example", *arguments], cwd=self.dir, check=True,
                       capture_output=True)

    def test_revision_without_checkout(self):
        self.stack()
        self.pawl("observe", "--out", "now.json")
        self.git("init", "-q")
        self.git("add", "-A")
        self.git("commit", "-qm", "first")
        before = json.loads(self.pawl("plan", "--snapshot", "now.json", "--format", "json")[0])
        self.assertTrue(before["provenance"]["clean"])
        self.assertEqual(40, len(before["provenance"]["commit"]))
        self.write("stack.pawl", "this is not a manifest at all {")
        at, _ = self.pawl("plan", "--snapshot", "now.json", "--format", "json", "--at", "HEAD")
        self.assertEqual(before, json.loads(at))
        self.assertEqual("this is not a manifest at all {", self.read("stack.pawl"))
        self.write("stack.pawl", COMMAND_ONLY + "# edited\n")
        dirty = json.loads(self.pawl("plan", "--snapshot", "now.json", "--format", "json")[0])
        self.assertFalse(dirty["provenance"]["clean"])
        _, error = self.pawl("plan", "--at", "no-such-branch", exits=4)
        self.assertIn("no-such-branch", error)

    def test_outside_a_repository(self):
        self.stack()
        _, error = self.pawl("plan", "--at", "HEAD", exits=4, env={"GIT_CEILING_DIRECTORIES": os.path.dirname(self.dir)})
        self.assertIn("repository", error)

    def test_without_a_repository_nothing_is_said_of_one(self):
        self.stack()
        provenance = json.loads(self.pawl("plan", "--format", "json")[0])["provenance"]
        self.assertNotIn("clean", provenance)
        self.assertNotIn("commit", provenance)
        self.assertIn("not in git", self.pawl("plan")[0])

    def test_before_the_first_commit(self):
        self.stack()
        self.git("init", "-q")
        out, error = self.pawl("plan")
        self.assertIn("git names no commit", out)
        self.assertEqual("", error)

    @unittest.skipIf(os.geteuid() != 0, "only root can give a folder to somebody else")
    def test_a_repository_of_somebody_else_gives_its_reason_and_does_not_stop_a_plan(self):
        self.stack()
        self.git("init", "-q")
        self.git("add", "-A")
        self.git("commit", "-qm", "first")
        for path in (self.dir, os.path.join(self.dir, ".git")):
            os.chown(path, 12345, 12345)
        home = {"HOME": self.dir, "GIT_CONFIG_NOSYSTEM": "1", "SUDO_UID": ""}
        out, error = self.pawl("plan", env=home)
        self.assertIn("owned by", error)
        self.assertIn("safe.directory", error)
        self.assertNotIn("not in git", out)
        _, error = self.pawl("plan", "--at", "HEAD", exits=4, env=home)
        self.assertIn("safe.directory", error)

    def next_line(self, *arguments):
        out, _ = self.pawl(*arguments)
        return out.splitlines()[-1]

    def test_what_is_typed_next_leads_to_the_same_plan(self):
        self.stack()
        self.assertEqual("Run it: pawl apply        Save it: pawl plan --out plan.pawlplan", self.next_line("plan"))
        self.write("shop two.pawl", COMMAND_ONLY.replace("1.1.0", "1.0.0")
                   + "variable flavor { default = \"cpu\" }\nvariable key { secret = true }\n")
        given = ("--manifest", "shop two.pawl", "--var", "flavor=gpu", "--var", "key=hidden word")
        said = "--manifest 'shop two.pawl' --var flavor=gpu --var 'key=…'"
        self.assertEqual(f"Run it: pawl apply --to 1.1.0 {said}        Save it: pawl plan --to 1.1.0 {said} --out plan.pawlplan",
                         self.next_line("plan", "--to", "1.1.0", *given))
        self.assertEqual(f"Run it: pawl apply {said} a.pawlplan        See one step in full: pawl show a.pawlplan --step 1",
                         self.next_line("plan", "--to", "1.1.0", "--out", "a.pawlplan", *given))
        self.assertEqual("Run it: pawl apply --manifest 'shop two.pawl' a.pawlplan        "
                         "See one step in full: pawl show a.pawlplan --step 1", self.next_line("show", "a.pawlplan"))

    def test_what_is_typed_next_names_the_folder(self):
        self.stack()
        os.rename(self.dir, self.dir + ".here")
        os.makedirs(self.dir)
        os.rename(self.dir + ".here", os.path.join(self.dir, "here"))
        line = self.next_line("-C", "here", "plan", "--to", "1.1.0")
        self.assertEqual("Run it: pawl apply --to 1.1.0 -C here        Save it: pawl plan --to 1.1.0 -C here --out plan.pawlplan",
                         line)
        self.pawl(*line.split("Save it: pawl ")[1].split())
        self.assertTrue(os.path.exists(os.path.join(self.dir, "here/plan.pawlplan")))
        line = self.next_line("-C", "here", "show", "plan.pawlplan")
        self.assertEqual("Run it: pawl apply -C here plan.pawlplan        "
                         "See one step in full: pawl show -C here plan.pawlplan --step 1", line)
        self.pawl(*line.split("pawl show ")[0].split("pawl ")[1].split()[:4], "--auto-approve")

    def test_a_plan_that_apply_would_not_make_is_saved_first(self):
        self.stack()
        self.pawl("observe", "--out", "now.json")
        self.assertEqual("Save it: pawl plan --to 1.1.0 --snapshot now.json --out plan.pawlplan        "
                         "Then run it: pawl apply plan.pawlplan",
                         self.next_line("plan", "--snapshot", "now.json", "--to", "1.1.0"))

    def test_foreign_files_are_refused(self):
        self.stack()
        for name, content in {"empty": b"", "text": b"hello", "json": b"{}", "list": b"[1,2]", "bytes": bytes(range(256)),
                              "newer": b'{"format": 999, "kind": "pawl-plan"}'}.items():
            with self.subTest(name):
                self.write(f"{name}.pawlplan", content)
                _, error = self.pawl("show", f"{name}.pawlplan", exits=4)
                self.assertIn(f"{name}.pawlplan", error)
                self.pawl("apply", f"{name}.pawlplan", "--auto-approve", exits=4)
        self.pawl("show", "nowhere.pawlplan", exits=4)
        _, error = self.pawl("plan", "--snapshot", "text.pawlplan", exits=3)
        self.assertNotIn("exception", error)

    def test_no_runs_yet(self):
        self.stack()
        for command in (("status",), ("history",)):
            self.assertIn("No run", self.pawl(*command)[0])
        self.assertIn("no lock", self.pawl("unlock")[0])
        self.assertFalse(os.path.exists(os.path.join(self.dir, ".pawl")), "looking must not write")
        _, error = self.pawl("apply", "--resume", exits=3)
        self.assertIn("Nothing to resume", error)


EXAMPLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "examples", "piprio-local")
GOLDEN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "simulate-all.txt")


class Runs(Case):
    """What is said while a run goes on and when it has ended; whose run it is."""

    def stack(self, name="shop", command='"true"', file="stack.pawl"):
        manifest = COMMAND_ONLY.replace("stack shop", f"stack {name}").replace('".env"', f'"{name}.env"')
        self.write(file, manifest.replace('command("true")', f"command({command})"))
        self.write(f"{name}.env", "SHOP_VERSION=1.0.0\n")
        for version in ("1.0.0", "1.1.0"):
            self.write(f"releases/{version}/VERSION", version + "\n")

    def test_a_failure_says_the_reason_once_and_first(self):
        reason = "ERROR: driver failed: " + "x" * 900 + ": address already in use"
        self.write("fails", f"#!/bin/sh\necho 'preparing rows'\necho '{reason}'\nexit 3\n")
        os.chmod(os.path.join(self.dir, "fails"), 0o755)
        options = ", ".join(f'"--option-{number}"' for number in range(40))
        self.stack(command=f'"./fails", {options}')
        out, error = self.pawl("apply", "--auto-approve", exits=1)
        self.assertIn(f"The upgrade stopped at step 3 (step hello): {reason} (`fails` exited with 3)", error)
        run = out.split("run 1 begins", 1)[1]  # the plan before it shows the command
        self.assertEqual(1, (run + error).count("address already in use"))
        self.assertNotIn("--option-7", run + error)
        self.assertIn("What it printed last:\npreparing rows\n", error)
        self.assertIn("Every command of that step: pawl show 1 --step 3\n", error)
        self.assertIn("--option-39", self.pawl("show", "1", "--step", "3")[0])
        status, _ = self.pawl("status")
        self.assertIn(reason, status)

    def test_a_run_that_did_not_finish_is_named(self):
        self.stack(command='"false"')
        self.assertNotIn("unfinished_run", json.loads(self.pawl("plan", "--json")[0]))
        self.assertNotIn("unfinished_run", json.loads(self.pawl("drift", "--json")[0]))
        self.pawl("apply", "--auto-approve", exits=1)
        said = "Run 1 did not finish. To continue it: pawl apply --resume; to go back: pawl rollback\n"
        for command, exits in (("plan", 0), ("drift", 0)):
            with self.subTest(command):
                self.assertIn(said, self.pawl(command, exits=exits)[1])
                out, error = self.pawl(command, "--json", exits=exits)
                self.assertEqual((1, ""), (json.loads(out).get("unfinished_run"), error))
        refused = json.loads(self.pawl("plan", "--json", "--to", "9.9.9", exits=3)[0])
        self.assertEqual((True, 1), (refused["refused"], refused["unfinished_run"]))
        self.pawl("rollback", "--auto-approve")
        self.assertNotIn("unfinished_run", json.loads(self.pawl("plan", "--json")[0]))

    def gated(self, script, answers):
        self.stack()
        self.write("stack.pawl", self.read("stack.pawl") + 'gate idle { run = command("./jobs", "settled", within = 30s, every = 10ms, '
                   f"{answers}) }}\n")
        self.write("jobs", "#!/bin/sh\necho asked >> asked\n" + script)
        os.chmod(os.path.join(self.dir, "jobs"), 0o755)

    def test_a_program_is_asked_until_it_says_what_is_expected(self):
        self.gated("echo $((3 - $(wc -l < asked))) running\n", 'expect = "0 running"')
        out, _ = self.pawl("plan")
        self.assertIn("./jobs settled says \"0 running\"", out)
        self.pawl("apply", "--auto-approve")
        self.assertEqual("asked\n" * 3, self.read("asked"))

    def test_a_failed_exit_code_ends_the_wait_at_once(self):
        self.gated("echo 2 jobs are lost >&2\n[ $(wc -l < asked) = 1 ] && exit 77\nexit 3\n",
                   "codes = { 77 = again, 3 = failed }")
        began = time.monotonic()
        _, error = self.pawl("apply", "--auto-approve", exits=1)
        self.assertLess(time.monotonic() - began, 20)
        self.assertIn("it is not so that ./jobs settled succeeds, and asking again is of no use: 2 jobs are lost", error)
        self.assertEqual("asked\n" * 2, self.read("asked"))

    def test_a_step_that_is_silent_is_told_of(self):
        self.stack(command='"sleep", "9.5"')
        out, _ = self.pawl("apply", "--auto-approve")
        told = [line for line in out.splitlines() if " so far: " in line]
        self.assertEqual(1, len(told), out)
        self.assertRegex(told[0], r"^\d\d:\d\d:\d\d  \[3/4\] step hello: \d+s so far: running `sleep`, until \d\d:\d\d:\d\d at the latest$")

    def test_runs_belong_to_their_stack(self):
        self.stack("notes", file="notes.pawl")
        self.stack("shop", file="shop.pawl")
        self.pawl("apply", "--auto-approve", "--manifest", "notes.pawl")
        for command in ("status", "history"):
            self.assertIn("1.0.0 → 1.1.0", self.pawl(command, "--manifest", "notes.pawl")[0])
            out, _ = self.pawl(command, "--manifest", "shop.pawl")
            self.assertEqual("No run of shop has begun here; the newest one, run 1, is of notes.\n", out)
        self.assertEqual({"run": None}, json.loads(self.pawl("status", "--json", "--manifest", "shop.pawl")[0]))
        before = self.read("shop.env")
        _, error = self.pawl("rollback", "--auto-approve", "--manifest", "shop.pawl", exits=3)
        self.assertIn("no upgrade of shop has run here", error)
        _, error = self.pawl("rollback", "1", "--auto-approve", "--manifest", "shop.pawl", exits=3)
        self.assertIn("Run 1 is of the stack notes", error)
        self.assertEqual(before, self.read("shop.env"))
        _, error = self.pawl("apply", "--resume", "--manifest", "shop.pawl", exits=3)
        self.assertIn("no run of shop is unfinished", error)

    def test_the_next_command_names_the_manifest(self):
        self.stack("notes", '"false"', "notes.pawl")
        _, error = self.pawl("apply", "--auto-approve", "--manifest", "notes.pawl", exits=1)
        self.assertRegex(error.splitlines()[-1], r"^Next: pawl .* --manifest notes\.pawl$")
        self.assertIn("pawl show 1 --step 3 --manifest notes.pawl", error)
        out, _ = self.pawl("status", "--manifest", "notes.pawl")
        self.assertRegex(out.splitlines()[-1], r"^Next: pawl .* --manifest notes\.pawl$")


class Engines(Case):
    """An engine that is there and does not let itself be used."""

    def docker(self, script):
        self.write("bin/docker", "#!/bin/sh\n" + script)
        os.chmod(os.path.join(self.dir, "bin/docker"), 0o755)
        self.write("docker-compose.yml", "services:\n  api:\n    image: shop:${SHOP_VERSION}\n")
        self.write(".env", "SHOP_VERSION=1.0.0\n")
        self.write("stack.pawl", 'stack shop { version = 1.1.0 }\ncompose { files = ["docker-compose.yml"], pin = env(".env", "SHOP_VERSION") }\n'
                                 "service api { role = api }\n")
        return {"PATH": os.path.join(self.dir, "bin") + ":" + os.environ["PATH"]}

    def test_a_docker_that_refuses_is_the_error(self):
        denied = "permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock"
        env = self.docker(f'[ "$1" = --version ] && {{ echo Docker version 20.10.24; exit 0; }}\necho "{denied}" >&2\nexit 1\n')
        for command in ("plan", "observe", "drift", "apply"):
            out, error = self.pawl(command, exits=1 if command == "observe" else 3, env=env)
            self.assertIn(denied, error)
            self.assertIn("usermod -aG docker", error)
            self.assertNotIn("instances", out + error)

    def compose(self, answer):
        """A docker whose Compose says `answer` of any files, and notes what it was asked."""
        return self.docker(f'[ "$1 $2" = "compose version" ] && {{ echo 2.40.3; exit 0; }}\n[ "$1" = compose ] || exit 1\n'
                           f"echo \"$@\" > asked\ncat <<'END'\n{json.dumps(answer)}\nEND\n")

    API = {"image": "shop:1.0.0", "command": None, "entrypoint": None}

    def reading(self, **of_api):
        return {"name": "shop", "services": {"api": {**self.API, **of_api}}}

    def test_cross_check_agrees(self):
        out, error = self.pawl("validate", "--cross-check", env=self.compose(self.reading()))
        self.assertIn("The Compose files are read as docker compose 2.40.3 reads them.\n", out)
        self.assertEqual("", error)
        name = os.path.basename(self.dir).lower()
        self.assertEqual(f"compose -p {name} -f docker-compose.yml config --format json\n", self.read("asked"))

    def test_cross_check_tells_each_difference(self):
        env = self.compose(self.reading(image="shop:2.0.0", environment={"TOKEN": "hidden"}, command=["serve"],
                                        ports=[{"target": 80, "published": "8000", "protocol": "tcp"}],
                                        volumes=[{"type": "volume", "source": "data", "target": "/data"}],
                                        deploy={"replicas": 2})
                           | {"volumes": {"data": {"name": "shop_data"}}})
        _, error = self.pawl("validate", "--cross-check", exits=4, env=env)
        self.assertIn("error[read-differently]", error)
        self.assertIn("stack.pawl:2:1", error)
        for said in ("pawl reads image shop:1.0.0, docker compose says shop:2.0.0", 'command none, docker compose says ["serve"]',
                     "docker compose sets TOKEN in its environment, pawl does not", "ports none, docker compose says 8000 → 80/tcp",
                     "mounts none, docker compose says data:/data", "replicas 1, docker compose says 2"):
            self.assertIn(said, error)
        self.assertNotIn("hidden", error)
        found = json.loads(self.pawl("validate", "--cross-check", "--json", exits=4, env=env)[0])
        self.assertEqual((False, 6), (found["valid"], len(found["diagnostics"])))

    def test_cross_check_compares_the_services_themselves(self):
        _, error = self.pawl("validate", "--cross-check", exits=4,
                             env=self.compose({"name": "shop", "services": {"web": self.API}}))
        self.assertIn("service api: pawl reads it, docker compose has no such service", error)
        self.assertIn("service web: docker compose has it, pawl reads no such service", error)

    def test_cross_check_tells_that_compose_refuses(self):
        env = self.docker('[ "$2" = version ] && { echo 2.40.3; exit 0; }\necho "services.api is odd" >&2\nexit 15\n')
        _, error = self.pawl("validate", "--cross-check", exits=4, env=env)
        self.assertIn("pawl reads these files, and docker compose refuses them: services.api is odd", error)

    def test_cross_check_without_compose_fails(self):
        env = self.docker("exit 1\n")
        self.write("bin/docker-compose", "#!/bin/sh\nexit 1\n")
        os.chmod(os.path.join(self.dir, "bin/docker-compose"), 0o755)
        _, error = self.pawl("validate", "--cross-check", exits=1, env=env)
        self.assertIn("neither `docker compose` nor `docker-compose`", error)
        self.pawl("validate", env=env)

    def test_cross_check_without_a_deployment_on_compose(self):
        self.write("stack.pawl", MANIFEST)
        self.assertIn("No deployment here runs on Compose", self.pawl("validate", "--cross-check")[0])

    @unittest.skipIf(shutil.which("docker-compose") is None, "docker-compose is not installed")
    def test_cross_check_with_the_compose_that_is_installed(self):
        self.write("docker-compose.yml", """\
version: "3.8"
services:
  api:
    image: shop:${SHOP_VERSION}
    command: serve --port 8000 "two words"
    environment: [LEVEL=info, 'PRICE=5$$']
    env_file: api.env
    ports: ["127.0.0.1:8000:80", "9000-9001:9000-9001/udp", "443"]
    volumes: ["./data:/data:ro", "cache:/cache", "/var/empty:/empty", "../side:/side"]
    deploy: { replicas: 2 }
  mail:
    image: mail:1
    profiles: [mail]
  idle:
    image: idle:1
    profiles: [idle]
volumes: { cache: }
""")
        self.write("api.env", "COLOUR=red\n")
        self.write(".env", "SHOP_VERSION=1.0.0\n")
        self.write("stack.pawl", 'stack shop { version = 1.1.0 }\n'
                   'compose { files = ["docker-compose.yml"], profiles = ["mail"], pin = env(".env", "SHOP_VERSION") }\n'
                   "service api { role = api }\n")
        out, _ = self.pawl("validate", "--cross-check")
        self.assertRegex(out, r"The Compose files are read as docker.compose [0-9.]+ reads them\.")

    def test_a_docker_that_does_not_answer_is_told_of(self):
        env = self.docker('[ "$1" = --version ] || sleep 8.5\necho Docker version 20.10.24\nexit 1\n')
        _, error = self.pawl("plan", exits=3, env=env)
        self.assertIn("Waiting for the answer of `docker version`, 8 s so far.", error)


class Simulate(Case):
    """What a failure or a crash would leave behind, told without an engine and without touching anything."""

    def setUp(self):
        super().setUp()
        for name in ("stack.pawl", "releases.pawl"):
            shutil.copy(os.path.join(EXAMPLE, name), self.dir)
        shutil.copytree(os.path.join(EXAMPLE, "config"), os.path.join(self.dir, "config"))
        self.write(".env", "PIPRIO_VERSION=1.4.0\n")
        for version in ("1.4.0", "1.5.0"):
            self.write(f"releases/{version}/VERSION", version)
        self.pawl("observe", "--out", "seen.json")
        snapshot = json.loads(self.read("seen.json"))
        for service in snapshot["services"]:
            service["health"] = "healthy"
            service.pop("detail", None)
            own = "7" if service["service"] == "proxy" else "1.4.0"
            service["instances"] = [
                {"id": f"{100 + n}:1", "label": f"{service['service']} {n}", "number": n, "version": own, "health": "healthy"}
                for n in range(1, service["expected"] + 1)]
        for database in snapshot["databases"]:
            database["reachable"] = True
            database.pop("detail", None)
        snapshot["free_bytes"] = 1 << 40
        self.write("now.json", json.dumps(snapshot))
        self.pawl("plan", "--to", "1.5.0", "--snapshot", "now.json", "--out", "next.pawlplan")
        os.unlink(os.path.join(self.dir, "stack.pawl"))  # a saved plan is enough
        self.before = self.files()

    def files(self):
        found = {}
        for folder, _, names in os.walk(self.dir):
            for name in names:
                path = os.path.join(folder, name)
                with open(path, "rb") as file:
                    found[path] = file.read()
        return found

    def step(self, title):
        plan, _ = self.pawl("show", "next.pawlplan")
        line = next(line for line in plan.splitlines() if title in line)
        return line.split()[0]

    def tearDown(self):
        self.assertEqual(self.before, self.files(), "a simulation must leave everything as it is")

    def test_every_point(self):
        out, _ = self.pawl("simulate", "next.pawlplan", "--all")
        if os.environ.get("PAWL_ACCEPT"):
            with open(GOLDEN, "w", encoding="utf-8") as file:
                file.write(out)
        with open(GOLDEN, encoding="utf-8") as file:
            self.assertEqual(file.read(), out, "PAWL_ACCEPT=1 accepts the new text")

    def test_failure(self):
        out, _ = self.pawl("simulate", "next.pawlplan", "--fail", self.step("replace   worker 2"))
        self.assertIn("worker: 1 in 1.4.0, 1 in 1.5.0, 1 out", out)
        self.assertIn("main: as in 1.5.0", out)
        self.assertIn("restore, switch back", out)
        self.assertIn("then type  pawl", out)
        self.assertIn("going on succeeds", out)

    def test_crash_is_resumed(self):
        out, _ = self.pawl("simulate", "next.pawlplan", "--crash", self.step("replace   api"))
        self.assertIn("main: between 1.4.0 and 1.5.0", out)
        self.assertIn("done again", out)
        self.assertIn("The resumed run succeeded", out)
        self.assertIn("worker: 3 in 1.5.0", out)

    def test_for_programs(self):
        out, _ = self.pawl("simulate", "next.pawlplan", "--all", "--json")
        points = [json.loads(line) for line in out.splitlines()]
        self.assertEqual({"fail", "crash"}, {point["fault"] for point in points})
        for point in points:
            self.assertEqual("succeeded", point["resumed"], point)
            self.assertEqual("1.5.0", point["finally"]["pin"])
            self.assertEqual(["1.5.0"] * 3, [each["version"] for each in point["finally"]["services"]["worker"]])
        first = next(point for point in points if point["fault"] == "fail")
        self.assertEqual("nothing to undo", first["recovery"])
        self.assertEqual("1.4.0", first["left"]["pin"])

    def test_undisturbed(self):
        out, _ = self.pawl("simulate", "next.pawlplan")
        self.assertIn("Undisturbed, the run succeeded", out)

    def test_wrong_usage(self):
        self.pawl("simulate", "next.pawlplan", "--fail", "99", exits=4)
        self.pawl("simulate", "next.pawlplan", "--fail", "1", "--all", exits=4)
        self.pawl("simulate", "next.pawlplan", "--to", "1.5.0", exits=4)
        self.pawl("simulate", "nowhere.pawlplan", exits=4)
        self.pawl("simulate", exits=4)  # no manifest here any more


if __name__ == "__main__":
    unittest.main()
