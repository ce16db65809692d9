#!/usr/bin/env python3
"""An independent reader of AWS load balancer and VPC flow logs, written from AWS's field tables.

    logs.py cat FILE            the decoded bytes of FILE (gzip members inflated), on stdout
    logs.py KIND [-q] < LOG     one JSON object a line of the log, on stdout: what became of the line and every field

KIND: alb nlb clb alb-connection alb-health-check vpc-flow. -q keeps query strings. Texts are bytes told as Latin-1.
It shares no code with the program it checks and uses only the standard library.
"""
import datetime
import gzip
import ipaddress
import json
import re
import sys

ALB = """type time elb client:port target:port request_processing_time target_processing_time response_processing_time
elb_status_code target_status_code received_bytes sent_bytes request_line user_agent ssl_cipher ssl_protocol
target_group_arn trace_id domain_name chosen_cert_arn matched_rule_priority request_creation_time actions_executed
redirect_url error_reason target:port_list target_status_code_list classification classification_reason conn_trace_id
transformed_host transformed_uri request_transform_status ip_address target_error_code elb_error_code""".split()
NLB = """type version time elb listener client_port destination_port connection_time tls_handshake_time received_bytes
sent_bytes incoming_tls_alert chosen_cert_arn chosen_cert_serial tls_cipher tls_protocol_version tls_keyexchange
domain_name alpn_fe_protocol alpn_be_protocol alpn_client_preference_list tls_connection_creation_time""".split()
CLB = """time elb client:port backend:port request_processing_time backend_processing_time response_processing_time
elb_status_code backend_status_code received_bytes sent_bytes request user_agent ssl_cipher ssl_protocol""".split()
CONNECTION = """time client_ip client_port listener_port tls_protocol tls_cipher tls_handshake_latency
leaf_client_cert_subject leaf_client_cert_validity leaf_client_cert_serial_number tls_verify_status conn_trace_id
tls_keyexchange elb ip_address""".split()
HEALTH = "type time latency target_addr target_group_id status status_code reason_code elb ip_address".split()
FLOW2 = """version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action
log-status""".split()
FLOW = FLOW2 + """vpc-id subnet-id instance-id tcp-flags type pkt-srcaddr pkt-dstaddr region az-id sublocation-type
sublocation-id pkt-src-aws-service pkt-dst-aws-service flow-direction traffic-path ecs-cluster-arn ecs-cluster-name
ecs-container-instance-arn ecs-container-instance-id ecs-container-id ecs-second-container-id ecs-service-name
ecs-task-definition-arn ecs-task-arn ecs-task-id reject-reason resource-id encryption-status instance-tag
instance-tag-2 interface-tag interface-tag-2 asg-tag asg-tag-2 interface-type next-hop-interface-id
next-hop-subnet-id next-hop-az-id next-hop-vpc-id next-hop-interface-type""".split()
FLOW_KEPT = set(FLOW2) | set("""vpc-id subnet-id instance-id tcp-flags pkt-srcaddr pkt-dstaddr az-id
pkt-src-aws-service pkt-dst-aws-service flow-direction traffic-path reject-reason interface-type""".split())
COLUMNS = {"alb": ALB, "nlb": NLB, "clb": CLB, "alb-connection": CONNECTION, "alb-health-check": HEALTH,
           "vpc-flow": FLOW}
# No record is older or newer (1990-01-01 and 2200-01-01), and none tells of more than a pebibyte.
FIRST, LAST, COUNT = 631152000 * 10**9, 7258118400 * 10**9, 2**50
MINIMUM = {"alb": 12, "nlb": 11, "clb": 11, "alb-connection": 7, "alb-health-check": 8, "vpc-flow": 14}


class Reject(Exception):
    pass


class Ignore(Exception):
    pass


def canonical(name):
    return name.lower().replace(":", "_").replace("-", "_")


def tokens(line):
    """Fields with their raw beginnings. A quote after a backslash is text, unless that leaves a quote open."""
    try:
        return split(line, True)
    except Reject:
        return split(line, False)


def split(line, escapes):
    """Fields with their raw beginnings: (text, raw start). Raises Reject when a quote is left open."""
    found, i, n = [], 0, len(line)
    # No format has more than 54 columns: what stands past 64 fields is not looked at.
    while i < n and len(found) < 64:
        if line[i] == " ":
            i += 1
            continue
        start = i
        if line[i] == '"':
            inside = False
            while i < n and (inside or line[i] != " "):
                if escapes and inside and line[i] == "\\" and i + 1 < n:
                    i += 2
                    continue
                if line[i] == '"':
                    inside = not inside
                i += 1
            if inside:
                raise Reject("unbalanced-quotes")
            text = line[start:i]
            text = text[1:-1] if len(text) > 1 and text.endswith('"') else text[1:]
        else:
            while i < n and line[i] != " ":
                i += 1
            text = line[start:i]
        found.append((text, start))
    return found


class Row:
    """One line's columns by name; a dash or an empty text is None."""

    def __init__(self, values):
        self.values = values
        self.anomalies = set()

    def __getitem__(self, name):
        value = self.values.get(canonical(name))
        return None if value in (None, "-", "") else value

    def note(self, anomaly):
        self.anomalies.add(anomaly)


def ns(moment):
    delta = moment - datetime.datetime(1970, 1, 1)
    return (delta.days * 86400 + delta.seconds) * 10**9 + delta.microseconds * 1000


def parse_time(text):
    if text is None:
        return None
    m = re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d+))?([Zz]|[+-]\d\d:\d\d)?", text,
                     re.ASCII)
    if not m:
        return None
    year, month, day, hour, minute, second = map(int, m.groups()[:6])
    if hour > 23 or minute > 59 or second > 60:
        return None
    try:
        base = ns(datetime.datetime(year, month, day, hour, minute))
    except ValueError:
        return None
    zone = 0
    if m[8] and m[8] not in "Zz":
        if int(m[8][1:3]) > 23 or int(m[8][4:6]) > 59:
            return None
        zone = (int(m[8][1:3]) * 3600 + int(m[8][4:6]) * 60) * (1 if m[8][0] == "+" else -1)
    value = base + (second - zone) * 10**9 + int(((m[7] or "") + "0" * 9)[:9])
    return value if FIRST <= value < LAST else None


def need_time(text):
    value = parse_time(text)
    if value is None:
        raise Reject("bad-time")
    return value


def address(text):
    m = re.fullmatch(r"(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})", text, re.ASCII)
    if m:
        parts = [int(x) for x in m.groups()]
        return ".".join(map(str, parts)) if max(parts) < 256 else None
    if text.startswith("[") and text.endswith("]"):
        text = text[1:-1]
    if "%" in text:
        return None
    m = re.fullmatch(r"(.*:)(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})", text, re.ASCII)
    if m:
        parts = [int(x) for x in m.groups()[1:]]
        if max(parts) > 255:
            return None
        text = "%s%x:%x" % (m[1], parts[0] << 8 | parts[1], parts[2] << 8 | parts[3])
    try:
        ip = ipaddress.IPv6Address(text)
    except ValueError:
        return None
    if ip.ipv4_mapped:
        return str(ip.ipv4_mapped)
    return str(ip)


def endpoint(text):
    """'address port', or None; the port is what follows the last colon."""
    host, colon, port = text.rpartition(":")
    if not colon or not re.fullmatch(r"\d{1,5}", port, re.ASCII) or int(port) > 65535:
        return None
    ip = address(host)
    return None if ip is None else "%s %d" % (ip, int(port))


def need_endpoint(text, default=None):
    if text is None:
        return default
    found = endpoint(text)
    if found is None:
        raise Reject("bad-address")
    return found


def seconds(text):
    """Nanoseconds, 'negative', or None."""
    if text is None:
        return None
    m = re.fullmatch(r"(-?)(\d*)(?:\.(\d*))?", text, re.ASCII)
    if not m or not (m[2] or m[3]) or int(m[2] or 0) > 4 * 10**9:
        raise Reject("bad-number")
    if m[1]:
        return "negative"
    return int(m[2] or 0) * 10**9 + int(((m[3] or "") + "0" * 9)[:9])


def number(text, limit=2**64 - 1, reason="bad-number"):
    if text is None:
        return None
    if not re.fullmatch(r"\d{1,20}", text, re.ASCII) or int(text) > limit:
        raise Reject(reason)
    return int(text)


def status(text):
    if text is None:
        return None
    if not re.fullmatch(r"\d{3}", text, re.ASCII):
        raise Reject("bad-status")
    return int(text)


def utf8(row, text):
    try:
        text.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        row.note("not-utf8")


def unescape(row, text):
    """The text with \\xHH and \\" undone; as it is when one of them is cut."""
    if text is None:
        return text
    if re.search(r"\\x(?![0-9A-Fa-f]{2})", text):
        row.note("bad-escape")
        return text
    return re.sub(r'\\(?:x([0-9A-Fa-f]{2})|")', lambda m: chr(int(m[1], 16)) if m[1] else '"', text)


def folded(text):
    """A domain name with its ASCII letters in lower case, and without the final dot of a rooted one."""
    text = text and re.sub("[A-Z]", lambda m: m[0].lower(), text)
    return text[:-1] if text and len(text) > 1 and text.endswith(".") else text


def percent(row, text):
    if text is None:
        return text
    if re.search(r"%(?![0-9A-Fa-f]{2})", text):
        row.note("bad-escape")
        return text
    return re.sub(r"%([0-9A-Fa-f]{2})", lambda m: chr(int(m[1], 16)), text)


def request_parts(text):
    """method, host, path, path with query, version of a request line."""
    if not text:
        return None, None, None, None, None
    method, space, rest = text.partition(" ")
    method = None if method == "-" else method or None
    if not space:
        return method, None, None, None, None
    version, url = None, rest
    before, gap, last = rest.rpartition(" ")
    if last.startswith("HTTP/") or last in ("-", ""):
        url = before if gap else ""
        version = {"HTTP/0.9": "HTTP/0.9", "HTTP/1.0": "HTTP/1.0", "HTTP/1.1": "HTTP/1.1", "HTTP/2.0": "HTTP/2.0",
                   "HTTP/2": "HTTP/2.0", "HTTP/3": "HTTP/3", "HTTP/3.0": "HTTP/3"}.get(last)
    host = path = None
    m = re.match(r"([^/:]{0,15})://", url, re.S)
    if m:
        authority = re.match(r"[^/?#]*", url[m.end():], re.S)[0]
        whole = url[m.end() + len(authority):]
        authority = authority.rpartition("@")[2]
        host = authority if authority.endswith("]") or ":" not in authority[1:] else authority.rpartition(":")[0]
        if not whole.startswith("/"):
            whole = ""
    elif url[:1] in ("/", "*"):
        whole = url
    elif not url.strip("- "):
        whole = ""
    else:
        whole = ""
        host = url if url.endswith("]") or ":" not in url[1:] else url.rpartition(":")[0]
    path = whole.partition("?")[0] or None
    return method, host or None, path, (whole if path else None), version


TLS = {"TLSv1": "TLSv1", "TLSv1.0": "TLSv1", "TLSv1.1": "TLSv1.1", "TLSv1.2": "TLSv1.2", "TLSv1.3": "TLSv1.3",
       "tlsv10": "TLSv1", "tlsv11": "TLSv1.1", "tlsv12": "TLSv1.2", "tlsv13": "TLSv1.3", "SSLv3": "SSLv3"}


def tls(row, text):
    if text is None:
        return None
    if text not in TLS:
        row.note("unknown-value")
    return TLS.get(text)


def trace_key(row, text):
    if text is None:
        return 0
    digits = text[4:] if text.startswith("TID_") and len(text) > 4 else text
    if not re.fullmatch(r"[0-9A-Fa-f]+", digits, re.ASCII):
        row.note("bad-optional-field")
        return 0
    key = 0
    for i in range(0, len(digits), 16):
        key ^= int(digits[i:i + 16], 16)
    return key


# What makes a load balancer send a code by itself (AWS's troubleshooting pages), as (blame, cause).
CODES = {400: ("client", "bad-request"), 401: ("client", "auth-failed"), 403: ("client", "waf-blocked"),
         405: ("client", "unsupported"), 408: ("client", "client-timeout"), 413: ("client", "bad-request"),
         414: ("client", "bad-request"), 460: ("client", "client-closed"), 463: ("client", "too-many-forwarded"),
         464: ("client", "protocol-mismatch"), 501: ("client", "unsupported"), 503: ("target", "no-healthy-target"),
         505: ("client", "unsupported"), 507: ("load-balancer", "redirect-limit"),
         561: ("unknown", "identity-provider"), 562: ("unknown", "identity-provider")}
PROVIDER = ("AuthTokenEpRequestFailed", "AuthTokenEpRequestTimeout", "AuthUserinfoEpRequestFailed",
            "AuthUserinfoEpRequestTimeout", "AuthUserinfoResponseSizeExceeded")
LAMBDA_INTERNAL = ("LambdaConnectionError", "LambdaConnectionTimeout", "LambdaServiceException",
                   "LambdaUnhandledException")
LAMBDA_REQUEST = ("LambdaBadRequest", "LambdaRequestTooLarge", "LambdaWebsocketNotSupported")


def named_verdict(reason):
    if reason is None:
        return None
    if reason in ("AuthUnhandledException", "JWTValidationInternalError"):
        return "load-balancer", "auth-failed"
    if reason in PROVIDER or reason.startswith("JWKS"):
        return "unknown", "identity-provider"
    if reason.startswith(("Auth", "JWT")):
        return "client", "auth-failed"
    if reason in LAMBDA_INTERNAL:
        return "load-balancer", "lambda-error"
    if reason in LAMBDA_REQUEST:
        return "client", "lambda-error"
    if reason.startswith("Lambda"):
        return "target", "lambda-error"
    if reason.startswith("WAF") or reason == "WeightedTargetGroupsUnhandledException":
        return "load-balancer", "load-balancer-error"
    if reason == "AWSALBTGCookieInvalid":
        return "client", "bad-request"
    return None


def verdict(row, fact, alb):
    code, target = fact["status"], fact["targetStatus"]
    if code is None or 0 < code < 400:
        return None, None
    if code == 0:
        if alb and row["target_error_code"]:
            return "target", "reset"
        if alb and row["elb_error_code"]:
            return "load-balancer", "reset"
        return "load-balancer", "http2-limit"
    named = named_verdict(row["error_reason"] if alb else None)
    if named:
        return named
    if target == code:
        return ("client", "client-error") if code < 500 else ("target", "target-error")
    last = (row["actions_executed"] or "").split(",")[-1] if alb else ""
    if last == "waf":
        return "client", "waf-blocked"
    if last == "waf-failed":
        return "load-balancer", "load-balancer-error"
    if last == "fixed-response":
        return ("client" if code < 500 else "load-balancer"), "fixed-response"
    if code == 500 and last.startswith("authenticate"):
        return "unknown", "identity-provider"
    undispatched, unanswered = "negativeRequestTime" in fact["flags"], "negativeTargetTime" in fact["flags"]
    if code == 502:
        if alb and row["target_error_code"]:
            return "target", "reset"
        if target is not None:
            return "target", "bad-target-response"
        return "target", ("target-connect-failed" if undispatched else "target-closed" if unanswered
                          else "bad-target-response")
    if code == 504:
        return "target", "target-connect-timeout" if undispatched else "target-timeout"
    if code in CODES:
        return CODES[code]
    if code < 500:
        return "client", "client-error"
    return ("target", "target-error") if (target or 0) >= 500 else ("load-balancer", "load-balancer-error")


def measures(row, fact, phases, codes):
    for name, column, flag in zip(("requestTime", "targetTime", "responseTime"), phases,
                                  ("negativeRequestTime", "negativeTargetTime", "negativeResponseTime")):
        value = seconds(row[column])
        if value == "negative":
            fact["flags"].append(flag)
            value = None
        fact[name] = value
    fact["status"] = status(row[codes[0]])
    fact["targetStatus"] = None if row[codes[1]] == "0" else status(row[codes[1]])
    fact["bytesFromClient"], fact["bytesFromServer"] = (
        number(row["received_bytes"], COUNT), number(row["sent_bytes"], COUNT))


def request(row, fact, text, domain, keep):
    method, host, path, whole, version = request_parts(text)
    fact["httpVersion"], fact["method"] = version, unescape(row, method)
    fact["path"] = unescape(row, whole if keep else path)
    fact["domain"] = folded(unescape(row, domain or host))


# Where a load balancer in front can stand.
PRIVATE = [ipaddress.ip_network(x) for x in (
    "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "fc00::/7",
    "fe80::/10", "::1/128")]


def is_private(client):
    ip = ipaddress.ip_address(client.split(" ")[0])
    return any(ip.version == x.version and ip in x for x in PRIVATE)


def agent(row, fact):
    if (row["user_agent"] or "").startswith("ELB-HealthChecker/") and is_private(fact["client"]):
        fact["flags"].append("healthCheck")
    fact["userAgent"] = unescape(row, row["user_agent"])


def phases_sum(fact):
    parts = [fact[x] for x in ("requestTime", "targetTime", "responseTime")]
    return None if None in parts else sum(parts)


def alb(row, keep):
    fact = {"fact": "exchange", "kind": "alb", "time": need_time(row["time"]), "flags": []}
    fact["client"] = need_endpoint(row["client:port"], ":: 0")
    fact["target"] = need_endpoint(row["target:port"])
    measures(row, fact, ("request_processing_time", "target_processing_time", "response_processing_time"),
             ("elb_status_code", "target_status_code"))
    scheme = row["type"]
    known = ("http", "https", "h2", "grpcs", "ws", "wss", "h2c", "grpc", "lambda")
    if scheme is not None and scheme not in known:
        row.note("unknown-value")
    fact["scheme"] = scheme if scheme in known else None
    if scheme in ("ws", "wss"):
        fact["flags"].append("upgraded")
    fact["loadBalancer"] = row["elb"]
    request(row, fact, row.values.get("request_line"), row["domain_name"], keep)
    arn = row["target_group_arn"]
    resource = (arn or "").split(":", 5)[-1]
    fact["targetGroup"] = resource if resource.startswith("targetgroup/") and arn.count(":") >= 5 else arn
    start = parse_time(row["request_creation_time"])
    fact["start"] = start
    if start is None:
        if row["request_creation_time"]:
            row.note("bad-optional-field")
        fact["totalTime"] = phases_sum(fact)
    else:
        fact["totalTime"] = fact["time"] - start
        if fact["totalTime"] < 0:
            fact["totalTime"] = None
            row.note("time-backwards")
    agent(row, fact)
    fact["errorReason"], fact["actions"], fact["node"] = row["error_reason"], row["actions_executed"], row["ip_address"]
    fact["tlsCipher"], fact["tlsVersion"] = row["ssl_cipher"], tls(row, row["ssl_protocol"])
    fact["trace"] = unescape(row, row["trace_id"])
    fact["traceKey"] = trace_key(row, row["conn_trace_id"])
    group = [x for x in (row["classification"], row["classification_reason"]) if x]
    fact["classification"] = ":".join(group) if row["classification"] else None
    fact["certificate"] = row["chosen_cert_arn"]
    rule = row["matched_rule_priority"] or ""
    fact["rulePriority"] = int(rule) if re.fullmatch("-1|0|[1-9][0-9]{0,4}", rule) else None
    fact["details"] = details([
        ("type", None if fact["scheme"] else scheme),
        ("ssl_protocol", None if fact["tlsVersion"] else row["ssl_protocol"]),
        ("matched_rule_priority", None if fact["rulePriority"] is not None else row["matched_rule_priority"]),
        ("request_creation_time", row["request_creation_time"] if start is None else None),
        ("redirect_url", unescape(row, url(row["redirect_url"], keep))),
        ("target:port_list", None if row["target:port_list"] == row["target:port"] else row["target:port_list"]),
        ("target_status_code_list", None if row["target_status_code_list"] == row["target_status_code"]
         else row["target_status_code_list"]),
        ("classification_reason", None if row["classification"] else row["classification_reason"]),
        ("transformed_host", unescape(row, row["transformed_host"])),
        ("transformed_uri", unescape(row, url(row["transformed_uri"], keep))),
        ("request_transform_status", row["request_transform_status"]),
        ("target_error_code", row["target_error_code"]), ("elb_error_code", row["elb_error_code"])])
    fact["blame"], fact["cause"] = verdict(row, fact, True)
    return fact


def url(text, keep):
    return text if keep or text is None else text.split("?")[0]


def details(pairs):
    """A JSON object of texts, without those that are absent; None if all are."""
    def quoted(text):
        return '"' + "".join(c if c >= " " and c not in '"\\' else "\\" + c if c >= " " else "\\u%04x" % ord(c)
                             for c in text) + '"'
    told = [quoted(name) + ":" + quoted(text) for name, text in pairs if text not in (None, "", "-")]
    return "{" + ",".join(told) + "}" if told else None


def clb(row, keep):
    time = need_time(row["time"])
    fact = {"fact": "exchange", "kind": "clb", "time": time, "flags": []}
    fact["client"] = need_endpoint(row["client:port"], ":: 0")
    fact["target"] = need_endpoint(row["backend:port"])
    measures(row, fact, ("request_processing_time", "backend_processing_time", "response_processing_time"),
             ("elb_status_code", "backend_status_code"))
    cipher, version = row["ssl_cipher"], tls(row, row["ssl_protocol"])
    text = row.values.get("request")
    if fact["status"] is None and fact["targetStatus"] is None and text in ("- - -", "- - - "):
        return {"fact": "connection", "kind": "clb", "start": time, "end": time, "duration": None,
                "client": fact["client"], "server": fact["target"] or ":: 0", "service": "tls" if cipher else None,
                "tlsVersion": version, "tlsCipher": cipher, "loadBalancer": row["elb"],
                "bytesFromClient": fact["bytesFromClient"], "bytesFromServer": fact["bytesFromServer"],
                "flags": ["startSeen", "endSeen"]}
    fact["start"], fact["totalTime"] = time, phases_sum(fact)
    fact["loadBalancer"], fact["tlsCipher"], fact["tlsVersion"] = row["elb"], cipher, version
    request(row, fact, text, None, keep)
    m = re.match(r"[^ ]* (https?)://", text or "", re.S)
    fact["scheme"] = m[1] if m else None
    agent(row, fact)
    fact["blame"], fact["cause"] = verdict(row, fact, False)
    return fact


def nlb(row, keep):
    if row["type"] != "tls" and not (row.chosen and row["type"] is None):
        raise Reject("not-this-format")
    end = need_time(row["time"])
    fact = {"fact": "connection", "kind": "nlb", "end": end, "flags": ["startSeen", "endSeen"], "service": "tls"}
    fact["client"] = need_endpoint(row["client_port"], ":: 0")
    fact["server"] = need_endpoint(row["destination_port"], ":: 0")
    lengths = []
    for column in ("connection_time", "tls_handshake_time"):
        text = row[column]
        if text is not None and text.startswith("-"):
            text = None if seconds(text) == "negative" else text
        lengths.append(number(text, 4 * 10**12))
    fact["duration"] = None if lengths[0] is None else lengths[0] * 10**6
    fact["start"] = end - (fact["duration"] or 0)
    fact["tlsHandshake"] = None if lengths[1] is None else lengths[1] * 10**6
    if lengths[1] is None:
        fact["flags"].append("tlsFailed")
    fact["bytesFromClient"], fact["bytesFromServer"] = (
        number(row["received_bytes"], COUNT), number(row["sent_bytes"], COUNT))
    fact["loadBalancer"], fact["domain"] = row["elb"], folded(percent(row, row["domain_name"]))
    alert = row["incoming_tls_alert"]
    if alert is not None and not (re.fullmatch(r"\d{1,20}", alert, re.ASCII) and int(alert) < 256):
        row.note("bad-optional-field")
        alert = None
    fact["errorReason"] = None if alert is None else "tls-alert-" + alert
    fact["tlsVersion"], fact["tlsCipher"] = tls(row, row["tls_protocol_version"]), row["tls_cipher"]
    fact["alpn"] = row["alpn_fe_protocol"]
    fact["details"] = [(x, row[x]) for x in ("listener", "chosen_cert_arn", "chosen_cert_serial", "tls_keyexchange",
                                             "alpn_be_protocol")]
    # Each protocol stands in quotes, its own ones encoded.
    protocols = row["alpn_client_preference_list"]
    fact["details"].append(("alpn_client_preference_list", protocols and protocols.replace('"', "")))
    return fact


def connection_log(row, keep):
    time = need_time(row["time"])
    ip = row["client_ip"]
    if ip is not None:
        ip = address(ip)
        if ip is None:
            raise Reject("bad-address")
    ports = [number(row[x], 65535) or 0 for x in ("client_port", "listener_port")]
    fact = {"fact": "connection", "kind": "alb-connection", "start": time, "end": time, "duration": None,
            "client": "%s %d" % (ip or "::", ports[0]), "server": ":: %d" % ports[1], "flags": ["startSeen"]}
    fact["tlsVersion"], fact["tlsCipher"] = tls(row, row["tls_protocol"]), row["tls_cipher"]
    fact["service"] = "tls" if row["tls_protocol"] else "http"
    value = seconds(row["tls_handshake_latency"])
    fact["tlsHandshake"] = None if value == "negative" else value
    failed = fact["tlsHandshake"] is None and row["tls_protocol"] is not None
    verify = row["tls_verify_status"]
    fact["errorReason"] = None
    if verify not in (None, "Success"):
        failed = True
        if verify.startswith("Failed:") and len(verify) > 7:
            fact["errorReason"] = verify[7:]
        else:
            row.note("unknown-value")
            fact["errorReason"] = verify
    if failed:
        fact["flags"].append("tlsFailed")
    fact["traceKey"] = trace_key(row, row["conn_trace_id"])
    fact["details"] = [(x, row[x]) for x in ("leaf_client_cert_subject", "leaf_client_cert_validity",
                                             "leaf_client_cert_serial_number", "tls_keyexchange")]
    fact["loadBalancer"], fact["node"] = row["elb"], row["ip_address"]
    return fact


def health_log(row, keep):
    if row["status"] not in ("PASS", "FAIL"):
        raise Reject("not-this-format")
    reason = row["reason_code"]
    timeout = reason in ("TimedOut", "RequestTimedOut", "ConnectionTimedOut")
    outcome = "success" if row["status"] == "PASS" else "timeout" if timeout else "failure"
    fact = {"fact": "health", "kind": "alb-health-check", "time": need_time(row["time"]), "outcome": outcome}
    value = seconds(row["latency"])
    fact["latency"] = None if value == "negative" else value
    fact["status"] = number(row["status_code"], 999, "bad-status")
    fact["target"] = endpoint(row["target_addr"] or "")
    fact["targetName"] = None if fact["target"] else row["target_addr"]
    fact["targetGroup"], fact["reason"] = row["target_group_id"], reason
    fact["loadBalancer"], fact["node"] = row["elb"], row["ip_address"]
    if row["type"] not in (None, "http", "https", "h2", "grpc", "lambda"):
        row.note("unknown-value")
    return fact


def flow(row, keep):
    fact = {"fact": "flow", "version": number(row["version"], 99, "not-this-format")}
    for name, column in (("start", "start"), ("end", "end")):
        value = number(row[column], LAST // 10**9 - 1, "bad-time")
        fact[name] = None if value is None else value * 10**9
        if value is not None and value * 10**9 < FIRST:
            raise Reject("bad-time")
    if None not in (fact["start"], fact["end"]) and fact["end"] < fact["start"]:
        row.note("time-backwards")
    if row["log-status"] == "NODATA":
        raise Ignore("nodata")
    if row["log-status"] == "SKIPDATA":
        raise Ignore("skipdata")
    if row["log-status"] not in (None, "OK"):
        raise Reject("not-this-format")
    for name, column in (("source", "srcaddr"), ("destination", "dstaddr")):
        fact[name] = None
        if row[column] is not None:
            fact[name] = address(row[column])
            if fact[name] is None:
                raise Reject("bad-address")
    fact["sourcePort"], fact["destinationPort"] = number(row["srcport"], 65535), number(row["dstport"], 65535)
    fact["ipProtocol"], fact["packets"] = number(row["protocol"], 255), number(row["packets"], COUNT)
    fact["bytes"] = number(row["bytes"], COUNT)
    if row["action"] not in (None, "ACCEPT", "REJECT"):
        row.note("unknown-value")
    fact["action"] = row["action"] if row["action"] in ("ACCEPT", "REJECT") else None
    fact["account"], fact["interface"] = row["account-id"], row["interface-id"]
    for name, column in (("vpc", "vpc-id"), ("subnet", "subnet-id"), ("instance", "instance-id"), ("zone", "az-id"),
                         ("sourceService", "pkt-src-aws-service"), ("destinationService", "pkt-dst-aws-service"),
                         ("rejectReason", "reject-reason"), ("interfaceType", "interface-type")):
        fact[name] = row[column]
    for name, column in (("tcpFlags", "tcp-flags"), ("trafficPath", "traffic-path")):
        try:
            fact[name] = number(row[column], 255)
        except Reject:
            fact[name] = None
            row.note("bad-optional-field")
    for name, column in (("packetSource", "pkt-srcaddr"), ("packetDestination", "pkt-dstaddr")):
        fact[name] = None if row[column] is None else address(row[column])
        if row[column] is not None and fact[name] is None:
            row.note("bad-optional-field")
    way = row["flow-direction"]
    fact["isIngress"] = {"ingress": True, "egress": False}.get(way)
    if way not in (None, "ingress", "egress"):
        row.note("unknown-value")
    return fact


TEXTS = """loadBalancer node targetGroup domain method path userAgent tlsCipher errorReason actions classification extra certificate
details trace alpn targetName reason account interface vpc subnet instance zone sourceService destinationService rejectReason
interfaceType""".split()
READERS = {"alb": alb, "nlb": nlb, "clb": clb, "alb-connection": connection_log, "alb-health-check": health_log,
           "vpc-flow": flow}


def header_of(kind, fields):
    names = {canonical(x) for x in COLUMNS[kind]}
    known = sum(canonical(x) in names for x in fields)
    return fields if known >= 2 and known * 2 >= len(fields) else None


def extras(kind, order, values):
    """The columns that the facts have no place for, as name=value in the order of the line."""
    kept = {canonical(x) for x in (FLOW_KEPT if kind == "vpc-flow" else COLUMNS[kind])}
    seen, out = set(), []
    for name, value in zip(order, values):
        key = canonical(name)
        if (key not in kept or key in seen) and value not in ("-", "") and name:
            out.append("%s=%s" % (name, value))
        seen.add(key)
    return " ".join(out) or None


def utf8_escapes(text):
    """The JSON text with each \\uXXXX as the UTF-8 of what it names; half a surrogate pair is U+FFFD."""
    def plain(m):
        if not m[1]:
            return m[0]
        code, rest = int(m[1], 16), m[2] or ""
        if 0xD800 <= code < 0xDC00 and rest:
            code, rest = 0x10000 + ((code - 0xD800) << 10) + int(rest[2:], 16) - 0xDC00, ""
        if 0xD800 <= code < 0xE000:
            code = 0xFFFD
        out = chr(code).encode("utf-8").decode("latin-1")
        return json.dumps(out, ensure_ascii=False)[1:-1] + utf8_escapes(rest)
    return re.sub(r"\\(?:u([0-9a-fA-F]{4})(\\u[dD][c-fC-F][0-9a-fA-F]{2})?|.)", plain, text, flags=re.S)


def json_pairs(text):
    """Keys and values of a flat object as texts; objects and arrays inside as they are."""
    text = utf8_escapes(text)

    def refuse(name):
        raise ValueError(name)

    decoder = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=refuse)
    white = re.compile(r"[ \t\r]*")
    pairs, i = [], white.match(text, 1).end()
    if text[i:i + 1] == "}":
        i += 1
    else:
        while True:
            if text[i:i + 1] != '"':
                raise ValueError("key")
            key, i = decoder.raw_decode(text, i)
            i = white.match(text, i).end()
            if text[i:i + 1] != ":":
                raise ValueError("colon")
            start = white.match(text, i + 1).end()
            if text[start:start + 1] in ("", "N", "I") or text[start:start + 2] == "-I":
                raise ValueError("value")
            value, i = decoder.raw_decode(text, start)
            if isinstance(value, (dict, list)):
                value = text[start:i]
            pairs.append((key, {None: "", True: "true", False: "false"}.get(value, value)))
            i = white.match(text, i).end()
            mark = text[i:i + 1]
            i = white.match(text, i + 1).end()
            if mark == "}":
                break
            if mark != ",":
                raise ValueError("comma")
    if i != len(text):
        raise ValueError("tail")
    return pairs


def json_row(line, kind):
    try:
        texts = json_pairs(line)
    except (ValueError, RecursionError):
        raise Reject("bad-json")
    names = {canonical(x) for x in COLUMNS[kind]}
    known = sum(canonical(k) in names for k, _ in texts)
    if known * 2 <= len(texts):
        raise Reject("not-this-format")
    row = Row({canonical(k): v for k, v in texts})
    row.chosen = True
    kept = {canonical(x) for x in (FLOW_KEPT if kind == "vpc-flow" else COLUMNS[kind])}
    rest = ["%s=%s" % (k, v) for k, v in texts if canonical(k) not in kept and v not in ("-", "") and k]
    return row, " ".join(rest) or None


# Where a record that stands behind another one shows: how far behind its time, and what is there.
JOINTS = {"alb": (12, 2, endpoint), "clb": (11, 2, endpoint), "nlb": (11, 3, endpoint), "alb-connection": (7, 1, address),
          "alb-health-check": (8, 4, lambda text: text if text in ("PASS", "FAIL") else None)}


def is_joined(kind, texts, columns, order):
    """Whether a line with more columns than are known has those of two records."""
    if order is not None or kind == "vpc-flow":
        return len(texts) >= max(2 * len(columns) - 1, len(columns) + 1)
    if len(texts) <= len(columns):
        return False
    first, distance, mark = JOINTS[kind]
    texts = texts[:64]

    def ends_in_time(text):
        text = text[-27:] if len(text) >= 27 else text[-19:]
        return text[:1].isdigit() and len(text) >= 19 and parse_time(text) is not None

    return any(ends_in_time(texts[i]) and mark(texts[i + distance]) is not None
               for i in range(first, len(texts) - distance))


def flat(value):
    if isinstance(value, list):
        return ",".join(sorted(value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def main(kind, keep):
    data = sys.stdin.buffer.read().decode("latin-1")
    lines = data.split("\n")
    if lines and lines[-1] == "":
        lines.pop()
    order, offset = None, 0
    for index, raw in enumerate(lines):
        out = {"record": index + 1, "offset": offset}
        offset += len(raw) + 1
        if index == 0 and len(data) > 3 and raw.startswith("\xef\xbb\xbf"):
            raw, out["offset"] = raw[3:], 3
        line = raw.rstrip(" \r")
        row = None
        try:
            if not line:
                raise Ignore("blank")
            tail = None
            this = kind
            if raw.startswith("{"):
                row, tail = json_row(line, kind)
            else:
                fields = tokens(line)
                texts = [t for t, _ in fields]
                if raw.startswith("#"):
                    if texts[0].lower() == "#fields:":
                        order = header_of(kind, texts[1:]) or order
                    raise Ignore("header")
                if kind == "vpc-flow" and raw.startswith("v") and header_of(kind, texts):
                    order = texts
                    raise Ignore("header")
                if order is None and kind in ("alb", "clb"):
                    this = "clb" if raw[:1] in "0123456789" else "alb"
                columns = order or (FLOW2 if kind == "vpc-flow" else COLUMNS[this])
                needed = len(columns) if order or kind == "vpc-flow" else MINIMUM[this]
                row = Row({})
                try:
                    if len(fields) < needed:
                        raise Reject("too-few-fields")
                    if is_joined(this, texts, columns, order):
                        raise Reject("joined-lines")
                    pairs = {}
                    for name, text in zip(columns, texts):
                        pairs.setdefault(canonical(name), text)
                    row.values = pairs
                    row.chosen = order is not None
                    if len(fields) > len(columns):
                        row.note("unknown-tail-fields")
                        if order is None and kind in ("alb", "clb", "nlb", "alb-connection"):
                            tail = line[fields[len(columns)][1]:]
                    if order is not None:
                        tail = extras(kind, columns, texts)
                    fact = READERS[this](row, keep)
                except Reject as reason:
                    if line.startswith("Enable AccessLog for ELB"):
                        raise Ignore("test-object")
                    if header_of(kind, texts):
                        order = texts
                        raise Ignore("header")
                    raise reason
            if raw.startswith("{"):
                fact = READERS[this](row, keep)
            if tail is not None and this != "vpc-flow":
                row.note("unknown-tail-fields")
            if this in ("alb", "clb", "vpc-flow"):
                fact["extra"] = tail
            if fact["fact"] == "connection":
                fact.pop("extra", None)
                if "details" in fact:
                    fact["details"] = details(fact["details"] + [("extra", tail)])
            for name in TEXTS:
                if fact.get(name):
                    utf8(row, fact[name])
            out.update(result="accepted", anomalies=sorted(row.anomalies), **fact)
        except Ignore as reason:
            out.update(result="ignored", reason=str(reason))
        except Reject as reason:
            out.update(result="rejected", reason=str(reason))
        print(json.dumps({k: flat(v) for k, v in out.items() if v is not None and v != []}, sort_keys=True))


if __name__ == "__main__":
    if sys.argv[1] == "cat":
        with open(sys.argv[2], "rb") as f:
            content = f.read()
        sys.stdout.buffer.write(gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content)
    else:
        main(sys.argv[1], "-q" in sys.argv[2:])
