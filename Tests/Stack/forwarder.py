#!/usr/bin/env python3
"""Forwards Ethernet frames between two interfaces, late, and loses or holds up some: for kernels without netem.

usage: forwarder.py FIRST SECOND DELAY_MS LOSS_PER_MILLE LATE_PER_MILLE LATE_MS

Chance comes from a fixed seed. Frames up to 2000 bytes: segmentation is to be off on what leads here.
Prints for how long it stood still, in milliseconds, each time that is longer than ever before: the machine may be busy.
"""
import heapq
import random
import select
import signal
import socket
import sys
import time

first, second = sys.argv[1:3]
delay, loss, late, extra = (float(value) / 1000 for value in sys.argv[3:7])
ALL_PROTOCOLS = 3
PACKET_IGNORE_OUTGOING = 23
SOL_PACKET = 263


def opened(name):
    link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ALL_PROTOCOLS))
    link.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
    link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
    link.bind((name, 0))
    link.setblocking(False)
    return link


links = [opened(first), opened(second)]
chance = random.Random(1)
waiting = []
number = 0
counts = {"forwarded": 0, "lost": 0, "late": 0}
running = True
stalled = 0


def stop(*_):
    global running
    running = False


signal.signal(signal.SIGTERM, stop)
print("ready", flush=True)
while running:
    begun = time.monotonic()
    timeout = max(0, waiting[0][0] - begun) if waiting else 0.2
    for link in select.select(links, [], [], timeout)[0]:
        for _ in range(64):
            try:
                frame = link.recv(2048)
            except BlockingIOError:
                break
            if chance.random() < loss:
                counts["lost"] += 1
                continue
            due = time.monotonic() + delay
            if chance.random() < late:
                counts["late"] += 1
                due += extra
            number += 1
            heapq.heappush(waiting, (due, number, link is links[0], frame))
    now = time.monotonic()
    if int((now - begun - timeout) * 1000) > stalled:
        stalled = int((now - begun - timeout) * 1000)
        print("stalled", stalled, flush=True)
    while waiting and waiting[0][0] <= now:
        _, _, came_first, frame = heapq.heappop(waiting)
        try:
            links[1 if came_first else 0].send(frame)
            counts["forwarded"] += 1
        except BlockingIOError:
            counts["lost"] += 1
print(counts, flush=True)
