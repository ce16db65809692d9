#!/usr/bin/env python3
"""AWS on this machine for tests: moto's server, and before it a proxy that throttles, cuts and remembers.

aws.py serve                 starts both; prints {"moto": URL, "proxy": URL} as one line; ends with standard input
aws.py control URL JSON      sets the faults of the proxy; prints what it was asked since the last time
aws.py logs FOLDER COUNT SAMPLE   deals the lines of a folder of logs out to so many objects with AWS's names
aws.py upload URL FOLDER BUCKET PREFIX     puts a folder's files into a bucket
aws.py user URL POLICY       makes a user with a policy, turns checking of rights on; prints its keys
aws.py call URL SERVICE OPERATION JSON     any other call; prints the answer as JSON

Faults: throttle N (each Nth request is answered 503), cut N (each Nth object is sent by half), delay SECONDS,
fail STATUS (every request), down (no answer at all), skew SECONDS (the service's clock is ahead by so much, and
requests with another time are refused).
"""
import concurrent.futures
import datetime
import email.utils
import gzip
import hashlib
import http.client
import http.server
import json
import os
import pathlib
import sys
import threading
import time

KEYS = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing", "region_name": "us-east-1"}


def client(service, url):
    import boto3
    from botocore.config import Config

    return boto3.client(service, endpoint_url=url, config=Config(max_pool_connections=32), **KEYS)


class Faults:
    def __init__(self):
        self.lock = threading.Lock()
        self.settings = {}
        self.requests = 0
        self.objects = 0
        self.log = []


class Proxy(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    target = None
    faults = Faults()

    def log_message(self, *_):
        pass

    def answer(self, status, headers, body, sent=None):
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() not in ("transfer-encoding", "content-length", "connection", "date", "server"):
                self.send_header(name, value)
        skew = self.faults.settings.get("skew", 0)
        self.send_header("Date", email.utils.formatdate(time.time() + skew, usegmt=True))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body if sent is None else body[:sent])
        self.wfile.flush()

    def refuse(self, status, code, message):
        if self.headers.get("X-Amz-Target") or "json" in self.headers.get("Content-Type", ""):
            body = json.dumps({"__type": code, "message": message}).encode()
            kind = "application/x-amz-json-1.1"
        else:
            body = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>".encode()
            kind = "application/xml"
        self.answer(status, [("Content-Type", kind)], body)

    def handle_any(self):
        length = int(self.headers.get("Content-Length") or 0)
        data = self.rfile.read(length)
        faults = self.faults
        if self.path == "/__control":
            with faults.lock:
                log, faults.log = faults.log, []
                faults.settings = json.loads(data)
            self.answer(200, [], json.dumps(log).encode())
            return
        with faults.lock:
            faults.requests += 1
            number = faults.requests
            settings = dict(faults.settings)
        entry = {"time": time.time(), "method": self.command, "path": self.path, "range": self.headers.get("Range"), "status": 0,
                 "target": self.headers.get("X-Amz-Target"), "payer": self.headers.get("x-amz-request-payer"),
                 "body": data[:4096].decode("utf-8", "replace")}
        # Key, day, region and service of the signature.
        entry["signer"] = self.headers.get("Authorization", "").partition("Credential=")[2].partition(",")[0]
        with faults.lock:
            faults.log.append(entry)
        time.sleep(settings.get("delay", 0))
        if settings.get("down"):
            self.close_connection = True
            return
        if "skew" in settings:
            stamp = datetime.datetime.strptime(self.headers["x-amz-date"], "%Y%m%dT%H%M%SZ")
            ahead = time.time() + settings["skew"] - stamp.replace(tzinfo=datetime.timezone.utc).timestamp()
            if abs(ahead) > 300:
                entry["status"] = 403
                self.refuse(403, "RequestTimeTooSkewed", "The difference between the times is too large.")
                return
        if "fail" in settings:
            entry["status"] = settings["fail"]
            self.refuse(settings["fail"], settings.get("code", "InternalError"), "as asked")
            return
        if settings.get("throttle") and number % settings["throttle"] == 0:
            entry["status"] = 503
            self.refuse(503, "SlowDown", "Please reduce your request rate.")
            return
        connection = http.client.HTTPConnection(*self.target)
        headers = {name: value for name, value in self.headers.items() if name.lower() not in ("connection",)}
        connection.request(self.command, self.path, data, headers)
        response = connection.getresponse()
        body = response.read()
        connection.close()
        entry["status"] = response.status
        sent = None
        if settings.get("cut") and self.command == "GET" and "list-type" not in self.path and len(body) > 1:
            with faults.lock:
                faults.objects += 1
                if faults.objects % settings["cut"] == 0:
                    sent = len(body) // 2
        self.answer(response.status, response.getheaders(), body, sent)
        if sent is not None:
            self.close_connection = True

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = handle_any


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


def check_signatures_as_aws_does():
    """moto checks a signature over the address as its web server hands it out, with `%2F` of a query decoded: there it
    refuses boto3 too (list_objects_v2 with a prefix that holds a slash). AWS checks it over the encoded form."""
    from urllib.parse import quote, unquote

    from moto.iam import access_control

    made = access_control.IAMRequestBase._create_aws_request

    def create(self):
        request = made(self)
        path, _, query = request.url.partition("?")
        pairs = [pair.partition("=") for pair in query.split("&") if pair]
        pairs = [f"{quote(unquote(name), safe='')}={quote(unquote(value), safe='')}" for name, _, value in pairs]
        request.url = quote(unquote(path), safe="/") + ("?" + "&".join(pairs) if pairs else "")
        return request

    access_control.IAMRequestBase._create_aws_request = create


def serve():
    import logging

    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    check_signatures_as_aws_does()
    moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    moto.start()
    Proxy.target = moto.get_host_and_port()
    proxy = Server(("127.0.0.1", 0), Proxy)
    threading.Thread(target=proxy.serve_forever, daemon=True).start()
    host, port = Proxy.target
    print(json.dumps({"moto": f"http://{host}:{port}", "proxy": f"http://127.0.0.1:{proxy.server_address[1]}"}),
          flush=True)
    sys.stdin.read()
    os._exit(0)


def control(url, settings):
    host = url.removeprefix("http://")
    connection = http.client.HTTPConnection(host)
    connection.request("POST", "/__control", settings)
    print(connection.getresponse().read().decode())


def logs(folder, count, sample):
    lines = []
    for path in sorted(pathlib.Path(sample).rglob("*app.*.log.gz")):
        lines += gzip.decompress(path.read_bytes()).splitlines(keepends=True)
    count = int(count)
    day = datetime.datetime(2026, 3, 16)
    for index in range(count):
        # A thousand objects a day: 200 intervals of five minutes, five nodes.
        end = day + datetime.timedelta(days=index // 1000, minutes=5 * (1 + index % 1000 // 5))
        node = f"192.0.2.{201 + index % 5}"
        share = [f"{line.decode().rstrip()}\n".encode() for line in lines[index::count]]
        digest = hashlib.sha256(str(index).encode()).hexdigest()[:8]
        name = (f"123456789012_elasticloadbalancing_us-east-1_app.shop-alb.50dc6c495c0c9188_"
                f"{end:%Y%m%dT%H%MZ}_{node}_{digest}.log.gz")
        target = pathlib.Path(folder) / f"AWSLogs/123456789012/elasticloadbalancing/us-east-1/{end:%Y/%m/%d}"
        target.mkdir(parents=True, exist_ok=True)
        (target / name).write_bytes(gzip.compress(b"".join(share), mtime=0))


def upload(url, folder, bucket, prefix):
    s3 = client("s3", url)
    try:
        s3.create_bucket(Bucket=bucket)
    except s3.exceptions.BucketAlreadyOwnedByYou:
        pass
    base = pathlib.Path(folder)
    files = [base] if base.is_file() else [path for path in sorted(base.rglob("*")) if path.is_file()]

    def put(path):
        key = prefix + (path.name if base.is_file() else str(path.relative_to(base)))
        s3.put_object(Bucket=bucket, Key=key, Body=path.read_bytes())

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        list(pool.map(put, files))
    print(len(files))


def user(url, policy):
    iam = client("iam", url)
    name = f"user-{time.time_ns()}"
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="rights", PolicyDocument=policy)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    host = url.removeprefix("http://")
    connection = http.client.HTTPConnection(host)
    connection.request("POST", "/moto-api/reset-auth", "0")
    connection.getresponse().read()
    print(json.dumps({"key": key["AccessKeyId"], "secret": key["SecretAccessKey"]}))


def call(url, service, operation, arguments):
    answer = getattr(client(service, url), operation)(**json.loads(arguments))
    answer.pop("ResponseMetadata", None)
    print(json.dumps(answer, default=str))


if __name__ == "__main__":
    {"serve": serve, "control": control, "logs": logs, "upload": upload, "user": user, "call": call}[sys.argv[1]](
        *sys.argv[2:])
