"""Lets schemathesis ask the running API whatever openapi.yaml allows, and what it forbids, with each kind of token.

usage: fuzz.py OPENAPI BASE_URL SEED EXAMPLES IDS KIND=TOKEN...

IDS is JSON, {"event": …, "handover": …, "task": …}: what is there to be asked for, beside what is not. KIND= asks
without a token. Server errors and answers that the description does not know of end this with 1. The stream of
handovers never ends, so a token that may read it is not sent there; it has a client of its own (sse.py).
"""
import json
import pathlib
import subprocess
import sys
import tempfile

import yaml

description, base, seed, examples, ids, *tokens = sys.argv[1:]
CHECKS = ("not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,"
          "response_schema_conformance,negative_data_rejection,unsupported_method,ignored_auth")


# A batch is answered by item: 207 is a refusal of some or of all of them.
SETTINGS = """
[checks.negative_data_rejection]
expected-statuses = ["207", "400", "401", "403", "404", "405", "409", "413", "415", "429"]
"""


def with_ids(document, known):
    """The description with ids that exist among those that may be asked for."""
    def allow(parameter, name):
        if name in known:
            parameter["schema"] = {"anyOf": [{"enum": [known[name]]}, parameter["schema"]]}
    allow(document["components"]["parameters"]["HandoverID"], "handover")
    for path, name in (("/v1/events/{id}", "event"), ("/v1/tasks/{id}/resolution", "task")):
        for operation in document["paths"][path].values():
            allow(operation["parameters"][0], name)
    return document


def ask(folder, file, kind, token):
    command = [
        sys.executable, "-I", "-m", "schemathesis.cli", "run", file, "--url", base, "--seed", seed,
        "--checks", CHECKS, "--max-examples", examples, "--mode", "all", "--phases", "examples,coverage,fuzzing",
        # 503 is what /readyz is there for.
        "--exclude-path", "/readyz",
        "--generation-database", "none", "--request-timeout", "20", "--no-color", "--workers", "1"]
    if token:
        command += ["--header", f"Authorization: Bearer {token}"]
    if kind == "recipient":
        command += ["--exclude-path", "/v1/handovers/stream"]
    # What it leaves behind it leaves where it runs.
    said = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    print(f"{kind}: exit {said.returncode}, seed {seed}")
    if said.returncode:
        print(said.stdout[-8000:], said.stderr[-2000:])
    else:
        print("\n".join(line for line in said.stdout.splitlines() if "generated" in line))
    return said.returncode


with open(description, encoding="utf-8") as file:
    document = with_ids(yaml.safe_load(file), json.loads(ids))
with tempfile.TemporaryDirectory() as folder:
    pathlib.Path(folder, "schemathesis.toml").write_text(SETTINGS, encoding="utf-8")
    copy = pathlib.Path(folder, "openapi.yaml")
    copy.write_text(yaml.safe_dump(document), encoding="utf-8")
    failed = [each for each in tokens if ask(folder, copy, *each.split("=", 1))]
sys.exit(1 if failed else 0)
