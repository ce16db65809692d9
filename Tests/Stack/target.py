#!/usr/bin/env python3
"""What the target of the stack does besides nginx: slow answers, resets, a port that takes requests and says nothing."""
import socket
import struct
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Slow(BaseHTTPRequestHandler):
    """Answers /slow/MILLISECONDS and /wait/MILLISECONDS after that time."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        time.sleep(int(self.path.split("/")[2]) / 1000)
        body = b'{"slow":true}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


def listening(address, port):
    server = socket.socket()
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind((address, port))
    server.listen(256)
    return server


def reset(server):
    """Begins an answer and tears the connection down in the middle of it."""
    while True:
        connection, _ = server.accept()
        connection.recv(4096)
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\npartial")
        time.sleep(0.05)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()


def hang(server):
    """Takes connections and requests and never answers."""
    kept = []
    while True:
        kept.append(server.accept())


threading.Thread(target=ThreadingHTTPServer(("127.0.0.1", 7000), Slow).serve_forever, daemon=True).start()
threading.Thread(target=reset, args=(listening("10.20.16.160", 9997),), daemon=True).start()
threading.Thread(target=hang, args=(listening("10.20.16.161", 9996),), daemon=True).start()
print("ready", flush=True)
while True:
    time.sleep(60)
