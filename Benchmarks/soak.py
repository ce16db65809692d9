#!/usr/bin/env python3
"""Lets `capture` run under load for a while and looks after it: memory, files, reload, stop.

usage: soak.py PROGRAM [--seconds 3600] [--rate 50000] [--sample 1] [--store-size 256M, 0 for none] [--ring 64M] [--folder DIR]

As root, with ip, tcpreplay and editcap. A capture of small packets (generate.py pcap) is replayed onto a pair of interfaces in a
name space of its own, each time with other addresses, so that flows never repeat. Every minute the error log is moved away
and SIGHUP sent; at the end SIGTERM, while packets go on coming. What must hold:

- memory: the resident size of the last quarter of the time is no more than a tenth above that of the second quarter;
- files: case, ring and log never pass their budgets; with a case that is full, what is kept moves on;
- nothing is lost: the kernel dropped no packet; the interface's own counter, the summary and the ledger agree; each event
  that the summaries count is a line of a log file, or counted in one.

Prints what was seen, one line every ten seconds, and a verdict as JSON; fails where something does not hold.
"""

import argparse
import glob
import json
import os
import re
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time

SPACE = f"lbf-soak-{os.getpid()}"
UNITS = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30}


def size(text):
    return int(text[:-1]) * UNITS[text[-1]] if text[-1] in UNITS else int(text)


def run(*command):
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def inside(*command):
    return ["ip", "netns", "exec", SPACE, *command]


def wires():
    run("ip", "netns", "add", SPACE)
    run(*inside("ip", "link", "add", "v0", "type", "veth", "peer", "name", "v1"))
    for link in ("v0", "v1"):
        run(*inside("sysctl", "-qw", f"net.ipv6.conf.{link}.disable_ipv6=1"))
        run(*inside("ip", "link", "set", link, "up"))


def received():
    """Frames that have arrived at the interface that is captured on, by its own counter."""
    return int(subprocess.check_output(inside("cat", "/sys/class/net/v1/statistics/rx_packets")))


def resident(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) / 1024 for line in file if line.startswith("VmRSS"))


def processor(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def total(pattern):
    sizes = []
    for path in glob.glob(pattern):
        try:
            sizes.append(os.path.getsize(path))
        except FileNotFoundError:
            pass  # A piece of the ring that has just gone.
    return sum(sizes)


def events_told(summaries):
    """By kind, the events of all summary blocks."""
    counts = {}
    for line in re.findall(r"^Errors +(.*)$", summaries, re.M):
        for kind, number in re.findall(r"([A-Z_]+) (\d[\d,]*)", line):
            counts[kind] = counts.get(kind, 0) + int(number.replace(",", ""))
    return counts


def events_logged(folder):
    """By kind, the lines of all log files, and what lines say was left out."""
    counts = {}
    for path in glob.glob(f"{folder}/errors_*"):
        with open(path, encoding="utf-8") as file:
            for line in file:
                kind, _, text = line.split("] ", 1)[1].partition(": ")
                more = re.match(r"(\d+) more (?:\([^)]*\) )?in this second", text)
                counts[kind] = counts.get(kind, 0) + (int(more[1]) if more else 1)
    return counts


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("\n\n")[1])
    parser.add_argument("program")
    parser.add_argument("--seconds", type=int, default=3600)
    parser.add_argument("--rate", type=int, default=50_000)
    parser.add_argument("--sample", type=int, default=1)
    parser.add_argument("--store-size", default="256M")
    parser.add_argument("--ring", default="64M")
    parser.add_argument("--folder")
    asked = parser.parse_args()
    folder = asked.folder or tempfile.mkdtemp(prefix="lbf-soak-")
    logs, case, ring = f"{folder}/logs", f"{folder}/soak.db", f"{folder}/ring"
    for path in (logs, ring):
        os.makedirs(path, exist_ok=True)
    source = f"{folder}/small.pcap"
    run(sys.executable, os.path.join(os.path.dirname(__file__), "generate.py"), "pcap", source, "60000")
    wires()
    processes = []
    try:
        with open(f"{folder}/output", "w", encoding="utf-8") as output:
            capture = subprocess.Popen(
                inside(asked.program, "capture", "-i", "v1", "-s", str(asked.sample), "-l", logs, "--store", case,
                       *(["--store-size", asked.store_size] if asked.store_size != "0" else []), "--ring", asked.ring, "--ring-folder", ring,
                       "--stats-interval", "10s"), stdout=output, stderr=output)
        processes.append(capture)
        while "capturing on" not in open(f"{folder}/output", encoding="utf-8").read():
            time.sleep(0.1)
            if capture.poll() is not None:
                sys.exit(open(f"{folder}/output", encoding="utf-8").read())
        before = received()
        with open(f"{folder}/replay", "w", encoding="utf-8") as output:
            # Looked through once and kept in memory; each round has other addresses. A millisecond's packets go together,
            # as waiting for each would take a core.
            replay = subprocess.Popen(
                inside("tcpreplay", "-q", "-K", "-i", "v0", "--timer=nano", f"--pps={asked.rate}",
                       f"--pps-multi={max(1, asked.rate // 1000)}", "--loop=0", "--unique-ip", source), stdout=output, stderr=output)
        processes.append(replay)
        samples = watch(asked, capture, replay, folder, logs, case, ring)
        first = received()
        capture.send_signal(signal.SIGTERM)
        capture.wait(120)
        last = received()
        still = replay.poll() is None
    finally:
        for process in processes:
            if process.poll() is None:
                process.kill()
                process.wait()
        run("ip", "netns", "del", SPACE)
    verdict = judge(asked, folder, logs, case, samples, (first - before, last - before))
    verdict["stopped_under_load"] = still
    verdict["status"] = capture.returncode
    if not still or capture.returncode != 0:
        verdict["failed"].append("the end")
    print(json.dumps(verdict, indent=1))
    sys.exit(1 if verdict["failed"] else 0)


def watch(asked, capture, replay, folder, logs, case, ring):
    """Looks at the capture every ten seconds; moves the log away every minute."""
    samples, begin, reloads = [], time.monotonic(), 0
    while (elapsed := time.monotonic() - begin) < asked.seconds:
        time.sleep(min(10, max(0, asked.seconds - elapsed)))
        if capture.poll() is not None or replay.poll() is not None:
            sys.exit(f"ended early: {open(folder + '/output').read()[-2000:]} {open(folder + '/replay').read()[-500:]}")
        sample = {
            "at": round(time.monotonic() - begin), "memory": resident(capture.pid), "cpu": processor(capture.pid),
            "packets": received(), "case": os.path.getsize(case), "wal": total(case + "-wal"),
            "ring": total(ring + "/*"), "log": total(logs + "/*"), "kept_from": kept_from(case)}
        samples.append(sample)
        print(" ".join(f"{key}={value:.0f}" for key, value in sample.items()), flush=True)
        if sample["at"] // 60 > reloads:
            reloads = sample["at"] // 60
            for path in glob.glob(f"{logs}/errors_????-??-??.log"):
                os.rename(path, f"{path}.{reloads}")
            capture.send_signal(signal.SIGHUP)
    return samples


def kept_from(case):
    """The start of what the case covers, seconds since the epoch: a reader of a case that is being written."""
    with sqlite3.connect(f"file:{case}?mode=ro", uri=True, timeout=10) as database:
        text = database.execute("SELECT min(strftime('%s', from_time)) FROM coverage").fetchone()[0]
    return int(text or 0)


def judge(asked, folder, logs, case, samples, arrived):
    summaries = open(f"{folder}/output", encoding="utf-8").read()
    told, logged = events_told(summaries), events_logged(logs)
    with sqlite3.connect(f"file:{case}?mode=ro", uri=True) as database:
        ledger = database.execute("SELECT sum(records), sum(accepted + ignored + rejected) FROM sources").fetchone()
        oldest = database.execute("SELECT min(time_ns) FROM requests").fetchone()[0] or 0
    drops = int(re.findall(r"^Drops.*?since start (\d[\d,]*)", summaries, re.M)[-1].rstrip(",").replace(",", ""))
    quarter = len(samples) // 4
    second = statistics.median(sample["memory"] for sample in samples[quarter:2 * quarter] or samples)
    fourth = statistics.median(sample["memory"] for sample in samples[-quarter:] or samples)
    failed = []
    if fourth > 1.1 * second:
        failed.append("memory grows")
    if size(asked.store_size) and max(sample["case"] for sample in samples) > size(asked.store_size):
        failed.append("the case is larger than its budget")
    if max(sample["ring"] for sample in samples) > size(asked.ring):
        failed.append("the ring is larger than its budget")
    if drops:
        failed.append("the kernel dropped packets")
    if ledger[0] != ledger[1]:
        failed.append("the ledger does not add up")
    if asked.sample == 1 and not arrived[0] <= ledger[0] <= arrived[1]:
        failed.append("packets are missing from the ledger")
    if told != logged:
        failed.append("events are missing from the log")
    if oldest / 1e9 < samples[-1]["kept_from"] - 1:
        failed.append("rows are older than what the case says it keeps")
    length = samples[-1]["at"] - samples[0]["at"]
    return {
        "failed": failed, "seconds": asked.seconds,
        "packets_per_second": round((samples[-1]["packets"] - samples[0]["packets"]) / length),
        "cpu_share": round((samples[-1]["cpu"] - samples[0]["cpu"]) / length, 3),
        "memory_second_quarter": second, "memory_last_quarter": fourth,
        "memory_peak": max(sample["memory"] for sample in samples),
        "case_peak": max(sample["case"] for sample in samples), "wal_peak": max(sample["wal"] for sample in samples),
        "ring_peak": max(sample["ring"] for sample in samples), "kernel_drops": drops, "ledger": ledger,
        "arrived_before_and_after_the_stop": arrived, "told": told, "logged": logged,
        "kept_from_moved_by": samples[-1]["kept_from"] - samples[0]["kept_from"]}


if __name__ == "__main__":
    main()
