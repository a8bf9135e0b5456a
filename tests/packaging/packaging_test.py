#!/usr/bin/env python3
"""What is installed, and what the package asks for. usage: packaging_test.py PAWL BUILD [unittest options]"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

PAWL = os.path.abspath(sys.argv.pop(1))
BUILD = os.path.abspath(sys.argv.pop(1))
SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")


def run(*command, **options):
    return subprocess.run(command, check=True, capture_output=True, text=True, **options).stdout


def needs(program):
    return unittest.skipUnless(shutil.which(program), f"{program} is not installed")


class Installed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.prefix = tempfile.mkdtemp(prefix="pawl-install-")
        cls.addClassCleanup(shutil.rmtree, cls.prefix)
        run("cmake", "--install", BUILD, "--prefix", cls.prefix)

    def file(self, name):
        with open(os.path.join(self.prefix, name), encoding="utf-8") as file:
            return file.read()

    def test_program(self):
        self.assertIn("pawl ", run(os.path.join(self.prefix, "bin/pawl"), "version"))

    def test_nothing_else_is_a_program(self):
        self.assertEqual(["pawl"], os.listdir(os.path.join(self.prefix, "bin")))
        self.assertEqual({"bin", "share"}, set(os.listdir(self.prefix)))

    def test_completions_are_what_pawl_prints(self):
        for shell, place in (("bash", "bash-completion/completions/pawl"), ("zsh", "zsh/vendor-completions/_pawl"),
                             ("fish", "fish/vendor_completions.d/pawl.fish")):
            self.assertEqual(run(PAWL, "completion", shell), self.file("share/" + place))

    def test_docs(self):
        for name in ("NOTICE", "LICENSE", "docs/cli.md", "examples/piprio-local/stack.pawl"):
            self.assertTrue(self.file("share/doc/pawl/" + name))
        example = os.path.join(self.prefix, "share/doc/pawl/examples/piprio-local")
        run(PAWL, "-C", example, "validate")
        run(PAWL, "-C", example, "fmt", "--check")

    def test_notice_names_what_is_linked(self):
        with open(PAWL, "rb") as file:
            program = file.read()
        notice = self.file("share/doc/pawl/NOTICE")
        for sign, name in ((b"antlr4", "ANTLR"), (b"YAML", "yaml-cpp"), (b"SQLite format 3", "SQLite"), (b"SQLiteCpp", "SQLiteCpp"),
                           (b"nlohmann", "JSON for Modern C++"), (b"CLI11_", "CLI11")):
            if sign in program:
                self.assertIn(name, notice)

    @needs("groff")
    def test_manual_pages_are_clean(self):
        for page, begin in (("man1/pawl.1", "pawl - upgrades"), ("man5/pawl-manifest.5", "pawl-manifest - the language")):
            path = os.path.join(self.prefix, "share/man", page)
            done = subprocess.run(["groff", "-man", "-Tutf8", "-ww", "-P-c", "-rLL=100n", path], capture_output=True, text=True, check=True)
            self.assertEqual("", done.stderr, page)
            shown = re.sub(r".\x08", "", done.stdout)
            self.assertIn(begin, shown)
            self.assertNotRegex(shown, r"\*\*|```|\]\(", "Markdown that was not understood")


class Package(unittest.TestCase):
    @needs("dpkg-query")
    def test_what_is_opened_late_is_depended_on(self):
        with open(PAWL, "rb") as file:
            late = {name.decode() for name in re.findall(rb"lib(?:[a-z0-9]+)\.so\.[0-9][0-9.]*(?=\0)", file.read())}
        late -= {"libc.so.6", "libm.so.6"}
        self.assertEqual({"libcurl", "libgit2", "libarchive"}, {name.split(".")[0] for name in late})
        with open(os.path.join(BUILD, "CPackConfig.cmake"), encoding="utf-8") as file:
            depends = re.search(r'CPACK_DEBIAN_PACKAGE_DEPENDS "([^"]*)"', file.read())[1]
        names = {each.split(" ")[0] for each in depends.split(", ")}
        for soname in late:
            packages = {line.split(":")[0] for line in run("dpkg-query", "--search", f"*/{soname}").splitlines()}
            self.assertTrue(packages & names, f"{soname} is in {packages}, the package depends on: {depends}")
        needed = set(re.findall(r"NEEDED.*\[(.*)\]", run("readelf", "-d", PAWL)))
        self.assertLessEqual(needed, {"libc.so.6", "libm.so.6", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"},
                             "a library that the package does not depend on")


class Hardened(unittest.TestCase):
    @needs("readelf")
    def test_program_file(self):
        self.assertRegex(run("readelf", "-h", PAWL), r"Type: +DYN")
        self.assertIn("GNU_RELRO", run("readelf", "-lW", PAWL))
        flags = run("readelf", "-d", PAWL)
        self.assertRegex(flags, r"FLAGS_1\).*NOW.*PIE")
        self.assertNotRegex(run("readelf", "-lW", PAWL), r"GNU_STACK.* RWE")

    @needs("readelf")
    def test_checks_of_the_compiler(self):
        symbols = run("readelf", "-W", "--dyn-syms", PAWL)
        self.assertIn("__stack_chk_fail", symbols)
        self.assertRegex(symbols, r"__(memcpy|read|snprintf|vsnprintf|memmove|strcpy|fprintf)_chk")

    @needs("objdump")
    def test_targets_of_indirect_jumps_are_marked(self):
        if os.uname().machine != "x86_64":
            self.skipTest("a feature of x86")
        self.assertIn("endbr64", run("objdump", "-d", "--no-show-raw-insn", "--disassemble=main", PAWL))


if __name__ == "__main__":
    unittest.main()
