"""Instances of a JSON Schema, and mutations of them, drawn from a random.Random."""
import copy
import json
import re._constants as sre
import re._parser as parser

ALPHABET = "".join(map(chr, range(33, 127)))
# What may stand where something else should: each once broke somebody's reader.
NASTY = [
    None, True, False, 0, -1, 1, 1.0, 1.5, 64, 241, 1e3, 2**31, 2**63 - 1, 2**63, -2**63, 10**30, 1e300, "", " ",
    "0", "00", "1", "-1", "+5", "9" * 19, "9" * 18, "0" * 30 + "7", "\u0661\u0662", "NO_SUCH_CODE", "no such code",
    "OTHER", "other", "KM-01", "T1", "E1", "MDI", "MDI\n", "mdi", " MDI", "Z1234BC", " z1234bc ", "Z1234\u017fA",
    "Z1234\u00df", "A12345B", "\u00a0Z1234BC", "LS9 7FL", "ls97fl", "L S 9 7 F L", "AB 1CD", "LS9\u00a07FL",
    "ABCDE1 1AA", "2026-02-30", "2024-02-29", "2026-06-05", "2026-6-5", "0000-01-01", "0001-01-01", "9999-12-31",
    "2026-06-05\n", "2026-06-05T09:15:00", "2026-06-05T09:15:00Z", "2026-06-05t09:15:00z",
    "2026-06-05T09:15:00+01:00", "2026-06-05T09:15:00.123456789-00:30", "2026-06-05T09:15:00.1234567890Z",
    "2026-06-05T24:00:00Z", "2026-06-05T09:60:00Z", "2026-06-05T09:15:60Z", "2026-06-05T09:15:61Z",
    "2026-02-30T09:15:00Z", "2026-06-05T09:15:00+24:00", "2026-06-05T09:15:00+0100", "2026-06-05 09:15:00Z",
    "2026-06-05T09:15Z", "2026-06-05T09:15:00Z\n", "2026-06-05T09:15:00.Z", "09:15", "09:15:59", "24:00", "9:15",
    "x" * 64, "x" * 65, "x" * 80, "x" * 81, "x" * 140, "x" * 141, "e\u0301" * 100, "\U0001f48a" * 140,
    "\U0001f48a" * 141, "a\u0000b", "a\u007fb", "a\tb", "3f0e8a52-6d0b-4c7e-9f11-0d5c2b7a9e10",
    "3F0E8A52-6D0B-4C7E-9F11-0D5C2B7A9E10", "3f0e8a526d0b4c7e9f110d5c2b7a9e10",
    "{3f0e8a52-6d0b-4c7e-9f11-0d5c2b7a9e10}", "urn:uuid:3f0e8a52-6d0b-4c7e-9f11-0d5c2b7a9e10", "/prisons/MDI/x",
    "/prisons/MDI", "/prisons/MDI/", "/prisons//x", "/providers/a/b/c", "/hub/x", "/hub", "//", "/prisons/MDI/a b",
    "/prisons/MDI/a//b", "/prisons/mdi/x", "/prisons/MDI/" + "x" * 147, "/prisons/MDI/" + "x" * 148,
    "application/json", "APPLICATION/JSON; charset=utf-8", "application/jsonx", "text/plain",
    "application/vnd.x+json", "text/x+JSON", "application/json\n", [], [None], ["NO_SUCH_CODE"], [[]], [{}], [1],
    ["KM-01"] * 64, ["KM-01"] * 65, ["T1"] * 65, ["OTHER"] * 2, ["E1"] * 65, {}, {"a": 1}, {"": None},
]


def text(random, pattern):
    """A text that the pattern matches, where it has no look-around."""
    return "".join(_piece(random, item) for item in parser.parse(pattern))


def _piece(random, item):
    kind, value = item
    if kind is sre.LITERAL:
        return chr(value)
    if kind is sre.NOT_LITERAL:
        return random.choice([c for c in ALPHABET if ord(c) != value])
    if kind is sre.ANY:
        return random.choice(ALPHABET)
    if kind is sre.AT:
        return ""
    if kind is sre.IN:
        return _member(random, value)
    if kind in (sre.MAX_REPEAT, sre.MIN_REPEAT):
        low, high, inner = value
        count = random.choice([low, low, min(high, low + 1), random.randint(low, min(high, low + 8))])
        return "".join(_piece(random, x) for _ in range(count) for x in inner)
    if kind is sre.SUBPATTERN:
        return "".join(_piece(random, x) for x in value[3])
    if kind is sre.BRANCH:
        return "".join(_piece(random, x) for x in random.choice(value[1]))
    raise ValueError(f"{kind} is not drawn here")


def _member(random, items):
    if items[0][0] is sre.NEGATE:
        refused = {chr(v) for k, v in items[1:] if k is sre.LITERAL}
        for kind, value in items[1:]:
            if kind is sre.RANGE:
                refused |= {chr(c) for c in range(value[0], value[1] + 1)}
        return random.choice([c for c in ALPHABET + " é💊" if c not in refused])
    kind, value = random.choice(items)
    if kind is sre.LITERAL:
        return chr(value)
    if kind is sre.RANGE:
        return chr(random.randint(*value))
    return " " if value is sre.CATEGORY_SPACE else "7"


def instance(random, schema, root):
    """Mostly valid; whoever asks judges it and asks again. Rules across fields are met by chance."""
    if "$ref" in schema:
        return instance(random, root["$defs"][schema["$ref"].rsplit("/", 1)[1]], root)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return random.choice(schema["enum"])
    if "anyOf" in schema:
        choices = [x for x in schema["anyOf"] if x != {"type": "null"} or random.random() < 0.1]
        outer = {key: rule for key, rule in schema.items() if key != "anyOf"}
        return instance(random, {**outer, **random.choice(choices or [{"type": "null"}])}, root)
    kind = schema.get("type", "object" if "properties" in schema else "string")
    if kind == "object":
        return _object(random, schema, root)
    if kind == "array":
        low, high = schema.get("minItems", 0), min(schema.get("maxItems", 4), 6)
        return [instance(random, schema.get("items", {}), root) for _ in range(random.randint(low, high))]
    if "contentSchema" in schema:
        return json.dumps(instance(random, schema["contentSchema"], root))
    if kind == "string":
        return _string(random, schema)
    if kind == "integer":
        low, high = schema.get("minimum", -5), schema.get("maximum", 10**6)
        return random.choice([low, high, random.randint(low, min(high, low + 1000))])
    return {"boolean": random.random() < 0.5, "null": None}[kind]


def _string(random, schema):
    if schema.get("format") == "date-time":
        clock = f"{random.randint(0, 23):02}:{random.randint(0, 59):02}:{random.randint(0, 59):02}"
        fraction = random.choice(["", ".5", ".123456789"])
        return f"{_date(random)}{random.choice('TTt')}{clock}{fraction}{random.choice(['Z', 'z', '+01:00', '-00:30'])}"
    if schema.get("format") == "date":
        return _date(random)
    if "pattern" in schema:
        return text(random, schema["pattern"])[:schema.get("maxLength", 1000)]
    return "".join(random.choice(ALPHABET) for _ in range(random.randint(1, 12)))


def _date(random):
    return f"{random.randint(2015, 2025)}-{random.randint(1, 12):02}-{random.randint(1, 28):02}"


def _object(random, schema, root):
    made = {}
    rules = [rule for part in schema.get("allOf", []) for rule in (part.get("then"), part.get("else")) if rule]
    wished = {name for rule in rules for name in rule.get("required", ())}
    for name, inner in schema.get("properties", {}).items():
        if name in schema.get("required", ()) or random.random() < (0.8 if name in wished else 0.5):
            made[name] = instance(random, inner, root)
    return made


def places(value, at=()):
    """Every member of every object and entry of every array, by path."""
    found = []
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        found += [(*at, key), *places(inner, (*at, key))]
    return found


def mutations(random, value, count):
    """One change each: a member left out, added or replaced, a text bent, a number moved, an entry doubled."""
    for _ in range(count):
        changed = copy.deepcopy(value)
        *way, last = random.choice(places(changed))
        holder = changed
        for step in way:
            holder = holder[step]
        old, turn = holder[last], random.randrange(7)
        if turn == 0:
            del holder[last]
        elif turn == 1 and isinstance(old, str):
            holder[last] = random.choice([
                old + "\n", " " + old, old.lower(), old.upper(), old[:-1], old + "X", old.swapcase(), old * 2])
        elif turn == 1 and isinstance(old, int):
            holder[last] = random.choice([old + 1, old - 1, -old, float(old), str(old)])
        elif turn == 2 and isinstance(holder, dict):
            holder[random.choice(["another", "Type", "", "data", "specversion"])] = random.choice(NASTY)
        elif turn == 2 and isinstance(holder, list):
            holder.append(old)
        else:
            holder[last] = copy.deepcopy(random.choice(NASTY))
        yield changed
