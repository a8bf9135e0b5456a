"""A bundle that would not restore is refused before anything is touched, and each kind of damage is named."""

import json
import os
import shutil

from harness import restore
from harness.check import check_contains, check_equal

NEEDS = ["demo"]


def run(t):
    stack = t.local(PIPRIO_MIGRATION_MS=60)
    restore.prepare(stack)
    stack.up("1.4.0")
    restore.write_data(stack, "bundle", 200)
    stack.pawl.run("backup", "--auto-approve").expect(0)
    bundle = json.loads(stack.pawl.run("backups", "--json").expect(0).out)[0]["name"]
    restore.write_data(stack, "later", 150)

    refused(stack, "piprio-1.4.0-20200101-000000", "there is no such bundle")
    with_copy(stack, bundle, truncate, "main.sql is truncated")
    with_copy(stack, bundle, grow, "objects.tar.zst has grown since")
    with_copy(stack, bundle, without("main.sql"), "main.sql is missing")
    with_copy(stack, bundle, without("bundle.json"), "no bundle.json")
    with_copy(stack, bundle, described(stack="evose"), "a bundle of stack evose, not of piprio")
    with_copy(stack, bundle, described(format=1), "made by an older pawl")
    with_copy(stack, bundle, described(format=3), "made by a newer pawl")
    with_copy(stack, bundle, corrupt, "main.sql is corrupted")  # found by reading every byte
    half_written(stack, bundle)

    stack.pawl.run("restore", bundle, "--auto-approve").expect(0)
    check_equal(restore.data(stack), ("bundle", 200), "the whole bundle restores")


def refused(stack, name, why):
    lives = stack.lives()
    for command in "restore", "drill":
        done = stack.pawl.run(command, name, "--auto-approve").expect(3)
        check_contains(done.text, why, f"the refusal of {command}")
    check_equal(stack.lives(), lives, "processes after a refused restore")
    check_equal(restore.data(stack), ("later", 150), "data after a refused restore")
    check_equal(restore.leftovers(stack), [], "what a refused restore leaves behind")


def with_copy(stack, bundle, damage, why):
    copy = bundle[:-6] + "000000"
    shutil.copytree(stack.path("backups", bundle), stack.path("backups", copy))
    damage(stack.path("backups", copy))
    refused(stack, copy, why)
    listed = stack.pawl.run("backups", "--verify", "--json").expect(0).out
    found = [one for one in json.loads(listed) if one["name"] == copy]
    check_equal([one["whole"] for one in found], [False], "whole, in the list of bundles")
    check_contains(found[0]["why"], why.partition(",")[0], "the reason in the list of bundles")
    shutil.rmtree(stack.path("backups", copy))


def half_written(stack, bundle):
    partial = stack.path("backups", "piprio-1.4.0-20210101-000000.partial")
    shutil.copytree(stack.path("backups", bundle), partial)
    os.remove(os.path.join(partial, "bundle.json"))
    refused(stack, "piprio-1.4.0-20210101-000000", "half written")
    shutil.rmtree(partial)


def truncate(folder):
    path = os.path.join(folder, "main.sql")
    os.truncate(path, os.path.getsize(path) - 1)


def grow(folder):
    with open(os.path.join(folder, "objects.tar.zst"), "ab") as file:
        file.write(b"x")


def corrupt(folder):
    with open(os.path.join(folder, "main.sql"), "r+b") as file:
        file.seek(40)
        byte = file.read(1)
        file.seek(40)
        file.write(bytes([byte[0] ^ 1]))


def without(name):
    return lambda folder: os.remove(os.path.join(folder, name))


def described(**members):
    def damage(folder):
        path = os.path.join(folder, "bundle.json")
        with open(path, encoding="utf-8") as file:
            description = json.load(file)
        with open(path, "w", encoding="utf-8") as file:
            json.dump({**description, **members}, file)
    return damage
