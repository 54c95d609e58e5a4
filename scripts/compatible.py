#!/usr/bin/env python3
"""A published version of a schema is never edited in a way that breaks whoever relies on it.

Compares Schemas/ with those of the last tag v* and ends with 1 where a change breaks somebody. For messages that come
in, what was accepted must be accepted still; for messages that go out, what is sent must be what readers were told of.
Fields may be added in both directions: readers ignore members that they do not know.

usage: compatible.py [--against FOLDER]      a folder of published schemas instead of the last tag
"""
import argparse
import io
import json
import pathlib
import subprocess
import sys
import tarfile
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
OUTBOUND = {"handover.drug-service", "handover.supervision", "handover.child-service", "handover.stood-down",
            "transfer.briefing", "task.escalated"}
WORDS = {"$schema", "$id", "title", "description", "examples", "contentMediaType", "$defs", "$comment"}
FLOORS = {"minimum", "minLength", "minItems", "minProperties", "exclusiveMinimum"}
CEILINGS = {"maximum", "maxLength", "maxItems", "maxProperties", "exclusiveMaximum"}


class Comparison:
    def __init__(self, old, new, goes_out):
        self.old, self.new, self.goes_out = inlined(old, old), inlined(new, new), goes_out
        self.found = []

    def run(self):
        self.compare(self.old, self.new, "")
        return self.found

    def broken(self, place, what):
        self.found.append(f"{place or '/'}: {what}")

    def compare(self, old, new, place):
        if old == new:
            return
        if isinstance(old, bool) or isinstance(new, bool):
            return self.whole(old, new, place)
        self.values(old, new, place)
        for keyword in sorted((set(old) | set(new)) - WORDS - {"const", "enum"}):
            before, after = old.get(keyword), new.get(keyword)
            if before != after:
                self.keyword(keyword, before, after, place)

    def whole(self, old, new, place):
        """One of the two is true or false: everything, or nothing."""
        narrower = new is False or old is True
        if narrower != self.goes_out:
            self.broken(place, "is closed" if narrower else "is opened")

    def values(self, old, new, place):
        before, after = listed(old), listed(new)
        if before == after:
            return
        lost = before is None or after is not None and any(v not in after for v in before)
        gained = after is None or before is not None and any(v not in before for v in after)
        if lost and not self.goes_out:
            self.broken(place, "a value is taken no more")
        if gained and self.goes_out:
            self.broken(place, "a value is sent that readers were not told of")

    def keyword(self, keyword, before, after, place):
        if keyword == "required":
            self.required(set(before or ()), set(after or ()), place)
        elif keyword == "properties":
            self.properties(before or {}, after or {}, place)
        elif keyword == "additionalProperties":
            self.compare(True if before is None else before, True if after is None else after, f"{place}/*")
        elif keyword == "type":
            self.types(before, after, place)
        elif keyword in ("items", "contentSchema") and before is not None and after is not None:
            self.compare(before, after, f"{place}/{keyword}")
        elif keyword in ("anyOf", "oneOf") and before is not None and after is not None:
            self.branches(before, after, f"{place}/{keyword}")
        elif keyword in FLOORS | CEILINGS:
            self.bound(keyword, before, after, place)
        elif before is None or after is None:
            # Any other rule that comes or goes makes the schema narrower or wider.
            if (before is None) != self.goes_out:
                self.broken(place, f"{keyword} is new" if before is None else f"{keyword} is gone")
        else:
            self.broken(place, f"{keyword} is another; whether it takes the same can't be told")

    def required(self, before, after, place):
        for name in sorted(before - after if self.goes_out else after - before):
            self.broken(f"{place}/{name}", "may be missing now" if self.goes_out else "is required now")

    def properties(self, before, after, place):
        for name in sorted(before):
            if name not in after:
                self.broken(f"{place}/{name}", "is gone")
            else:
                self.compare(before[name], after[name], f"{place}/{name}")

    def types(self, before, after, place):
        one, other = types(before), types(after)
        if not self.goes_out and (one is None or other is not None and not one <= other):
            self.broken(place, "a type is taken no more")
        if self.goes_out and (other is None or one is not None and not other <= one):
            self.broken(place, "a type is sent that readers were not told of")

    def branches(self, before, after, place):
        asked, offered = (after, before) if self.goes_out else (before, after)
        for branch in asked:
            if not any(self.fits(branch, other) for other in offered):
                self.broken(place, f"no branch has {json.dumps(branch)[:120]}")

    def fits(self, branch, other):
        trial = Comparison({}, {}, self.goes_out)
        trial.compare(*((other, branch) if self.goes_out else (branch, other)), "")
        return not trial.found

    def bound(self, keyword, before, after, place):
        widest = float("-inf") if keyword in FLOORS else float("inf")
        one, other = (widest if x is None else x for x in (before, after))
        narrower = other > one if keyword in FLOORS else other < one
        if narrower != self.goes_out:
            self.broken(place, f"{keyword} is {'narrower' if narrower else 'wider'}")


def inlined(schema, root):
    """The schema with what it refers to in place of the references; none of ours refers to itself."""
    if isinstance(schema, list):
        return [inlined(x, root) for x in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        target = root
        for part in schema["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        return inlined({**target, **{k: v for k, v in schema.items() if k != "$ref"}}, root)
    return {key: inlined(value, root) for key, value in schema.items()}


def listed(schema):
    return [schema["const"]] if "const" in schema else schema.get("enum")


def types(value):
    kinds = None if value is None else {value} if isinstance(value, str) else set(value)
    return kinds | {"integer"} if kinds and "number" in kinds else kinds


def differences(old, new):
    """What in the folder `new` breaks somebody who relies on the folder `old`."""
    found = []
    for path in sorted(old.glob("*/*.schema.json")):
        name, now = path.parent.name, new / path.parent.name / path.name
        if not now.exists():
            found.append(f"{name}: is gone")
            continue
        read = (json.loads(x.read_text(encoding="utf-8")) for x in (path, now))
        found += [f"{name} {x}" for x in Comparison(*read, name in OUTBOUND).run()]
    return found


def git(*arguments):
    return subprocess.run(["git", "-C", ROOT, *arguments], capture_output=True, check=False)


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--against", type=pathlib.Path)
    options.add_argument("--schemas", type=pathlib.Path, default=ROOT / "Schemas")
    given = options.parse_args()
    if given.against:
        found, before = differences(given.against, given.schemas), str(given.against)
    else:
        tag = git("describe", "--tags", "--abbrev=0", "--match", "v[0-9]*")
        if tag.returncode:
            print("schemas: no version is published yet (no tag v*): nothing to compare with")
            return 0
        before = tag.stdout.decode().strip()
        with tempfile.TemporaryDirectory() as folder:
            archive = git("archive", before, "Schemas")
            if archive.returncode:
                print(f"schemas: {before} has no folder Schemas: nothing to compare with")
                return 0
            with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as files:
                files.extractall(folder, filter="data")
            found = differences(pathlib.Path(folder) / "Schemas", given.schemas)
    for line in found:
        print(f"schemas: breaks {before}: {line}")
    if not found:
        print(f"schemas: nothing breaks {before}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
