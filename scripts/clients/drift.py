"""Asks the program and an independent validator the same question: is this event taken?

Draws instances of every inbound schema and mutations of them, lets `throughgate publish --check --json` judge all of
them in one process and `jsonschema` (draft 2020-12, formats asserted) each of them; ends with 1 where the two differ.

usage: drift.py PROGRAM SCHEMAS [--seed N] [--each N]
"""
import argparse
import json
import pathlib
import random
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parent))  # python -I leaves it out

from beyond_form import broken_rule  # noqa: E402
from instances import instance, mutations  # noqa: E402
from schema_reading import Schemas  # noqa: E402

OUTBOUND = {"handover.drug-service", "handover.supervision", "handover.child-service", "handover.stood-down",
            "transfer.briefing", "task.escalated"}
# Right in form, but taken from the hub alone and on its own topic.
NOT_FROM_OUTSIDE = {"hub.timer.fired"}


def settled(name, event, draw):
    """Puts in what must agree across fields, most of the time; what is left disagrees on purpose."""
    data = event.get("data")
    if name.startswith("hmpps.") or not isinstance(data, dict) or draw.random() < 0.05:
        return event
    for field in ("prisonId", "fromPrisonId"):
        if isinstance(data.get(field), str):
            event["source"] = f"/prisons/{data[field]}/nomis-feed"
    same = {"handover.acknowledged": "handoverId", "engagement.recorded": "handoverId", "task.resolved": "taskId",
            "identity.merged": "survivingNoms", "identity.booking_moved": "toNoms"}.get(name)
    if same in data:
        event["subject"] = data[same]
    for there, other in (("correctionof", "correctionkind"), ("correctionkind", "correctionof")):
        if event.get(there) is not None and event.get(other) is None:
            event[other] = "VOID" if other == "correctionkind" else "5e3f6d0c-2b1a-4c3d-8e9f-001122334455"
    return event


def record_corrected(schemas, event, draw):
    """A replacement that is some other event's data, or nearly."""
    data = event["data"]
    event["subject"] = "Z1234BC"
    event.pop("correctionof", None), event.pop("correctionkind", None)
    if data.get("kind") == "AMEND":
        name = draw.choice(schemas.correctable)
        replacement = instance(draw, schemas.data(name), schemas.data(name))
        if draw.random() < 0.6:
            data["correctedType"] = name
        data["replacement"] = replacement
        for field in ("handoverId", "taskId"):
            if field in replacement:
                event["subject"] = replacement[field]
        for field in ("survivingNoms", "toNoms"):
            if field in replacement:
                event["subject"] = replacement[field]
        for field in ("prisonId", "fromPrisonId"):
            if isinstance(replacement.get(field), str):
                event["source"] = f"/prisons/{replacement[field]}/nomis-feed"
    else:
        data.pop("replacement", None)
    return event


def cases(schemas, seed, each):
    for name in sorted(schemas.names - OUTBOUND - NOT_FROM_OUTSIDE):
        draw = random.Random(f"{seed} {name}")
        made, tries = 0, 0
        while made < each and tries < each * 40:
            tries += 1
            event = instance(draw, schemas.root(name), schemas.root(name))
            if name == "record.corrected" and isinstance(event.get("data"), dict):
                event = record_corrected(schemas, event, draw)
            event = settled(name, event, draw)
            if schemas.problem(name, event):
                continue
            made += 1
            yield name, event
            for changed in mutations(draw, event, 12):
                yield name, changed
        if made < each:
            sys.exit(f"seed {seed}: only {made} valid instances of {name} in {tries} tries")


def main():
    options = argparse.ArgumentParser()
    options.add_argument("program")
    options.add_argument("schemas", type=pathlib.Path)
    options.add_argument("--seed", type=int, default=20261122)
    options.add_argument("--each", type=int, default=25)
    given = options.parse_args()
    schemas = Schemas(given.schemas)
    drawn = list(cases(schemas, given.seed, given.each))
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as file:
        file.writelines(json.dumps(event, ensure_ascii=False) + "\n" for _, event in drawn)
        file.flush()
        command = [given.program, "publish", "--check", "--json", file.name]
        said = subprocess.run(command, capture_output=True, text=True, check=False)
    judged = [json.loads(line) for line in said.stdout.splitlines()]
    if len(judged) != len(drawn):
        sys.exit(f"{len(drawn)} events, {len(judged)} judgements: {said.stderr}")
    counts, differences = {"GOOD": 0, "BAD": 0, "beyond form": 0}, 0
    for (name, event), verdict in zip(drawn, judged):
        problem = schemas.problem_of(name, event)
        beyond = None if problem else broken_rule(schemas, event)
        counts["beyond form" if beyond else verdict["verdict"]] += 1
        if (verdict["verdict"] == "BAD") != bool(problem or beyond):
            differences += 1
            if differences <= 40:
                print(f"{name}: jsonschema {problem or beyond or 'takes it'}; the program {json.dumps(verdict)}\n"
                      f"    {json.dumps(event, ensure_ascii=False)}")
    print(f"seed {given.seed}: {len(drawn)} events, {counts['GOOD']} taken, {counts['BAD']} refused by form, "
          f"{counts['beyond form']} by rules beyond form; {differences} differences")
    # A run that refuses nothing, or takes nothing, proves nothing.
    return 1 if differences or min(counts.values()) == 0 else 0


sys.exit(main())
