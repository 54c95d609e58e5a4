"""A subscriber of feed, stream or webhooks that does it right, and on demand wrong: for `throughgate conformance`.

usage: subscriber.py DETAILS feed|stream|webhook:PORT [FAULT]   DETAILS: the file that `conformance --details` writes
FAULT: forgets (acknowledges each copy), old (acknowledges an old version after a newer one), deaf (ignores a
stand-down), eager (acknowledges what it cannot know), stops (at a field that it does not know), unsigned (verifies no
signature), timeless (verifies no time), fails (at a field that it does not know, with 500). Standard library only.
"""
import base64
import hashlib
import hmac
import http.server
import json
import sys
import time
import urllib.error
import urllib.request

details = json.load(open(sys.argv[1], encoding="utf-8"))
door, fault = sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else ""
bearer = {"Authorization": f"Bearer {details['token']}"}
known = {f"throughgate.handover.{kind}.v1" for kind in ("drug-service", "supervision", "child-service")}
seen, newest = set(), {}


def call(path, headers=None, body=None):
    request = urllib.request.Request(details["url"] + path, headers=bearer | (headers or {}), data=body)
    return urllib.request.urlopen(request, timeout=60)


def take(event):
    if event["type"] not in known and fault != "eager":
        return
    handover, version = event["id"].rsplit("/", 1)
    version = int(version)
    if fault == "fails" and "futureField" in event["data"]:
        raise ValueError("a field that I do not know")
    if fault == "stops" and "futureField" in event["data"]:
        raise SystemExit("a field that I do not know")
    if fault != "forgets" and event["id"] in seen:  # at least once: the id is always the same
        return
    if fault != "old" and fault != "forgets" and version < newest.get(handover, 0):
        return
    if fault == "deaf" and event["data"].get("kind") == "STOOD_DOWN":
        return
    seen.add(event["id"])
    newest[handover] = max(version, newest.get(handover, 0))
    body = json.dumps({"version": version, "decision": "ACCEPTED"}).encode()
    call(f"/v1/handovers/{handover}/acknowledgements", {"Content-Type": "application/json"}, body).read()


def feed(cursor=""):
    while True:
        page = json.load(call(f"/v1/handovers?after={cursor}"))
        for event in page["handovers"]:
            take(event)
        cursor = page["next"]
        time.sleep(0.1)


def stream(last=""):
    while True:
        field = {}
        for line in call("/v1/handovers/stream", {"Last-Event-ID": last} if last else {}):
            name, _, value = line.decode().rstrip("\n").partition(": ")
            if name:
                field[name] = value
            elif "data" in field:
                take(json.loads(field["data"]))
                last, field = field["id"], {}


def trusted(headers, body):
    """By the Standard Webhooks convention: base64 of HMAC-SHA-256 over id, time and body as they came."""
    stamp, name = headers["webhook-timestamp"], headers["webhook-id"]
    if fault != "timeless" and abs(time.time() - int(stamp)) > 300:
        return False
    key = base64.b64decode(details["webhookSecret"].removeprefix("whsec_"))
    right = base64.b64encode(hmac.digest(key, f"{name}.{stamp}.".encode() + body, hashlib.sha256)).decode()
    signatures = [text.removeprefix("v1,") for text in headers["webhook-signature"].split() if text.startswith("v1,")]
    return fault == "unsigned" or any(hmac.compare_digest(right, text) for text in signatures)


class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        status = 204
        try:
            if trusted(self.headers, body):
                take(json.loads(body))
            else:
                status = 401
        except ValueError:
            status = 500
        self.send_response(status)
        self.end_headers()

    def log_message(self, *arguments):
        pass


if door.startswith("webhook:"):
    http.server.ThreadingHTTPServer(("127.0.0.1", int(door.partition(":")[2])), Receiver).serve_forever()
try:
    {"feed": feed, "stream": stream}[door]()
except (urllib.error.URLError, ConnectionError) as error:
    raise SystemExit(f"the sandbox is gone: {error}")
