#!/usr/bin/env python3
"""What a shell offers while a command line of pawl is typed. usage: completion_test.py PAWL [unittest options]"""

import os
import re
import shutil
import subprocess
import unittest

from cli_test import COMMAND_ONLY, EXAMPLE, PAWL, Case

GATED = """
gate window { ask = "The users know." }
variable domain { description = "public name", default = "x.example" }
release 1.1.0 {}
"""


class Completing(Case):
    def complete(self, *words):
        out, error = self.pawl("complete", *words)
        self.assertEqual("", error)
        return out.splitlines()

    def words(self, *words):
        return [line.split("\t")[0] for line in self.complete(*words)]

    def stack(self, more=""):
        self.write("stack.pawl", COMMAND_ONLY + more)
        self.write(".env", "SHOP_VERSION=1.0.0\n")
        for version in ("1.0.0", "1.1.0"):
            self.write(f"releases/{version}/VERSION", version)


class Words(Completing):
    """What the description of the command line says."""

    def test_commands(self):
        self.assertEqual(["plan"], self.words("pl"))
        self.assertIn("restore\tPut a bundle back, in the version it was taken in", self.complete(""))
        self.assertNotIn("complete", self.words(""))
        self.assertEqual([], self.words("plon", ""))

    def test_every_command_and_option_of_the_help(self):
        commands = re.findall(r"^  (\w+) +\S", self.pawl("--help")[0].split("Subcommands:")[1], re.MULTILINE)
        self.assertEqual(sorted(commands), sorted(self.words("")))
        for command in commands:
            options = re.findall(r"(?:^  |,)(--[\w-]+)", self.pawl(command, "--help")[0], re.MULTILINE)
            self.assertEqual(sorted(set(options)), sorted(self.words(command, "--")), command)

    def test_options_before_the_command(self):
        self.assertEqual(["--manifest"], self.words("--man"))
        self.assertEqual(["plan"], self.words("--json", "--manifest", "x", "pl"))

    def test_values(self):
        self.assertEqual(["text", "json"], self.words("plan", "--format", ""))
        self.assertEqual(["json"], self.words("plan", "--format", "j"))
        self.assertEqual(["--format=json"], self.words("plan", "--format=j"))
        self.assertEqual(["json"], self.words("plan", "--format", "=", "j"), "bash takes words apart at =")
        self.assertEqual(["text", "json"], self.words("plan", "--format", "="))
        self.assertEqual(["ast", "stack", "plan", "journal"], self.words("debug", ""))
        self.assertEqual([], self.words("plan", "--at", ""))

    def test_files_are_the_shells(self):
        self.assertEqual([":files"], self.words("plan", "--out", ""))
        self.assertEqual([":files"], self.words("fmt", "a.pawl", ""))
        self.assertEqual([":folders"], self.words("-C", ""))


class Found(Completing):
    """What only the files of a deployment say."""

    def test_plans_and_steps(self):
        self.stack()
        self.pawl("plan", "--out", "next.pawlplan")
        self.assertEqual(["next.pawlplan"], self.words("apply", "n"))
        self.assertIn("releases/", self.words("simulate", ""))
        self.write("sub/other.pawlplan", "")
        self.assertEqual(["sub/other.pawlplan"], self.words("show", "sub/"))
        self.assertEqual(["sub/"], self.words("show", "su"))
        steps = self.complete("simulate", "next.pawlplan", "--fail", "")
        self.assertEqual("1", steps[0].split("\t")[0])
        self.assertTrue(any("hello" in step for step in steps), steps)
        self.assertEqual(steps, self.complete("show", "next.pawlplan", "--step", ""))

    def test_runs(self):
        self.stack()
        self.pawl("apply", "--auto-approve")
        self.assertEqual(["1\tupgrade 1.0.0 → 1.1.0, succeeded"], self.complete("rollback", ""))
        self.assertIn("1", self.words("show", ""))
        self.assertIn("hello", "".join(self.complete("show", "1", "--step", "")))
        self.assertEqual(["1"], self.words("debug", "journal", ""))
        os.mkdir(os.path.join(self.dir, "elsewhere"))
        self.assertEqual([], self.words("-C", "elsewhere", "rollback", ""))

    def test_names_of_the_manifest(self):
        self.stack(GATED)
        self.assertEqual(["window\tgate"], self.complete("apply", "--yes", ""))
        self.assertEqual(["domain="], self.words("plan", "--var", ""))
        self.assertEqual(["1.1.0"], self.words("plan", "--to", ""))
        os.rename(os.path.join(self.dir, "stack.pawl"), os.path.join(self.dir, "other.pawl"))
        self.assertEqual(["window"], self.words("--manifest", "other.pawl", "apply", "--yes", ""))

    def test_bundles(self):
        for name in ("stack.pawl", "releases.pawl"):
            shutil.copy(os.path.join(EXAMPLE, name), self.dir)
        self.write("backups/piprio-1.4.0-1/bundle.json", "{}")
        self.write("backups/piprio-1.5.0-2/bundle.json", "{}")
        os.makedirs(os.path.join(self.dir, "backups/piprio-1.5.0-3"))  # unfinished
        os.makedirs(os.path.join(self.dir, "backups/other-1.5.0-2"))
        self.assertEqual(["piprio-1.5.0-2", "piprio-1.4.0-1"], self.words("restore", ""))
        self.assertEqual(["piprio-1.4.0-1"], self.words("drill", "piprio-1.4"))

    def test_silent_about_what_is_wrong(self):
        for broken in ("", "stack {{{", "\0"):
            self.write("stack.pawl", broken)
            self.write(".pawl/state.db", "not a database")
            self.write("bad.pawlplan", "{")
            for words in (["rollback", ""], ["restore", ""], ["show", "bad.pawlplan", "--step", ""], ["apply", "--yes", ""],
                          ["-C", "nowhere", "rollback", ""], ["simulate", "nowhere.pawlplan", "--fail", ""]):
                self.assertEqual([], self.complete(*words))

    def test_looking_changes_nothing(self):
        self.stack(GATED)
        self.pawl("apply", "--auto-approve", "--yes", "window")
        before = {path: os.stat(path).st_mtime_ns for path in self.files()}
        for words in (["rollback", ""], ["restore", ""], ["plan", "--to", ""], ["apply", "--yes", ""], ["apply", ""]):
            self.complete(*words)
        self.assertEqual(before, {path: os.stat(path).st_mtime_ns for path in self.files()})

    def files(self):
        return [os.path.join(folder, name) for folder, _, names in os.walk(self.dir) for name in names]


class Shells(Completing):
    """The scripts in the shells that they are for."""

    def shell(self, name, program, *arguments):
        if not shutil.which(name):
            self.skipTest(f"{name} is not installed")
        environment = dict(os.environ, PATH=os.path.dirname(PAWL) + os.pathsep + os.environ["PATH"], HOME=self.dir)
        done = subprocess.run([name, *arguments, "-c", program], cwd=self.dir, capture_output=True, text=True, timeout=60,
                              stdin=subprocess.DEVNULL, env=environment)
        self.assertEqual("", done.stderr)
        self.assertEqual(0, done.returncode)
        return done.stdout.splitlines()

    def bash(self, *words):
        quoted = " ".join(f"'{word}'" for word in words)
        return self.shell("bash", f"source <(pawl completion bash); complete -p pawl >/dev/null; COMP_WORDS=(pawl {quoted}); "
                          f"COMP_CWORD={len(words)}; _pawl pawl; printf '%s\\n' \"${{COMPREPLY[@]}}\"")

    def test_bash(self):
        self.write("a file.txt", "")
        self.assertEqual(["plan"], self.bash("pl"))
        self.assertEqual(["text", "json"], self.bash("plan", "--format", "="))
        self.assertEqual(["json"], self.bash("plan", "--format", "=", "j"))
        self.assertEqual(["a file.txt"], self.bash("plan", "--out", "a"))
        self.stack(GATED)
        self.assertEqual(["domain="], self.bash("plan", "--var", "d"))

    def test_zsh(self):
        self.stack(GATED)
        # Outside a line editor there is no compadd; what the function hands over is printed instead.
        stubs = """
            compdef() { :; }
            _describe() { print -l -- "${(@P)3}"; }
            compadd() { shift 3; print -l -- "$@"; }
            _files() { print -l files "$@"; }
            source <(pawl completion zsh)
            try() { words=(pawl "$@"); CURRENT=$#words; _pawl; }
            """
        self.assertEqual(["plan:Compile and show what an upgrade would do"], self.shell("zsh", stubs + "try pl", "-f"))
        self.assertEqual(["window:gate"], self.shell("zsh", stubs + "try apply --yes ''", "-f"))
        self.assertEqual(["domain="], self.shell("zsh", stubs + "try plan --var ''", "-f"))
        self.assertEqual(["--format=json"], self.shell("zsh", stubs + "try plan --format=j", "-f"))
        self.assertEqual(["files", "-/"], self.shell("zsh", stubs + "try -C ''", "-f"))

    def test_fish(self):
        self.stack(GATED)
        self.write("out.txt", "")
        def fish(line):
            return self.shell("fish", f"pawl completion fish | source; complete -C '{line}'", "--no-config")
        self.assertEqual(["plan\tCompile and show what an upgrade would do"], fish("pawl pl"))
        self.assertEqual(["window\tgate"], fish("pawl apply --yes "))
        self.assertEqual(["--format=json"], fish("pawl plan --format=j"))
        self.assertEqual(["out.txt"], [each.split("\t")[0] for each in fish("pawl plan --out ou")])


if __name__ == "__main__":
    unittest.main()
