"""A socket in front of the Docker daemon's own, so that the engine can be out of reach for a while, for one stack only."""

import os
import selectors
import socket
import threading

DAEMON = "/var/run/docker.sock"


class Relay:
    """Passes on what comes to `path` until it is cut; `join` puts it back. Give programs `environment`."""

    def __init__(self, path):
        self.path, self._listener, self._open = path, None, set()
        self.environment = {"DOCKER_HOST": f"unix://{path}"}
        self.join()

    def join(self):
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(self.path)
        self._listener.listen(64)
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def cut(self):
        """Nobody listens any more, and what was connected is closed."""
        os.remove(self.path)
        _close(self._listener)
        for each in list(self._open):
            _close(each)

    def _accept(self, listener):
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client):
        daemon = socket.socket(socket.AF_UNIX)
        pair = {client: daemon, daemon: client}
        self._open |= pair.keys()
        try:
            daemon.connect(DAEMON)
            with selectors.DefaultSelector() as ready:
                for each in pair:
                    ready.register(each, selectors.EVENT_READ)
                while ready.get_map():
                    for key, _ in ready.select():
                        self._pass_on(key.fileobj, pair[key.fileobj], ready)
        except OSError:
            pass  # cut, or one side went away
        finally:
            self._open -= pair.keys()
            client.close()
            daemon.close()

    @staticmethod
    def _pass_on(source, target, ready):
        data = source.recv(65536)
        if data:
            target.sendall(data)
        else:  # half closed: an attached program's input has ended, its output goes on
            ready.unregister(source)
            target.shutdown(socket.SHUT_WR)


def _close(one):
    try:
        one.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    one.close()
