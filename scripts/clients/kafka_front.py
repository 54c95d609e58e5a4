"""A front before the tests' broker, which knows neither TLS nor sign-in: ends TLS, asks who it is, and passes on.

    kafka_front.py LOG BROKERPORT CERTIFICATE KEY [client-ca=FILE] [user=NAME] [secret=SECRET]

The first line of LOG is the port it listens on; each connection adds `tls`, and, where a user is given, `PLAIN` or
`SCRAM-SHA-512` with `ok` or `refused`. With `client-ca` a client must show a certificate of that authority. The
broker's own address in answers is replaced by the front's, so that clients come back through it.
"""
import base64
import hashlib
import hmac
import os
import pathlib
import socket
import ssl
import struct
import sys
import threading

log, broker, certificate, key = pathlib.Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]
more = dict(word.split("=", 1) for word in sys.argv[5:])

HANDSHAKE, API_VERSIONS, AUTHENTICATE = 17, 18, 36
UNSUPPORTED_VERSION, UNSUPPORTED_MECHANISM, REFUSED = 35, 33, 58


def say(line):
    with log.open("a") as file:
        file.write(line + "\n")


def exactly(source, count):
    data = b""
    while len(data) < count:
        part = source.recv(count - len(data))
        if not part:
            raise EOFError
        data += part
    return data


def frame(source):
    return exactly(source, struct.unpack(">i", exactly(source, 4))[0])


def send(target, data):
    target.sendall(struct.pack(">i", len(data)) + data)


def text(value):
    return struct.pack(">h", len(value)) + value.encode()


class Plain:
    def step(self, message):
        _, name, secret = message.split(b"\0")
        return (name.decode(), secret.decode()) == (more["user"], more["secret"]), b"", True


class Scram:
    """RFC 5802, with SHA-512."""
    first = server = None

    def step(self, message):
        if self.first is None:
            self.first = message.decode().split(",", 2)[2]
            given = dict(part.split("=", 1) for part in self.first.split(","))
            salt = os.urandom(16)
            self.salted = hashlib.pbkdf2_hmac("sha512", more["secret"].encode(), salt, 4096)
            self.isKnown = given["n"] == more["user"]
            nonce = given["r"] + base64.b64encode(os.urandom(12)).decode()
            self.server = f"r={nonce},s={base64.b64encode(salt).decode()},i=4096"
            return True, self.server.encode(), False
        bare, proof = message.decode().rsplit(",p=", 1)
        said = f"{self.first},{self.server},{bare}".encode()
        client = hmac.digest(self.salted, b"Client Key", "sha512")
        signature = hmac.digest(hashlib.sha512(client).digest(), said, "sha512")
        shown = bytes(a ^ b for a, b in zip(base64.b64decode(proof), signature))
        verifier = hmac.digest(hmac.digest(self.salted, b"Server Key", "sha512"), said, "sha512")
        good = self.isKnown and hmac.compare_digest(shown, client)
        return good, b"v=" + base64.b64encode(verifier), True


def sign_in(client, upstream):
    """Until who is there is known; False where they are refused."""
    mechanism = name = None
    while True:
        request = frame(client)
        api, version, number, length = struct.unpack(">hhih", request[:10])
        body, answer = request[10 + max(0, length):], struct.pack(">i", number)
        if api == API_VERSIONS and version > 0:
            send(client, answer + struct.pack(">hi", UNSUPPORTED_VERSION, 0))
        elif api == API_VERSIONS:
            send(upstream, request)
            offered = frame(upstream)
            count = struct.unpack(">i", offered[6:10])[0]
            own = struct.pack(">hhhhhh", HANDSHAKE, 1, 1, AUTHENTICATE, 0, 0)
            send(client, offered[:6] + struct.pack(">i", count + 2) + offered[10:] + own)
        elif api == HANDSHAKE:
            name = body[2:].decode()
            mechanism = {"PLAIN": Plain, "SCRAM-SHA-512": Scram}.get(name, lambda: None)()
            state = 0 if mechanism else UNSUPPORTED_MECHANISM
            send(client, answer + struct.pack(">hi", state, 2) + text("PLAIN") + text("SCRAM-SHA-512"))
        elif api == AUTHENTICATE and mechanism:
            good, said, done = mechanism.step(body[4:])
            words = text("who you are could not be shown") if not good else struct.pack(">h", -1)
            state = struct.pack(">h", 0 if good else REFUSED)
            send(client, answer + state + words + struct.pack(">i", len(said)) + said)
            if done or not good:
                say(f"{name} {'ok' if good else 'refused'}")
                return good
        else:
            return False


def serve(raw):
    try:
        client = context.wrap_socket(raw, server_side=True)
    except (ssl.SSLError, OSError):
        return raw.close()
    say("tls")
    upstream = socket.create_connection(("127.0.0.1", broker))
    try:
        if "user" in more and not sign_in(client, upstream):
            return
        threading.Thread(target=back, args=(upstream, client), daemon=True).start()
        while data := client.recv(65536):
            upstream.sendall(data)
    except (OSError, EOFError):
        pass
    finally:
        for end in (upstream, client):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


def back(upstream, client):
    theirs, own = (b"127.0.0.1" + struct.pack(">i", number) for number in (broker, port))
    try:
        while True:
            send(client, frame(upstream).replace(theirs, own))
    except (OSError, EOFError):
        try:
            client.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate, key)
if "client-ca" in more:
    context.load_verify_locations(more["client-ca"])
    context.verify_mode = ssl.CERT_REQUIRED
listener = socket.create_server(("127.0.0.1", 0))
port = listener.getsockname()[1]
say(str(port))
while True:
    accepted, _ = listener.accept()
    threading.Thread(target=serve, args=(accepted,), daemon=True).start()
