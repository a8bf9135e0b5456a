#!/usr/bin/env python3
"""Speed side by side: pawl, and what else is installed, on the same work in one run.

usage: compare.py PAWL [--before PAWL] [--only compile|run|start] [--steps N] [--runs N] [--quick]

Prints one table a kind of work. Every figure is a whole process: wall time (median of the runs) and peak memory as
the kernel accounts for them. Peers that are not installed are left out and named. With `--before`, an older build does the same work in turn with the
new one, run by run, so that what else the machine does falls on both. Nothing here passes or fails.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time


def layered(count):
    """About three needs each, on the layer before."""
    width = max(1, int(count ** 0.5))
    needs = []
    for i in range(count):
        layer = i // width
        if layer == 0:
            needs.append([])
            continue
        base = (layer - 1) * width
        needs.append(sorted({base + (i * 7 + k * 3) % width for k in range(3)}))
    return needs


SHAPES = {
    "chain": lambda n: [[i - 1] if i else [] for i in range(n)],
    "wide": lambda n: [[] for _ in range(n)],
    "layered": layered,
}


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as out:
        out.write(text)


def write_pawl(folder, needs):
    lines = ["stack bench { version = 1.0.1 }", 'local { pin = env(".env", "VERSION") }', ""]
    for i, after in enumerate(needs):
        anchors = ", ".join(f"step.s{j}" for j in after)
        placed = f", after = [{anchors}]" if after else ""
        lines.append(f'step s{i} {{ run = command("true"), idempotent = true{placed} }}')
    write(f"{folder}/stack.pawl", "\n".join(lines) + "\n")
    write(f"{folder}/.env", "VERSION=1.0.0\n")
    os.makedirs(f"{folder}/releases/1.0.0", exist_ok=True)
    os.makedirs(f"{folder}/releases/1.0.1", exist_ok=True)


def write_ninja(folder, needs):
    lines = ["rule r", "  command = true", ""]
    for i, after in enumerate(needs):
        lines.append(f"build s{i}: r " + " ".join(f"s{j}" for j in after))
    write(f"{folder}/build.ninja", "\n".join(lines) + "\n")


def write_make(folder, needs):
    lines = ["all: " + " ".join(f"s{i}" for i in range(len(needs)))]
    for i, after in enumerate(needs):
        lines.append(f"s{i}: " + " ".join(f"s{j}" for j in after) + "\n\t@true")
    write(f"{folder}/Makefile", "\n".join(lines) + "\n")


def write_terraform(folder, needs):
    lines = []
    for i, after in enumerate(needs):
        depends = ", ".join(f"terraform_data.s{j}" for j in after)
        lines.append(f'resource "terraform_data" "s{i}" {{\n  depends_on = [{depends}]\n}}')
    write(f"{folder}/main.tf", "\n".join(lines) + "\n")


def measure(argv, cwd, runs, prepare=None, accept=(0,)):
    """Median wall milliseconds and the largest peak memory in MB of `runs` runs, after one that is not counted."""
    return measure_in_turn([argv], cwd, runs, prepare, accept)[0]


def measure_in_turn(argvs, cwd, runs, prepare=None, accept=(0,)):
    """The same for several programs, one run of each after the other."""
    found = [([], [0]) for _ in argvs]
    for i in range(runs + 1):
        for argv, (walls, peak) in zip(argvs, found):
            if prepare:
                prepare()
            wall, memory = once(argv, cwd, accept)
            if i > 0 or runs == 0:
                walls.append(wall)
                peak[0] = max(peak[0], memory)
    return [(statistics.median(walls), peak[0]) for walls, peak in found]


def once(argv, cwd, accept):
    """Wall milliseconds and peak memory in MB of one run."""
    began = time.perf_counter()
    child = subprocess.Popen(argv, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    error = child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    wall = (time.perf_counter() - began) * 1000
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode not in accept:
        raise RuntimeError(f"{' '.join(argv)} exited {child.returncode}: {error.decode(errors='replace')[-500:]}")
    return wall, usage.ru_maxrss / 1024


def pawls(args, *arguments):
    """(title, argv) of the build that is measured, and of the older one."""
    out = [(" ".join(("pawl", *arguments)), [args.pawl, *arguments])]
    if args.before:
        out.append((out[0][0] + ", before", [args.before, *arguments]))
    return out


def table(title, rows):
    print(f"\n{title}")
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        print("  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())
    sys.stdout.flush()


def bench_compile(args, scratch):
    small = min(1000, args.steps)
    for shape, count in (("layered", small), ("chain", args.steps), ("wide", args.steps), ("layered", args.steps)):
        folder = f"{scratch}/compile-{shape}-{count}"
        needs = SHAPES[shape](count)
        write_pawl(folder, needs)
        rows = [["program", "wall", "peak memory"]]
        ours = pawls(args, "plan", "--out", "out.pawlplan", "--format", "json")
        for (title, _), (wall, peak) in zip(ours, measure_in_turn([argv for _, argv in ours], folder, args.runs)):
            rows.append([title, f"{wall:.1f} ms", f"{peak:.0f} MB"])
        if shutil.which("ninja"):
            write_ninja(folder, needs)
            wall, peak = measure(["ninja", "-n"], folder, args.runs)
            rows.append(["ninja -n", f"{wall:.1f} ms", f"{peak:.0f} MB"])
        if shutil.which("make"):
            write_make(folder, needs)
            wall, peak = measure(["make", "-n"], folder, args.runs)
            rows.append(["make -n", f"{wall:.1f} ms", f"{peak:.0f} MB"])
        if shutil.which("terraform") and count <= small:
            write_terraform(folder, needs)
            subprocess.run(["terraform", "init", "-input=false"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
            wall, peak = measure(["terraform", "plan", "-input=false"], folder, 1)
            rows.append(["terraform plan", f"{wall:.1f} ms", f"{peak:.0f} MB"])
        table(f"Compile {count} steps, {shape}", rows)


def bench_run(args, scratch):
    count = min(1000, args.steps)
    folder = f"{scratch}/run"
    needs = SHAPES["layered"](count)
    write_pawl(folder, needs)

    def fresh():
        shutil.rmtree(f"{folder}/.pawl", ignore_errors=True)
        write(f"{folder}/.env", "VERSION=1.0.0\n")

    rows = [["program", "wall", "a step"]]
    fresh()
    plans, applies = pawls(args, "plan"), pawls(args, "apply", "--auto-approve", "--parallelism", "2", "--json")
    compiled = measure_in_turn([argv for _, argv in plans], folder, args.runs)
    ran = measure_in_turn([argv for _, argv in applies], folder, args.runs, fresh)
    for (title, _), (plan, _), (apply, _) in zip(applies, compiled, ran):
        title = "pawl apply, less pawl plan" + (", before" if title.endswith("before") else "")
        rows.append([title, f"{apply - plan:.0f} ms", f"{(apply - plan) / count:.2f} ms"])
    if shutil.which("ninja"):
        write_ninja(folder, needs)
        wall, _ = measure(["ninja", "-j2"], folder, args.runs)
        rows.append(["ninja -j2 (no journal)", f"{wall:.0f} ms", f"{wall / count:.2f} ms"])
    if shutil.which("make"):
        write_make(folder, needs)
        wall, _ = measure(["make", "-j2"], folder, args.runs)
        rows.append(["make -j2 (no journal)", f"{wall:.0f} ms", f"{wall / count:.2f} ms"])
    if shutil.which("terraform"):
        write_terraform(folder, needs)
        subprocess.run(["terraform", "init", "-input=false"], cwd=folder, check=True, stdout=subprocess.DEVNULL)

        def forget():
            for name in ("terraform.tfstate", "terraform.tfstate.backup"):
                if os.path.exists(f"{folder}/{name}"):
                    os.remove(f"{folder}/{name}")

        wall, _ = measure(["terraform", "apply", "-auto-approve", "-input=false", "-parallelism=2"], folder, 1, forget)
        rows.append(["terraform apply", f"{wall:.0f} ms", f"{wall / count:.2f} ms"])
    table(f"Run {count} no-op steps, two at a time", rows)


def bench_start(args, scratch):
    folder = f"{scratch}/start"
    write_pawl(folder, SHAPES["chain"](3))
    rows = [["program", "wall", "peak memory"]]
    ours = [("true", ["true"]), *pawls(args, "version"), *pawls(args, "validate")]
    for (title, _), (wall, peak) in zip(ours, measure_in_turn([argv for _, argv in ours], folder, 10 * args.runs)):
        rows.append([title, f"{wall:.2f} ms", f"{peak:.1f} MB"])
    write_ninja(folder, SHAPES["chain"](3))
    for program, argv in (("ninja", ["ninja", "--version"]), ("terraform", ["terraform", "version"])):
        if shutil.which(program):
            wall, peak = measure(argv, folder, args.runs)
            rows.append([" ".join(argv), f"{wall:.2f} ms", f"{peak:.1f} MB"])
    table("Start", rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pawl")
    parser.add_argument("--before", help="an older build, measured in turn with it")
    parser.add_argument("--only", choices=["compile", "run", "start"])
    parser.add_argument("--steps", type=int, default=10000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="one run of each, to see that it works")
    args = parser.parse_args()
    args.runs = 1 if args.quick else args.runs
    args.pawl = os.path.abspath(args.pawl)
    args.before = args.before and os.path.abspath(args.before)
    absent = [peer for peer in ("ninja", "make", "terraform") if not shutil.which(peer)]
    if absent:
        print("Not installed, so not compared: " + ", ".join(absent))
    with tempfile.TemporaryDirectory() as scratch:
        for name, bench in (("start", bench_start), ("compile", bench_compile), ("run", bench_run)):
            if args.only in (None, name):
                bench(args, scratch)


if __name__ == "__main__":
    main()
