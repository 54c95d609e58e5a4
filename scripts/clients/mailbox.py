"""An SMTP relay for tests: takes messages by the aiosmtpd package and writes them down.

    mailbox.py PORT LOG MODE [CERTIFICATE KEY]

PORT 0 takes a free one. The first line of LOG is the port; each message adds a line of JSON. MODE is a file: `take`, or
an answer such as `451 later`. With a certificate it takes nothing before STARTTLS. To a recipient that begins with
`hang` it never answers, and writes `hanging`.
"""
import asyncio
import json
import pathlib
import ssl
import sys

from aiosmtpd.smtp import SMTP

port, log, mode = int(sys.argv[1]), pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])


def say(line):
    with log.open("a") as file:
        file.write(line + "\n")


context = None
if len(sys.argv) > 4:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[4], sys.argv[5])


class Mailbox:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("hang"):
            say("hanging")
            await asyncio.sleep(3600)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        told = mode.read_text().strip()
        say(json.dumps({"from": envelope.mail_from, "to": envelope.rcpt_tos, "answer": told,
                        "tls": session.ssl is not None, "text": envelope.content.decode()}))
        return "250 taken" if told == "take" else told


async def serve():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(Mailbox(), hostname="relay.example", tls_context=context, require_starttls=context is not None),
        "127.0.0.1", port)
    say(str(server.sockets[0].getsockname()[1]))
    await server.serve_forever()


asyncio.run(serve())
