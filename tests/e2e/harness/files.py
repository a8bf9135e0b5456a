"""A folder as it is, byte for byte, and what differs between two looks."""

import hashlib
import os
import stat

from .check import check_equal

NOT_OURS = (".pawl", "events", "run")  # pawl's own records, the application's, logs and pid files


class Folder:
    """What has a `folder`: the files in it, by their names there."""

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def read(self, name):
        with open(self.path(name), encoding="utf-8") as file:
            return file.read()

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)

    def edit(self, name, old, new):
        """Replaces the one place where `old` stands."""
        text = self.read(name)
        check_equal(text.count(old), 1, f"places of {old!r} in {name}")
        self.write(name, text.replace(old, new))


def picture(folder, without=NOT_OURS):
    """{path: (kind, mode, owner, content's hash)} of everything below `folder` except the top-level names `without`."""
    seen = {}
    for place, folders, files in os.walk(folder):
        if place == folder:
            folders[:] = [name for name in folders if name not in without]
            files = [name for name in files if name not in without]
        for name in folders + files:
            path = os.path.join(place, name)
            seen[os.path.relpath(path, folder)] = _entry(path)
    return seen


def _entry(path):
    status = os.lstat(path)
    mode, owner = stat.S_IMODE(status.st_mode), (status.st_uid, status.st_gid)
    if stat.S_ISLNK(status.st_mode):
        return ("link", mode, owner, os.readlink(path))
    if stat.S_ISREG(status.st_mode):
        with open(path, "rb") as file:
            return ("file", mode, owner, hashlib.sha256(file.read()).hexdigest())
    return ("folder" if stat.S_ISDIR(status.st_mode) else "other", mode, owner, "")


def differences(before, after):
    """One line a path that appeared, vanished or changed."""
    lines = [f"{path} vanished" for path in sorted(before.keys() - after.keys())]
    lines += [f"{path} appeared" for path in sorted(after.keys() - before.keys())]
    lines += [f"{path} changed: {before[path]} → {after[path]}"
              for path in sorted(before.keys() & after.keys()) if before[path] != after[path]]
    return lines


def all_text(folder):
    """(path, bytes) of every regular file below `folder`: to look for what must not be there."""
    for place, _, files in os.walk(folder):
        for name in files:
            path = os.path.join(place, name)
            if os.path.isfile(path) and not os.path.islink(path):
                with open(path, "rb") as file:
                    yield path, file.read()
