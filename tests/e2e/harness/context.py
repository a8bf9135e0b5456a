"""What a case is given: stacks to play with, its options, and a list of what must be cleaned away."""

import os
import shutil
import sys
import tempfile
import traceback

from . import processes
from .check import Failure


class Test:
    """`t` of a case's `run(t)`."""

    def __init__(self, name, options):
        self.name, self.options = name, options
        self.root = tempfile.mkdtemp(prefix=f"pawl-e2e-{name.replace('@', '-')}-")
        self._cleanups, self._evidence = [], []

    @property
    def full(self):
        """Everything, not a representative part (PAWL_FULL=1)."""
        return os.environ.get("PAWL_FULL", "") not in ("", "0")

    def folder(self, name):
        path = os.path.join(self.root, name)
        os.makedirs(path, exist_ok=True)
        return path

    def say(self, text):
        print(f"   {text}", flush=True)

    def cleanup(self, action):
        """Run at the end, last one first, also after a failure."""
        self._cleanups.append(action)

    def on_failure(self, evidence):
        """A function whose text is printed when the case fails: logs, states."""
        self._evidence.append(evidence)

    def local(self, **options):
        """A fresh copy of examples/piprio-local; nothing runs yet. See stack.LocalStack."""
        from .local import LocalStack
        return LocalStack(self, **options)

    def compose(self, **options):
        """A fresh copy of examples/piprio-compose for the engine of `--engine`. See compose.ComposeStack."""
        from .compose import ComposeStack
        return ComposeStack(self, **options)

    def explain(self):
        for evidence in self._evidence:
            try:
                print(evidence(), file=sys.stderr)
            except Exception as error:  # evidence is best effort
                print(f"(no evidence: {error})", file=sys.stderr)

    def tiny(self, **options):
        """A stack of one service and its migrator, or what `options` say, on the engine of `--engine`. See tiny.TinyStack."""
        from .tiny import TinyStack
        return TinyStack(self, **options)

    def clean(self, keep=False):
        """True when everything could be cleaned."""
        whole = True
        if keep:
            print(f"   kept: {self.root}", flush=True)
            return whole
        processes.end_program(self.options.pawl)  # it would go on making what is removed here
        for action in reversed(self._cleanups):
            try:
                action()
            except (Failure, OSError) as error:
                whole = False
                print(f"cleaning up failed: {error}\n{getattr(error, 'evidence', '')}", file=sys.stderr)
        processes.end_descendants()
        shutil.rmtree(self.root, ignore_errors=True)
        return whole


def explain_failure(error):
    """The failure as people read it: what, the line of the case, the evidence."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "/harness/" not in frame.filename]
    for frame in frames[-2:]:
        print(f"{os.path.relpath(frame.filename)}:{frame.lineno}: {frame.line}", file=sys.stderr)
    print(f"FAILED: {error}", file=sys.stderr)
    evidence = getattr(error, "evidence", "")
    if evidence:
        print(evidence, file=sys.stderr)
