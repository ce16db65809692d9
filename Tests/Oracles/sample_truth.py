#!/usr/bin/env python3
"""Counts what SampleData holds, without any code of lbforensics.

usage: sample_truth.py [SampleData] > SampleData/truth.json

Standard library only. The access logs are read with their own tokenizer, the captures with their own pcap and TCP
reader. A log row belongs to the window that holds its record time (NLB: end of the connection, ALB: response), a
captured connection to the one that holds its last packet, a captured request to the one that holds the last byte of its
answer. Windows are [start, end).
"""

import collections
import glob
import gzip
import ipaddress
import json
import os
import re
import struct
import sys
from datetime import datetime, timezone

BEFORE = ("2026-03-17T09:20:00Z", "2026-03-17T09:35:00Z")
DURING = ("2026-03-17T09:35:00Z", "2026-03-17T09:50:00Z")
LONG_MS = 300_000
TOP = 30
METHODS = (b"GET ", b"POST ", b"PUT ", b"HEAD ", b"DELETE ", b"PATCH ", b"OPTIONS ")


def seconds(text):
    """Seconds since 1970 of an RFC 3339 time, with or without fraction and Z; exact to the microsecond."""
    text = text.rstrip("Z")
    whole, _, fraction = text.partition(".")
    stamp = datetime.strptime(whole, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=timezone.utc)
    return int(stamp.timestamp()) * 1_000_000 + int((fraction + "000000")[:6])


WINDOWS = {
    "before": tuple(seconds(t) for t in BEFORE),
    "during": tuple(seconds(t) for t in DURING),
}


def window(microseconds):
    for name, (low, high) in WINDOWS.items():
        if low <= microseconds < high:
            return name
    return None


def lines(folder, part):
    for path in sorted(glob.glob(f"{folder}/AWSLogs/**/*{part}*.log.gz", recursive=True)):
        with gzip.open(path, "rt", encoding="utf-8", newline="\n") as file:
            for line in file:
                yield path, line.rstrip("\n")


def split_last_colon(text):
    address, _, port = text.rpartition(":")
    return address, port


def split_client(text):
    """Address and port; the address as RFC 5952 spells it, whatever the log wrote."""
    address, port = split_last_colon(text)
    return str(ipaddress.ip_address(address)), port


def counted(counter):
    """A counter as an object in the order of count, then of name."""
    return dict(sorted(counter.items(), key=lambda item: (-item[1], item[0])))


def ranks(counter):
    """Places by count; ties by name, as text."""
    order = sorted(counter, key=lambda name: (-counter[name], name))
    return {name: place for place, name in enumerate(order, 1)}


class Activity:
    """Per window: counts by dimension value, and long and longest connections of each client."""

    def __init__(self):
        self.count = {name: collections.defaultdict(collections.Counter) for name in WINDOWS}
        self.long = {name: collections.Counter() for name in WINDOWS}
        self.longest = {name: collections.Counter() for name in WINDOWS}
        self.total = {name: collections.Counter() for name in WINDOWS}

    def add(self, name, amount=None, **values):
        for dimension, value in values.items():
            self.count[name][dimension][value] += 1
        for measure, number in (amount or {}).items():
            self.total[name][measure] += number

    def hold(self, name, client, milliseconds):
        self.longest[name][client] = max(self.longest[name][client], milliseconds)
        if milliseconds > LONG_MS:
            self.long[name][client] += 1

    def active_long(self, dimension="client"):
        before, during = (self.count[name][dimension] for name in WINDOWS)
        rank_before, rank_during = ranks(before), ranks(during)
        change = sum(during.values()) - sum(before.values())
        rows = []
        for client, place in rank_during.items():
            if place <= TOP and self.long["during"][client]:
                rows.append({
                    "client_ip": client, "rank_before": rank_before.get(client), "rank_during": place,
                    "activity_before": before[client], "activity_during": during[client],
                    "long_before": self.long["before"][client], "long_during": self.long["during"][client],
                    "longest_before_ms": self.longest["before"].get(client),
                    "longest_during_ms": self.longest["during"][client],
                    "share_of_change": round((during[client] - before[client]) / change, 4),
                })
        return rows

    def result(self, dimensions):
        out = {}
        for name in WINDOWS:
            out[name] = {"total": dict(sorted(self.total[name].items()))}
            for dimension in dimensions:
                out[name][dimension] = counted(self.count[name][dimension])
        out["active_long"] = self.active_long()
        out["planted"] = sorted(row["client_ip"] for row in out["active_long"] if row["long_before"] == 0)
        listed = {row["client_ip"] for row in out["active_long"]}
        out["long_below_top"] = {
            name: counted({c: n for c, n in self.long[name].items() if c not in listed}) for name in WINDOWS
        }
        return out


def nlb(folder):
    activity, total, files = Activity(), 0, set()
    for path, line in lines(folder, "_net."):
        files.add(path)
        total += 1
        field = line.split(" ")
        assert len(field) == 22, line
        name = window(seconds(field[2]))
        if not name:
            continue
        client, _ = split_client(field[5])
        duration = int(field[7])
        activity.add(
            name, {"connections": 1, "bytes_from_client": int(field[9]), "bytes_from_server": int(field[10])},
            client=client, port=split_last_colon(field[6])[1], domain=field[17])
        activity.hold(name, client, duration)
    return {"files": len(files), "lines": total, **activity.result(["client", "port", "domain"])}


TOKEN = re.compile(r'"([^"]*)"|(\S+)')


def alb(folder):
    activity, total, files, sessions = Activity(), 0, set(), {}
    for path, line in lines(folder, "_app."):
        files.add(path)
        total += 1
        field = [quoted if bare == "" else bare for quoted, bare in TOKEN.findall(line)]
        assert len(field) >= 33, line
        stamp = seconds(field[1])
        client, _ = split_client(field[3])
        begin = seconds(field[21])
        first, last, _ = sessions.get(field[29], (begin, stamp, client))
        sessions[field[29]] = (min(first, begin), max(last, stamp), client)
        name = window(stamp)
        if not name:
            continue
        port = split_last_colon(field[4])[1] if field[4] != "-" else "-"
        # The domain is the name in the TLS handshake, else the host of the request line without its port.
        host = re.match(r"[a-z]+://([^/]*?):\d+", field[12].split(" ")[1])
        domain = field[18] if field[18] != "-" else host.group(1) if host else "-"
        activity.add(
            name, {
                "requests": 1, "bytes_from_client": int(field[10]), "bytes_from_server": int(field[11]),
                "4xx": int(field[8][0] == "4"), "5xx": int(field[8][0] == "5"),
            }, client=client, target_port=port, domain=domain, status=field[8], target=field[4])
    for first, last, client in sessions.values():
        name = window(last)
        if name:
            activity.hold(name, client, (last - first) // 1000)
    return {
        "files": len(files), "lines": total, "connections": len(sessions),
        **activity.result(["client", "target_port", "domain", "status", "target"]),
    }


def frames(path):
    opened = gzip.open(path, "rb") if path.endswith(".gz") else open(path, "rb")
    with opened as file:
        magic = struct.unpack("<I", file.read(24)[:4])[0]
        assert magic == 0xA1B23C4D, path
        while header := file.read(16):
            sec, nano, kept, length = struct.unpack("<IIII", header)
            yield sec * 1_000_000_000 + nano, file.read(kept), length


class Flow:
    def __init__(self, time, client, server):
        self.first = self.last = time
        self.client, self.server = client, server
        self.syn = self.opened = False
        self.closed = self.reset = False
        self.sequence = None
        self.waiting = []
        self.seen = set()


def captures(folder):
    files = sorted(glob.glob(f"{folder}/captures/*"))
    flows, live = [], {}
    activity, clients = Activity(), Activity()
    packets, protocols, statuses = {}, collections.Counter(), collections.Counter()
    requests, checks = 0, 0
    for path in files:
        number = 0
        for time, data, _ in frames(path):
            number += 1
            if data[12:14] != b"\x08\x00":
                protocols["arp" if data[12:14] == b"\x08\x06" else "other"] += 1
                continue
            size = (data[14] & 15) * 4
            total = struct.unpack("!H", data[16:18])[0]
            if data[23] != 6:
                protocols["udp" if data[23] == 17 else "other"] += 1
                continue
            protocols["tcp"] += 1
            tcp = 14 + size
            source, destination = (str(ipaddress.ip_address(data[26 + n:30 + n])) for n in (0, 4))
            sport, dport, sequence = struct.unpack("!HHI", data[tcp:tcp + 8])
            flags = data[tcp + 13]
            offset = (data[tcp + 12] >> 4) * 4
            length = total - size - offset
            payload = data[tcp + offset:tcp + offset + length]
            key = tuple(sorted([(source, sport), (destination, dport)]))
            flow = live.get(key)
            if flow is None or (flags & 18 == 2 and flow.sequence is not None and flow.sequence != sequence):
                toward = dport in (8080, 8443, 5671)
                ends = ((source, sport), (destination, dport))
                flow = live[key] = Flow(time, *(ends if toward else ends[::-1]))
                flows.append(flow)
            flow.last = time
            if flags & 18 == 2:
                flow.syn, flow.sequence = True, sequence
            if flags & 18 == 18:
                flow.opened = True
            flow.reset |= bool(flags & 4)
            flow.closed |= bool(flags & 1)
            if length <= 0 or (source, sequence) in flow.seen:
                continue
            flow.seen.add((source, sequence))
            if payload.startswith(METHODS):
                head = payload.split(b"\r\n\r\n")[0].decode("latin-1")
                fields = {}
                for line in head.split("\r\n")[1:]:
                    name, _, value = line.partition(": ")
                    fields[name.lower()] = value
                flow.waiting.append(fields)
            elif payload.startswith(b"HTTP/1.1 ") and flow.waiting:
                asked = flow.waiting.pop(0)
                if asked.get("user-agent", "").startswith("ELB-HealthChecker"):
                    checks += 1
                    continue
                requests += 1
                status = payload[9:12].decode()
                statuses[status] += 1
                name = window(time // 1000)
                if name:
                    who = asked.get("x-forwarded-for", flow.client[0]).split(",")[-1].strip()
                    clients.add(
                        name, {"answered_requests": 1, "5xx": int(status[0] == "5")}, client=who,
                        target_port=str(flow.server[1]), domain=asked["host"].partition(":")[0])
        packets[os.path.basename(path)] = number
    inside = ipaddress.ip_network("10.20.0.0/16")
    for flow in flows:
        name = window(flow.last // 1000)
        # What comes from inside the VPC is a load balancer: pooled connections and health checks.
        if not name or ipaddress.ip_address(flow.client[0]) in inside:
            continue
        activity.add(
            name, {"direct_connections": 1, "unanswered_syn": int(flow.syn and not flow.opened),
                   "reset": int(flow.reset)},
            client=flow.client[0], port=str(flow.server[1]))
        activity.hold(name, flow.client[0], (flow.last - flow.first) // 1_000_000)
        clients.hold(name, flow.client[0], (flow.last - flow.first) // 1_000_000)
    return {
        "packets": packets, "protocols": counted(protocols), "tcp_connections": len(flows),
        "answered_requests": requests, "answered_health_checks": checks, "statuses": counted(statuses),
        "direct_connections": activity.result(["client", "port"]),
        "requests": clients.result(["client", "target_port", "domain"]),
    }


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else "SampleData"
    truth = {
        "windows": {"before": BEFORE, "during": DURING}, "long_ms": LONG_MS, "top": TOP,
        "nlb": nlb(folder), "alb": alb(folder), "captures": captures(folder),
    }
    json.dump(truth, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
