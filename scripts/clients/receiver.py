"""A webhook receiver for tests: verifies each message as the standardwebhooks package does and answers as it is told.

    receiver.py PORT SECRET LOG MODE ADDRESS [CERTIFICATE KEY]

PORT 0 takes a free one. The first line of LOG is the port; each request adds `STATUS ID ok|bad NUMBER`, NUMBER counting
the signatures, and its body to LOG.bodies. MODE is a file: the status to answer with; `hang` keeps the answer back
until it says something else; `flood` answers without end, and adds `flooded ID ok KIB` once the other side closed.
"""
import pathlib
import ssl
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from standardwebhooks import Webhook

port, secret, log, mode = int(sys.argv[1]), sys.argv[2], pathlib.Path(sys.argv[3]), pathlib.Path(sys.argv[4])

bodies = pathlib.Path(sys.argv[3] + ".bodies")


def told():
    return mode.read_text().split() or ["200"]


def say(line):
    with log.open("a") as file:
        file.write(line + "\n")


class Receiver(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        try:
            event = Webhook(secret).verify(body, dict(self.headers))
            said = event["id"]
            if not event["type"].startswith("throughgate.alert."):
                data = event["data"]
                said = f"{event['subject']}/{said.rpartition('/')[2] if isinstance(data, str) else data['version']}"
            known = said == self.headers["webhook-id"] == event["id"]
        except Exception:
            known = False
        count = len(self.headers["webhook-signature"].split())
        status = told()[0]
        with bodies.open("ab") as file:
            file.write(body + b"\n")
        say(f"{status} {self.headers['webhook-id']} {'ok' if known else 'bad'} {count}")
        deadline = time.monotonic() + 60
        while status == "hang" and time.monotonic() < deadline:
            time.sleep(0.02)
            status = told()[0]
        if status == "flood":
            return self.flood()
        self.send_response(int(status))
        for header in told()[1:]:
            name, value = header.split("=", 1)
            self.send_header(name, value)
        self.send_header("content-length", "0")
        self.end_headers()

    def flood(self):
        """An answer without end, or 64 MiB of it: how much could be said until the other side had enough."""
        self.send_response(200)
        self.end_headers()
        written = 0
        try:
            while written < 64 << 20:
                self.wfile.write(bytes(65536))
                written += 65536
        except OSError:
            pass
        self.close_connection = True
        say(f"flooded {self.headers['webhook-id']} ok {written >> 10}")

    def log_message(self, *arguments):
        pass


ThreadingHTTPServer.daemon_threads = True
server = ThreadingHTTPServer((sys.argv[5], port), Receiver)
if len(sys.argv) > 6:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[6], sys.argv[7])
    server.socket = context.wrap_socket(server.socket, server_side=True)
say(str(server.server_address[1]))
server.serve_forever()
