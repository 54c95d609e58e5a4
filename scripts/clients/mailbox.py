"""An SMTP relay for tests: takes messages by the aiosmtpd package and writes them down.

    mailbox.py PORT LOG MODE

PORT 0 takes a free one. The first line of LOG is the port; each message adds a line of JSON. MODE is a file: `take`, or
an answer such as `451 later`.
"""
import asyncio
import json
import pathlib
import sys

from aiosmtpd.smtp import SMTP

port, log, mode = int(sys.argv[1]), pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])


def say(line):
    with log.open("a") as file:
        file.write(line + "\n")


class Mailbox:
    async def handle_DATA(self, server, session, envelope):
        told = mode.read_text().strip()
        say(json.dumps({"from": envelope.mail_from, "to": envelope.rcpt_tos, "answer": told,
                        "text": envelope.content.decode()}))
        return "250 taken" if told == "take" else told


async def serve():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(Mailbox(), hostname="relay.example"), "127.0.0.1", port)
    say(str(server.sockets[0].getsockname()[1]))
    await server.serve_forever()


asyncio.run(serve())
