"""Ports of the loopback that no other runner hands out at the same time."""

import fcntl
import os
import random
import socket
import tempfile

_held = []  # open lock files: a port is ours until the runner ends


def free_port():
    """Below the range from which the kernel takes ports for outgoing connections."""
    folder = os.path.join(tempfile.gettempdir(), f"pawl-e2e-ports-{os.getuid()}")
    os.makedirs(folder, exist_ok=True)
    for port in random.sample(range(20000, 32000), 500):
        lock = open(os.path.join(folder, str(port)), "w", encoding="ascii")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", port))
            _held.append(lock)
            return port
        except OSError:
            lock.close()
    raise RuntimeError("no free port between 20000 and 32000")
