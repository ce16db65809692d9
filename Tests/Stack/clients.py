#!/usr/bin/env python3
"""Clients of the stack: a known number of requests of each kind, from addresses of their own.

usage: clients.py quiet|errors     Prints what was sent, as JSON; and for how many milliseconds it stood still at most.
"""
import json
import socket
import struct
import sys
import threading
import time

LOAD_BALANCER = ("10.40.255.1", 80)


def connected(client, buffer=None):
    connection = socket.socket()
    if buffer:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    connection.settimeout(40)
    connection.bind((f"10.40.0.{client}", 0))
    connection.connect(LOAD_BALANCER)
    return connection


def send(connection, path, close=False):
    connection.sendall(
        f"GET {path} HTTP/1.1\r\nHost: www.shop.example.com\r\nUser-Agent: stack/1\r\n"
        f"{'Connection: close' if close else 'Connection: keep-alive'}\r\n\r\n".encode())


def answer(connection):
    """Reads one answer; returns its status, or None where there is none."""
    data = b""
    while b"\r\n\r\n" not in data:
        part = connection.recv(65536)
        if not part:
            return None
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    while len(body) < length:
        part = connection.recv(65536)
        if not part:
            break
        body += part
    return int(head.split()[1])


def ask(client, paths, pause=0):
    """Sends requests one after the other on one connection; returns the statuses."""
    statuses = []
    connection = connected(client)
    for index, path in enumerate(paths):
        try:
            send(connection, path, close=index == len(paths) - 1)
            statuses.append(answer(connection))
            time.sleep(pause)
        except OSError:
            statuses.append(None)
            break
    connection.close()
    return statuses


def read_slowly(client, seconds):
    """Asks for a large file and hardly reads."""
    connection = connected(client, buffer=8192)
    send(connection, "/static/8m.bin", close=True)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        connection.recv(1024)
        time.sleep(0.5)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def reset_by_client(client):
    """Asks for a slow answer and tears the connection down while it is awaited."""
    connection = connected(client)
    send(connection, "/wait/3000")
    time.sleep(0.3)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def together(calls):
    threads = [threading.Thread(target=call, args=arguments) for call, *arguments in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def usual(rounds, pause=0):
    together([(ask, 2 + client, [f"/api/items/{client}", "/static/8k.html", "/static/30k.html"] * rounds, pause)
              for client in range(20)])
    return 20 * 3 * rounds


def errors():
    sent = {"/e500": 7, "/e503": 5, "/nobody": 4, "/reset": 6, "/refused": 3, "/silent": 2, "/slow/1500": 4,
            "/slow/9000": 2}
    calls = []
    for kind, (path, count) in enumerate(sent.items()):
        calls += [(ask, 100 + 10 * kind + number, [path]) for number in range(count)]
    calls += [(reset_by_client, 200), (reset_by_client, 201), (reset_by_client, 202)]
    calls += [(read_slowly, 210, 12)]
    together(calls)
    return {**sent, "reset_by_client": 3, "slow_readers": 1}


stalled = 0


def watch():
    """Notes how late one wakes up: the machine may be busy."""
    global stalled
    while True:
        begun = time.monotonic()
        time.sleep(0.05)
        stalled = max(stalled, int((time.monotonic() - begun - 0.05) * 1000))


threading.Thread(target=watch, daemon=True).start()
mode = sys.argv[1]
if mode == "quiet":
    sent = {"usual": usual(20, pause=0.1)}
else:
    number = usual(5)
    sent = {**errors(), "usual": number}
print(json.dumps({**sent, "stalled": stalled}))
