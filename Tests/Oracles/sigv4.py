#!/usr/bin/env python3
"""Signs requests with botocore: a JSON list of requests on standard input, their authorization headers on standard output."""
import datetime
import json
import sys
from unittest import mock

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials


def sign(item):
    credentials = Credentials(item["key"], item["secret"], item.get("token"))
    kind = botocore.auth.S3SigV4Auth if item["service"] == "s3" else botocore.auth.SigV4Auth
    request = AWSRequest(item["method"], item["url"], headers=dict(item["headers"]), data=bytes(item["body"]))
    moment = datetime.datetime.fromtimestamp(item["time"], datetime.timezone.utc).replace(tzinfo=None)
    # Versions of botocore ask for the time in one of two ways.
    with mock.patch.object(botocore.auth, "get_current_datetime", lambda *a, **k: moment, create=True), \
            mock.patch.object(botocore.auth, "datetime", create=True) as clock:
        clock.datetime.utcnow.return_value = moment
        kind(credentials, item["service"], item["region"]).add_auth(request)
    return request.headers["Authorization"]


print(json.dumps([sign(item) for item in json.load(sys.stdin)]))
