"""An SSH server of a case's own on loopback, which lets this user in with a key of the case."""

import os
import shutil
import subprocess

from . import processes
from .ports import free_port


class Sshd:
    """Programs that find `ssh` in `tools` reach it as `target`; nobody's own configuration is read."""

    def __init__(self, test):
        self.folder, self.tools = test.folder("sshd"), test.folder("ssh-tools")
        self.port = free_port()
        self.target = f"root@127.0.0.1:{self.port}"
        for name in ("host", "user"):
            processes.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.path(name)]).expect(0)
        shutil.copy(self.path("user.pub"), self.path("allowed"))
        self._write("sshd", f"ListenAddress 127.0.0.1\nPort {self.port}\nHostKey {self.path('host')}\nUsePAM no\n"
                    f"AuthorizedKeysFile {self.path('allowed')}\nStrictModes no\nPermitRootLogin yes\n"
                    f"PasswordAuthentication no\nPidFile {self.path('pid')}\n")
        self._write("client", f"IdentityFile {self.path('user')}\nIdentitiesOnly yes\nStrictHostKeyChecking no\n"
                    f"UserKnownHostsFile {self.path('known')}\nLogLevel ERROR\n")
        wrapper = os.path.join(self.tools, "ssh")
        with open(wrapper, "w", encoding="ascii") as file:
            file.write(f'#!/bin/sh\nexec {shutil.which("ssh")} -F {self.path("client")} "$@"\n')
        os.chmod(wrapper, 0o755)
        os.makedirs("/run/sshd", exist_ok=True)  # sshd wants its empty folder
        self.process = None
        self.start()

    def path(self, name):
        return os.path.join(self.folder, name)

    def _write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)

    def start(self):
        with open(self.path("log"), "ab") as log:
            self.process = processes.spawn(["/usr/sbin/sshd", "-D", "-e", "-f", self.path("sshd")],
                                           stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        ask = [os.path.join(self.tools, "ssh"), "-p", str(self.port), "root@127.0.0.1", "true"]
        processes.wait_until(lambda: processes.run(ask).code == 0, "sshd answers", 20, 0.1, self.log)

    def stop(self):
        self.process.terminate()
        self.process.wait()

    def log(self):
        with open(self.path("log"), encoding="utf-8", errors="replace") as file:
            return file.read()[-3000:]
