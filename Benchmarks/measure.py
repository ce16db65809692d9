#!/usr/bin/env python3
"""Measures the program beside other tools on the same input, and writes the table into Benchmarks/README.md.

usage: measure.py BINARY DATA [--runs N]

DATA holds alb/ (gzipped ALB logs) and small.pcap; what else is there by a known name is measured too. Each row is a pair
of whole processes run in turn, A B A B, page cache warm; figures are medians, the ratio is the median of the pairs.
"""

import argparse
import glob
import os
import platform
import shutil
import statistics
import subprocess
import sys
import time

MARK = ("<!-- figures: written by make bench -->", "<!-- end of figures -->")


def run(command):
    """Wall and CPU seconds, peak memory in MB of the largest process, of a shell command."""
    start = time.perf_counter()
    process = subprocess.Popen(
        ["bash", "-c", command], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    errors = process.stderr.read().decode(errors="replace")
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) != 0:
        sys.exit(f"measure.py: {command}: {errors[-500:]}")
    return time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def pair(name, ours, theirs, runs, other):
    run(ours), run(theirs)
    a, b = [], []
    for _ in range(runs):
        a.append(run(ours))
        b.append(run(theirs))
    middle = lambda rows, column: statistics.median(row[column] for row in rows)
    ratio = statistics.median(x[0] / y[0] for x, y in zip(a, b))
    cpu = statistics.median(x[1] / max(y[1], 1e-3) for x, y in zip(a, b))
    row = (f"| {name} | {middle(a, 0):.2f} s | {middle(a, 1):.2f} s | {middle(a, 2):.0f} MB | {other} "
           f"| {middle(b, 0):.2f} s | {middle(b, 1):.2f} s | {ratio:.2f} | {cpu:.2f} |")
    print(row, flush=True)
    return row


def rows(binary, data, runs):
    store = os.path.join(data, "measured.db")
    ingest = f"rm -f {store} {store}-wal {store}-shm; {binary} ingest --quiet --store {store}"
    for name, folder in [("1 million ALB lines, gz", "alb"), ("1 million ALB lines, gz", "alb-1M"),
                         ("10 million ALB lines, gz", "alb-10M"), ("5 million NLB lines, gz", "nlb-5M")]:
        files = sorted(glob.glob(f"{data}/{folder}/**/*.gz", recursive=True))
        if files:
            zcat = f"find -L {data}/{folder} -name '*.gz' | sort | xargs zcat | wc -l"
            yield pair(name, f"{ingest} {data}/{folder}/AWSLogs", zcat, runs, "`zcat \\| wc -l`")
            size, stored = sum(map(os.path.getsize, files)), os.path.getsize(store)
            yield f"| … the case file: {stored / 1e6:.0f} MB, {stored / size:.2f}× the gzipped logs | | | | | | | | |"
    for name, file in [("6 million small packets", "small.pcap"), ("1 GB of full-size packets", "full.pcap")]:
        path = os.path.join(data, file)
        if not os.path.exists(path):
            continue
        tcpdump = f"tcpdump -nr {path} -w /dev/null"
        if shutil.which("tcpdump"):
            yield pair(name, f"{ingest} {path}", tcpdump, runs, "`tcpdump -r -w /dev/null`")
            yield pair(f"{name}, `--rows notable`", f"{ingest} --rows notable {path}", tcpdump, runs,
                       "`tcpdump -r -w /dev/null`")
        if shutil.which("capinfos"):
            yield pair(name, f"{ingest} {path}", f"capinfos {path}", runs, "`capinfos`")
        if shutil.which("tshark"):
            yield pair(name, f"{ingest} {path}", f"tshark -q -z conv,tcp -r {path}", 1, "`tshark -q -z conv,tcp`")
    for end in ("", "-wal", "-shm"):
        if os.path.exists(store + end):
            os.remove(store + end)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("data")
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    measured = list(rows(arguments.binary, arguments.data, arguments.runs))
    table = [
        f"{time.strftime('%Y-%m-%d', time.gmtime())}, {os.cpu_count()} processors, {platform.machine()}, "
        f"load {os.getloadavg()[0]:.1f} at the end, {arguments.runs} pairs a row:", "",
        "| input | wall | CPU | peak | beside | wall | CPU | wall ratio | CPU ratio |",
        "|---|---|---|---|---|---|---|---|---|", *measured,
    ]
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "README.md")
    with open(path, encoding="utf-8") as file:
        text = file.read()
    head, rest = text.split(MARK[0])
    tail = rest.split(MARK[1])[1]
    with open(path, "w", encoding="utf-8") as file:
        file.write(head + MARK[0] + "\n\n" + "\n".join(table) + "\n\n" + MARK[1] + tail)


if __name__ == "__main__":
    main()
