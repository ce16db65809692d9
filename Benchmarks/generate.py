#!/usr/bin/env python3
"""Makes large input to measure with: the same bytes in every run.

usage: generate.py alb FOLDER [LINES]          gzipped ALB access logs, named as S3 names them (default 1 000 000 lines)
       generate.py pcap FILE [CONNECTIONS]     a capture of small packets, ten a connection (default 611 000)
       generate.py half-open FILE [CONNECTIONS]  connections that are all open at its end (default 1 000 000): SYNs that
       generate.py open6 FILE [CONNECTIONS]      nobody answered; established ones over IPv6; established ones with one
       generate.py pending FILE [CONNECTIONS]    request that waits for its answer

Standard library only. Traffic is made up; what matters to a reader is kept: addresses with a long tail, a third of the
paths distinct, trace ids that never repeat, two load balancer nodes, five minutes a file; in the capture, connections
that overlap, one HTTP request each with X-Forwarded-For, and a retransmission, a reset or an error here and there.
"""

import gzip
import os
import random
import struct
import sys
import time

START = 1_773_738_000  # 2026-03-17T09:00:00Z


def zipf(rng, count):
    """An index below `count`; low ones are common."""
    return min(count - 1, int(count ** rng.random()) - 1)


def alb(folder, lines):
    rng = random.Random(2026)
    nodes, minutes = 2, 120
    files = minutes // 5 * nodes
    base = f"{folder}/AWSLogs/123456789012/elasticloadbalancing/eu-west-1/2026/03/17"
    os.makedirs(base, exist_ok=True)
    agents = [f"shop-app/{a}.{b} (device {c})" for a in range(1, 9) for b in range(10) for c in range(5)]
    hosts = [f"{name}.shop.example" for name in ("www", "checkout", "api", "images", "search", "account")]
    arn = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup"
    for index in range(files):
        slot, node = divmod(index, nodes)
        begin, count = START + slot * 300, lines // files + (index < lines % files)
        name = (f"{base}/123456789012_elasticloadbalancing_eu-west-1_app.shop-alb.50dc6c495c0c9188_"
                f"{time.strftime('%Y%m%dT%H%MZ', time.gmtime(begin + 300))}_10.20.0.{node + 4}_{index:08x}.log.gz")
        rows = []
        for stamp in sorted(rng.random() * 300 for _ in range(count)):
            client = zipf(rng, 50_000)
            host = hosts[min(5, zipf(rng, 12))]
            word = rng.getrandbits(96)
            path = f"/v1/{('carts', 'items', 'orders')[word % 3]}/{word >> 76}" if word & 3 else f"/page/{word % 400}"
            status = 200 if word % 20 else (404, 403, 502, 504)[(word >> 8) % 4]
            took = rng.lognormvariate(-4, 1)
            at = begin + stamp
            text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at)) + f".{int(at % 1 * 1e6):06d}Z"
            started = at - took
            start = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(started)) + f".{int(started % 1 * 1e6):06d}Z"
            target = f"10.20.{word % 2}.{word % 12 + 10}:8443"
            answered = "-" if status in (502, 504) else str(status)
            rows.append(
                f"https {text} app/shop-alb/50dc6c495c0c9188 198.18.{client >> 8}.{client & 255}:{1024 + word % 60000} "
                f"{target} 0.000 {took:.3f} 0.000 {status} {answered} {300 + word % 900} {500 + word % 90000} "
                f'"GET https://{host}:443{path} HTTP/1.1" "{agents[zipf(rng, 400)]}" '
                f"TLS_AES_128_GCM_SHA256 TLSv1.3 {arn}/shop-{host.split('.')[0]}/73e2d6bc24d8a067 "
                f'"Root=1-{int(at):08x}-{word:024x}" "{host}" "session-reused" 0 {start} "forward" "-" "-" '
                f'"{target}" "{answered}" "-" "-" TID_{word:032x} "-" "-" "-"\n')
        with open(name, "wb") as out, gzip.GzipFile("", "wb", 6, out, mtime=0) as packed:
            packed.write("".join(rows).encode())


def frame(source, target, ports, numbers, flags, payload, ident):
    """An Ethernet frame; checksums are left to the network card, as captures show them."""
    tcp = struct.pack(">HHIIBBHHH", *ports, *numbers, 0x50, flags, 64240, 0, 0)
    ip = struct.pack(">BBHHHBBH", 0x45, 0, 40 + len(payload), ident & 0xFFFF, 0x4000, 63, 6, 0) + source + target
    return b"\x02\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x02\x08\x00" + ip + tcp + payload


def connection(rng, number):
    """Yields (seconds after its start, frame) of one connection."""
    balancer = bytes((10, 20, 0, 4 + number % 2))
    target = bytes((10, 20, 1, 10))
    there, back = (20_000 + number * 7 % 40_000, 8080), (8080, 20_000 + number * 7 % 40_000)
    client = zipf(rng, 50_000)
    s, t = rng.getrandbits(32), rng.getrandbits(32)
    word = rng.getrandbits(32)
    ask = (f"GET /v1/items/{word % 100_000} HTTP/1.1\r\nHost: api.shop.example\r\nUser-Agent: shop-app/{word % 9}\r\n"
           f"X-Forwarded-For: 198.18.{client >> 8}.{client & 255}\r\nX-Amzn-Trace-Id: Root=1-{START + number // 8_000:08x}-{word:024x}\r\n"
           "\r\n").encode()
    status = "200 OK" if word % 50 else "503 Service Unavailable"
    answer = f"HTTP/1.1 {status}\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello".encode()
    m = 0xFFFFFFFF
    steps = [
        (0, 1, (s, 0), 2, b""), (1, 0, (t, s + 1 & m), 0x12, b""), (0, 1, (s + 1 & m, t + 1 & m), 0x10, b""),
        (0, 1, (s + 1 & m, t + 1 & m), 0x18, ask), (1, 0, (t + 1 & m, s + 1 + len(ask) & m), 0x10, b""),
        (1, 0, (t + 1 & m, s + 1 + len(ask) & m), 0x18, answer),
        (1, 0, (t + 1 + len(answer) & m, s + 1 + len(ask) & m), 0x11, b""),
        (0, 1, (s + 1 + len(ask) & m, t + 1 + len(answer) & m), 0x10, b""),
        (0, 1, (s + 1 + len(ask) & m, t + 2 + len(answer) & m), 0x11, b""),
        (1, 0, (t + 2 + len(answer) & m, s + 2 + len(ask) & m), 0x10, b""),
    ]
    if word % 97 == 0:
        steps.insert(4, steps[3])  # a retransmission
    if word % 211 == 0:
        steps[6:] = [(1, 0, (t + 1 + len(answer) & m, 0), 4, b"")]  # a reset
    at = 0.0
    for index, (side, _, numbers, flags, payload) in enumerate(steps):
        pair = (balancer, target) if side == 0 else (target, balancer)
        yield at, frame(*pair, there if side == 0 else back, numbers, flags, payload, word + index)
        at += rng.expovariate(2_000) if index != 4 else rng.expovariate(50)


def pcap(path, connections):
    import heapq

    rng = random.Random(2026)
    with open(path, "wb", buffering=1 << 20) as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
        running, clock = [], float(START)
        for number in range(connections):
            clock += rng.expovariate(8_000)
            packets = connection(rng, number)
            heapq.heappush(running, (clock, number, clock, next(packets)[1], packets))
            while running and running[0][0] <= clock:
                step(out, running, heapq)
        while running:
            step(out, running, heapq)


def step(out, running, heapq):
    at, number, began, data, packets = heapq.heappop(running)
    out.write(struct.pack("<IIII", int(at), int(at % 1 * 1e6), len(data), len(data)) + data)
    following = next(packets, None)
    if following:
        heapq.heappush(running, (max(at, began + following[0]), number, began, following[1], packets))


def frame6(source, target, ports, numbers, flags, payload, _):
    tcp = struct.pack(">HHIIBBHHH", *ports, *numbers, 0x50, flags, 64240, 0, 0)
    ip = struct.pack(">IHBB", 0x6000_0000, len(tcp) + len(payload), 6, 63) + source + target
    return b"\x02\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x02\x86\xdd" + ip + tcp + payload


def live(path, connections, kind):
    """Every connection begins within one second and none ends, a million a second of capture time."""
    make = frame6 if kind == "open6" else frame
    net6 = bytes.fromhex("20010db8000000000000000000")
    target = net6 + b"\x01\x00\x01" if kind == "open6" else bytes((10, 20, 1, 10))
    rounds = {"half-open": 1, "open6": 3, "pending": 4}[kind]
    with open(path, "wb", buffering=1 << 20) as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
        for step in range(rounds):
            for number in range(connections):
                host, port = number // 50_000, 10_000 + number % 50_000
                client = net6 + bytes((2, host >> 8, host & 255)) if kind == "open6" else bytes(
                    (198, 18, host >> 8, host & 255))
                ask = (f"GET /v1/items/{number} HTTP/1.1\r\nHost: api.shop.example\r\n"
                       f"User-Agent: shop-app/{number % 9}\r\n\r\n").encode() if step == 3 else b""
                side, numbers, flags = [
                    (0, (1000, 0), 2), (1, (2000, 1001), 0x12), (0, (1001, 2001), 0x10), (0, (1001, 2001), 0x18)][step]
                pair, ports = ((client, target), (port, 8080)) if side == 0 else ((target, client), (8080, port))
                data = make(*pair, ports, numbers, flags, ask, number)
                at = step * connections + number
                out.write(struct.pack(
                    "<IIII", START + at // 1_000_000, at % 1_000_000, len(data), len(data)) + data)


def main():
    makers = {"alb": (alb, 1_000_000), "pcap": (pcap, 611_000)}
    for kind in ("half-open", "open6", "pending"):
        makers[kind] = (lambda path, number, kind=kind: live(path, number, kind), 1_000_000)
    if len(sys.argv) < 3 or sys.argv[1] not in makers:
        sys.exit(__doc__)
    make, usual = makers[sys.argv[1]]
    make(sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else usual)


if __name__ == "__main__":
    main()
