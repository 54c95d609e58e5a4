"""Sends webhooks to the receiver of Subscribing.md, signed by `standardwebhooks`: good, repeated, forged, late.

usage: webhook_sender.py DOCUMENT
"""
import base64
import datetime
import os
import pathlib
import secrets
import sqlite3
import subprocess
import sys
import tempfile
import time

import requests
from standardwebhooks import Webhook

sys.path.insert(0, str(pathlib.Path(__file__).parent))  # python -I leaves it out

from example import extracted  # noqa: E402

secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def post(url, name, body, when=None, signer=Webhook(secret), forged=None):
    when = when or datetime.datetime.now(datetime.timezone.utc)
    headers = {"webhook-id": name, "webhook-timestamp": str(int(when.timestamp())),
               "webhook-signature": signer.sign(name, when, body), "content-type": "application/cloudevents+json"}
    return requests.post(url, data=forged or body, headers=headers, timeout=10).status_code


with tempfile.TemporaryDirectory() as folder:
    store = os.path.join(folder, "inbox.db")
    environment = os.environ | {"SECRET": secret, "STORE": store, "PORT": "0"}
    program = pathlib.Path(folder, "receiver.py")
    program.write_text(extracted(sys.argv[1], "receiver.py"), encoding="utf-8")
    command = [sys.executable, "-I", program]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as receiver:
        try:
            url = f"http://127.0.0.1:{int(receiver.stdout.readline())}/"
            body = '{"specversion":"1.0","id":"3f0e8a52-6d0b-4c7e-9f11-0d5c2b7a9e10/1","data":{"say":"naïve – 💊"}}'
            begun = time.monotonic()
            assert post(url, "a/1", body) == 204
            assert time.monotonic() - begun < 2, "an answer within seconds"
            assert post(url, "a/1", body) == 204, "the same again is welcome"
            assert post(url, "a/2", body) == 204
            other = Webhook("whsec_" + base64.b64encode(b"x" * 32).decode())
            assert post(url, "b/1", body, signer=other) == 400, "another secret"
            assert post(url, "b/2", body, forged=body.replace("naïve", "naive").encode()) == 400, "another body"
            hour = datetime.timedelta(hours=1)
            late = datetime.datetime.now(datetime.timezone.utc) - hour
            assert post(url, "b/3", body, when=late) == 400, "an hour old"
            assert requests.post(url, data=body.encode(), timeout=10).status_code == 400, "not signed"
            with sqlite3.connect(store) as inbox:
                kept = inbox.execute("select id, body from inbox order by id").fetchall()
            assert [name for name, _ in kept] == ["a/1", "a/2"], kept
            assert kept[0][1].decode() == body
            print("2 kept, 1 repeated, 4 refused")
        finally:
            receiver.kill()
