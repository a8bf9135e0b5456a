#!/usr/bin/env python3
"""Runs end-to-end cases: tests/e2e/run.py CASE… --pawl build/release/pawl --demo build/release/demo

A case is a Python file in cases/ whose docstring says what it shows and whose `run(t)` shows it. README.md explains.
Exit code 0: passed; 1: failed, with the evidence; 77: skipped, with what to install (with CI set that is a failure)."""

import argparse
import importlib.util
import os
import signal
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path.insert(0, HERE)

from harness import engines, processes  # noqa: E402
from harness.check import Failure, OutOfTime, Skip  # noqa: E402
from harness.context import Test, explain_failure  # noqa: E402

SKIPPED = 77
FOLDERS = [os.path.join(HERE, "cases"), os.path.join(os.path.dirname(HERE), "faults")]


def find(name):
    for folder in FOLDERS:
        path = os.path.join(folder, name + ".py")
        if os.path.exists(path):
            return path
    sys.exit(f"run.py: no case {name}; there are: {' '.join(names())}")


def names():
    return sorted(file[:-3] for folder in FOLDERS if os.path.isdir(folder)
                  for file in os.listdir(folder) if file.endswith(".py") and "-" in file)


def load(name):
    path = find(name)
    spec = importlib.util.spec_from_file_location("case_" + name.replace("-", "_"), path)
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, os.path.dirname(path))
    spec.loader.exec_module(module)
    return module


def out_of_time(*_):
    raise OutOfTime("out of time: the case as a whole took too long")


def run_case(name, options):
    """The exit code of one case."""
    case = load(name)
    began = time.monotonic()
    print(f"== {name}{'@' + options.engine if options.engine else ''}: {case.__doc__.splitlines()[0]}", flush=True)
    test = Test(name, options)
    signal.alarm(options.deadline)
    code = 0
    try:
        engines.need(getattr(case, "NEEDS", []), options)
        case.run(test)
    except Skip as skip:
        code = 1 if os.environ.get("CI") else SKIPPED
        print(f"{'FAILED' if code == 1 else 'SKIPPED'}: {skip}", file=sys.stderr)
    except Exception as error:  # a broken case is a failed case, and must clean up all the same
        code = 1
        explain_failure(error)
        test.explain()
        if not isinstance(error, Failure):
            import traceback
            traceback.print_exc()
    finally:
        signal.alarm(60)
        if not test.clean(options.keep):
            code = 1
        signal.alarm(0)
    if code == 0:
        print(f"   passed in {time.monotonic() - began:.1f} s", flush=True)
    return code


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("case", nargs="*", help="names of files in cases/ or ../faults/, without .py")
    parser.add_argument("--list", action="store_true", help="list the cases and what they show")
    parser.add_argument("--pawl", help="the program under test")
    parser.add_argument("--demo", help="the folder with the demo application's releases and tools")
    parser.add_argument("--engine", default="", choices=["", *engines.COMPOSE], help="for compose cases")
    parser.add_argument("--part", default="", help="part of a case that has parts: I/N")
    parser.add_argument("--only", default="", help="of a case that has cells: those whose name this regular expression finds")
    parser.add_argument("--crash-point", default="", help="the library that kills pawl at a chosen record")
    parser.add_argument("--deadline", type=int, default=900, help="seconds for one case (default 900)")
    parser.add_argument("--keep", action="store_true", help="leave folder, processes and containers as they are")
    return parser.parse_args()


def main():
    options = arguments()
    if options.list:
        for name in names():
            print(f"{name:<32} {load(name).__doc__.splitlines()[0]}")
        return 0
    if not options.case or not options.pawl:
        sys.exit("run.py: name a case and --pawl (see --help)")
    options.pawl = os.path.abspath(options.pawl)
    options.demo = os.path.abspath(options.demo) if options.demo else ""
    options.crash_point = os.path.abspath(options.crash_point) if options.crash_point else ""
    for number in (signal.SIGALRM, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, out_of_time)
    processes.adopt_orphans()
    codes = [run_case(name, options) for name in options.case]
    return max(codes, key=lambda code: (code == 1, code))


if __name__ == "__main__":
    sys.exit(main())
