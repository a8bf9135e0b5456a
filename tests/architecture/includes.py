#!/usr/bin/env python3
"""Which file may include what, and which may know engines: the picture of docs/architecture.md as a test.

    tests/architecture/includes.py [ROOT]

Reads every `#include` of lang/ planner/ providers/ executor/ cli/ below ROOT (default: this checkout) and prints each one that
the picture does not allow, with the reason. Exit code 1 when there is any. includes_test.py tests this file."""

import fnmatch
import os
import re
import sys

# Folder -> the folders it may include besides itself.
ARROWS = {
    "lang": set(),
    "planner": {"lang"},
    "providers": {"lang", "planner"},
    "executor": {"lang", "planner"},
    "cli": {"lang", "planner", "providers", "executor"},
}

# Room -> the rooms of its own folder that it may include besides itself. "." is what stands directly in the folder.
ROOMS = {
    "lang": {
        ".": {"check"},
        "check": {"."},
    },
    "planner": {
        "plan": set(),
        "file": {"plan"},
        "engine": {"plan", "file"},
        "scene": {"plan", "engine"},
        "bundle": {"plan", "file", "engine", "scene"},
        "pass": {"plan", "file", "engine", "scene", "bundle"},
        "proof": {"plan", "scene", "pass"},
        "plans": {"plan", "scene", "bundle", "pass", "proof"},
        ".": {"plan", "file", "engine", "scene", "bundle"},
    },
    "executor": {
        "system": set(),
        "record": set(),
        "ports": {"record"},
        "store": {"system", "record", "ports"},
        "instructions": {"system", "record", "ports"},
        ".": {"system", "record", "ports", "store", "instructions"},
    },
}

# Folder -> the rooms of another folder that it may see; all of them when it is not named here.
VISIBLE = {
    "executor": {"planner": {"plan", "file", "engine"}},
    "providers": {"planner": {"plan", "engine"}},
}

# Third-party header -> the only files it may stand in. A header that is not listed is not allowed anywhere: add it here,
# and say in docs/architecture.md what it is for.
THIRD_PARTY = {
    "tl/expected.hpp": ["lang/result.h"],
    "fmt/*": ["*.cc"],
    "nlohmann/*": ["*.cc"],
    "antlr4-runtime.h": ["lang/parse.cc"],
    "PawlLexer.h": ["lang/parse.cc"],
    "PawlParser.h": ["lang/parse.cc"],
    "boost/graph/*": ["planner/pass/graph.cc", "planner/pass/path*.cc"],
    "boost/*": [],
    "yaml-cpp/*": ["providers/compose/yaml.cc", "executor/instructions/yaml_edit.cc"],
    "git2.h": ["cli/git.cc"],
    "sqlite3.h": ["executor/store/sqlite_store.cc"],
    "SQLiteCpp/*": ["executor/store/sqlite_store.cc"],
    "pqxx/*": ["executor/store/postgres_store.cc"],
    "libpq-fe.h": ["executor/store/postgres_store.cc"],
    "curl/*": ["executor/instructions/http.cc"],
    "archive.h": ["executor/instructions/archive.cc", "executor/instructions/libarchive.*"],
    "archive_entry.h": ["executor/instructions/archive.cc", "executor/instructions/libarchive.*"],
    "openssl/*": ["planner/plan/hash.cc"],
    "CLI/*": ["cli/arguments.cc"],
}

# What touches the world. lang/, planner/ and providers/ are functions of values, with two exceptions: reading manifests, and
# looking up whether this machine knows a time zone. Of <filesystem> they use paths, which are values.
WORLD = ["fstream", "thread", "unistd.h", "fcntl.h", "spawn.h", "poll.h", "signal.h", "dirent.h", "fts.h", "netdb.h", "pwd.h",
         "dlfcn.h", "sys/*", "netinet/*", "arpa/*"]
PURE = ["lang", "planner", "providers"]
MAY_TOUCH_THE_WORLD = ["lang/disk_reader.cc", "lang/check/settings.cc"]

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
# What only the language and the providers may know: which engine a block is of, and its settings.
ENGINE = re.compile(r'\b(?:Compose|Helm|Systemd|Local|Plugin)Settings\b|\bkind\(\) [!=]= "')
KNOW_ENGINES = ["lang", "providers"]
FILESYSTEM = re.compile(r"\bfilesystem::(?!path\b)(\w+)")


def sources(root):
    for folder in ARROWS:
        for where, _, names in os.walk(os.path.join(root, folder)):
            for name in sorted(names):
                if name.endswith((".h", ".cc", ".def", ".inc")):
                    yield os.path.relpath(os.path.join(where, name), root)


def lines(root, path):
    with open(os.path.join(root, path), encoding="utf-8", errors="replace") as file:
        yield from enumerate(file, 1)


def any_match(text, patterns):
    return any(fnmatch.fnmatch(text, pattern) for pattern in patterns)


def third_party(path, header):
    """Why `path` may not include `header`; None when it may, or when the header is not third-party."""
    for pattern, files in THIRD_PARTY.items():
        if fnmatch.fnmatch(header, pattern):
            if any_match(path, files):
                return None
            return f"<{header}> is allowed only in {', '.join(files) or 'no file'}"
    return None


def is_standard(header):
    return "/" not in header and "." not in header or any_match(header, [*WORLD, "linux/*", "limits.h", "time.h", "errno.h"])


def system_include(path, header):
    if any_match(header, THIRD_PARTY):
        return third_party(path, header)
    if not is_standard(header):
        return f"<{header}> is not a known third-party header: name the files it may stand in"
    if is_pure(path) and any_match(header, WORLD):
        return f"<{header}> touches the world, and {path.split('/')[0]}/ is made of functions of values"
    return None


def is_pure(path):
    return path.split("/")[0] in PURE and path not in MAY_TOUCH_THE_WORLD


def own_include(path, header):
    if any_match(header, THIRD_PARTY):
        return third_party(path, header)
    here, there = path.split("/")[0], header.split("/")[0]
    if there not in ARROWS:
        return f'"{header}" is not written from the root of the project'
    if there != here and there not in ARROWS[here]:
        return f"{here}/ may not include {there}/"
    if here == there == "providers":
        return between_providers(path, header)
    return between_rooms(path, header)


def room_of(path):
    parts = path.split("/")
    return parts[1] if len(parts) > 2 else "."


def named(folder, room):
    return folder + "/" if room == "." else f"{folder}/{room}/"


def between_rooms(path, header):
    """Inside a folder the picture of its rooms counts; from outside, which of its rooms may be seen."""
    here, there = path.split("/")[0], header.split("/")[0]
    mine, other = room_of(path), room_of(header)
    if here != there:
        visible = VISIBLE.get(here, {}).get(there)
        if visible is not None and other not in visible:
            return f"{here}/ may see of {there}/ only {', '.join(sorted(visible))}, not {named(there, other)}"
        return None
    if mine == other or here not in ROOMS:
        return None
    if mine not in ROOMS[here]:
        return f"{named(here, mine)} is not a room of the picture: add it to ROOMS and to docs/architecture.md"
    if other not in ROOMS[here][mine]:
        return f"{named(here, mine)} may not include {named(here, other)}"
    return None


def between_providers(path, header):
    """One engine knows nothing of another; the list of all of them stands directly in providers/."""
    mine, other = path.split("/")[1:-1], header.split("/")[1:-1]
    if mine and other and mine[0] != other[0]:
        return f"providers/{mine[0]}/ may not include providers/{other[0]}/"
    if mine and not other:
        return f"providers/{mine[0]}/ may not include the list of all providers"
    return None


def wrong(path, line):
    """Why this line is not allowed; None when it is."""
    engine = ENGINE.search(line) if path.split("/")[0] not in KNOW_ENGINES else None
    if engine:
        return f"{engine.group(0)} names an engine; outside {' and '.join(KNOW_ENGINES)} ask for a trait (planner/engine/provider.h)"
    include = INCLUDE.match(line)
    if include:
        return (system_include if include.group(1) == "<" else own_include)(path, include.group(2))
    used = FILESYSTEM.search(line) if is_pure(path) else None
    return f"filesystem::{used.group(1)} touches the world; use only filesystem::path here" if used else None


def violations(root):
    for path in sources(root):
        for number, line in lines(root, path):
            why = wrong(path, line)
            if why:
                yield f"{path}:{number}: {why}"


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
    missing = [folder for folder in ARROWS if not os.path.isdir(os.path.join(root, folder))]
    if missing:
        sys.exit(f"includes.py: no folder {missing[0]}/ in {root}")
    found = list(violations(root))
    print("\n".join(found) if found else f"{sum(1 for _ in sources(root))} files, every include is in the picture")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
