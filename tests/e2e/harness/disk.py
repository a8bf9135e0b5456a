"""A small disk of its own for one folder, and how to fill it."""

import os

from . import processes
from .check import Skip


def small(t, folder, size="2m"):
    """Mounts a file system of that size on the new folder; it is unmounted when the case ends."""
    os.makedirs(folder)
    mounted = processes.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "pawl-e2e", folder])
    if mounted.code != 0:
        raise Skip("a file system of its own for the journal needs the right to mount one: run as root")
    t.cleanup(lambda: processes.run(["umount", "--lazy", folder]).expect(0))


def fill(folder):
    """Every free byte of that disk, in one file whose path is returned."""
    path = os.path.join(folder, "filler")
    with open(path, "wb", buffering=0) as file:
        for size in (65536, 4096, 1):
            try:
                while True:
                    file.write(b"\0" * size)
            except OSError:
                pass
    return path
