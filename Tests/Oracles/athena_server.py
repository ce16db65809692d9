#!/usr/bin/env python3
"""moto's Athena, with rows to answer with.

usage: athena_server.py ROWS.csv...    Prints its URL, then serves until standard input ends.

Each query that is started takes the next file (a head line, then rows; an empty cell is NULL). moto hands out an answer in
one page and scans nothing; here pages hold MaxResults rows, as Athena's do, and 27,000,000 bytes were scanned. What was asked
is written to standard error, a line of JSON for each call.
"""
import csv
import json
import os
import sys

os.environ.setdefault("AWS_ACCESS_KEY_ID", "test")
os.environ.setdefault("AWS_SECRET_ACCESS_KEY", "test")

from moto.athena import models, responses  # noqa: E402
from moto.server import ThreadedMotoServer  # noqa: E402

csv.field_size_limit(1 << 30)


def tell(action, **what):
    print(json.dumps({"action": action, **what}), file=sys.stderr, flush=True)


def data(cells):
    return {"Data": [{} if cell == "" else {"VarCharValue": cell} for cell in cells]}


def page(self):
    asked = json.loads(self.body)
    result = self.athena_backend.get_query_results(asked["QueryExecutionId"]).to_dict()
    rows = result["ResultSet"]["Rows"]
    start = int(asked.get("NextToken") or 0)
    end = start + min(1000, int(asked.get("MaxResults") or 1000))
    tell("GetQueryResults", start=start, rows=len(rows[start:end]))
    result["ResultSet"]["Rows"] = rows[start:end]
    if end < len(rows):
        result["NextToken"] = str(end)
    return json.dumps(result)


started = models.AthenaBackend.start_query_execution
described = responses.AthenaResponse.get_query_execution
stopped = models.AthenaBackend.stop_query_execution


def start(self, query, context, config, workgroup, execution_parameters):
    tell("StartQueryExecution", query=query, context=context, config=config, workgroup=workgroup)
    return started(self, query, context, config, workgroup, execution_parameters)


def describe(self):
    answer = described(self)
    text = answer if isinstance(answer, str) else answer[2]
    document = json.loads(text)
    execution = document["QueryExecution"]
    execution.setdefault("Statistics", {})["DataScannedInBytes"] = 27_000_000
    if os.environ.get("ATHENA_NEVER_ENDS"):
        execution["Status"]["State"] = "RUNNING"
    return json.dumps(document)


def stop(self, exec_id):
    tell("StopQueryExecution", id=exec_id)
    return stopped(self, exec_id)


responses.AthenaResponse.get_query_results = page
responses.AthenaResponse.get_query_execution = describe
models.AthenaBackend.start_query_execution = start
models.AthenaBackend.stop_query_execution = stop

for path in sys.argv[1:]:
    with open(path, newline="", encoding="utf-8") as file:
        rows = [row for row in csv.reader(file) if row]
    head = rows[0]
    models.athena_backends["123456789012"]["us-east-1"].query_results_queue.append(
        models.QueryResults(
            rows=[data(row) for row in rows], column_info=[{"Name": name, "Type": "varchar"} for name in head]
        )
    )

server = ThreadedMotoServer(port=0, verbose=False)
server.start()
host, port = server.get_host_and_port()
print(f"http://127.0.0.1:{port}", flush=True)
sys.stdin.read()
server.stop()
