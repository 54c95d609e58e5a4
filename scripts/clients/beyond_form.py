"""The rules that a schema cannot say, told once more and apart from the program (Schemas/README.md lists them)."""
import datetime
import json
import re

AHEAD = datetime.timedelta(hours=24)
UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
DIGITS = re.compile("[0-9]+")
LARGEST = 2**63 - 1


def broken_rule(schemas, event):
    """The rule that a valid event breaks, None where it breaks none."""
    if "specversion" not in event:
        return _hmpps(event)
    data = event["data"]
    name = event["type"].removeprefix("throughgate.").removesuffix(".v1")
    return (_source(event, data) or _time(event) or _numbers(event, data) or _correction(schemas, event, data)
            or _reasons(schemas, name, data) or _subject(name, event["subject"], data))


def _person(value):
    return value.strip().upper() if isinstance(value, str) else None


def _source(event, data):
    spoken = re.match(r"/prisons/([A-Z]{3})/", event["source"])
    for told in (data, data.get("replacement") or {}):
        for name in ("prisonId", "fromPrisonId"):
            if told.get(name) is not None and (not spoken or told[name] != spoken[1]):
                return "who may speak for a prison"
    return None


def _time(event):
    text = re.sub(r"\.\d+", "", event["time"].upper()).replace(":60", ":59").replace("Z", "+00:00")
    now = datetime.datetime.now(datetime.timezone.utc)
    try:
        return "not from the future" if datetime.datetime.fromisoformat(text) > now + AHEAD else None
    except (ValueError, OverflowError):
        return None  # beyond Python's own calendar: year 0


def _reasons(schemas, name, data):
    """A set of one to three: the same one twice counts once, and so do two unknown ones."""
    if name != "thn.training.refused":
        return None
    known = schemas.data(name)["properties"]["reasons"]["items"]["anyOf"][0]["enum"]
    return "one to three" if len({x if x in known else "OTHER" for x in data["reasons"]}) > 3 else None


def _numbers(event, data):
    texts = [event.get("sequence"), data.get("bookingId"), (data.get("replacement") or {}).get("bookingId")]
    return "64 bits" if any(isinstance(x, str) and DIGITS.fullmatch(x) and int(x) > LARGEST for x in texts) else None


def _correction(schemas, event, data):
    of = event.get("correctionof")
    if of is not None and of.lower() == event["id"].lower():
        return "another event is corrected"
    if event["type"] != "throughgate.record.corrected.v1":
        return None
    if data["correctionOf"].lower() == event["id"].lower():
        return "another event is corrected"
    if of is not None and (of.lower() != data["correctionOf"].lower() or event["correctionkind"] != data["kind"]):
        return "attributes and data say the same correction"
    if data["kind"] != "AMEND":
        return None
    replacement, named = data["replacement"], data.get("correctedType")
    if named:
        problem = schemas.problem(named, replacement, "data") or _reasons(schemas, named, replacement)
        return f"the replacement is {named}: {problem}" if problem else _subject(
            named, event["subject"], replacement)
    fits = [n for n in schemas.correctable
            if not schemas.problem(n, replacement, "data") and not _unknown(schemas.data(n), replacement)
            and not _differ(n, replacement) and not _reasons(schemas, n, replacement)]
    return _subject(fits[0], event["subject"], replacement) if len(fits) == 1 else "the fields of one event type"


def _unknown(schema, value):
    """Whether it has members that no field claims."""
    fields = schema.get("properties", {})
    for name, inner in value.items():
        if name not in fields:
            return True
        group = next((x for x in fields[name].get("anyOf", ()) if "properties" in x), None)
        if group and isinstance(inner, dict) and _unknown(group, inner):
            return True
    return False


def _differ(name, data):
    pairs = {"identity.merged": ("removedNoms", "survivingNoms"), "identity.booking_moved": ("fromNoms", "toNoms")}
    if name not in pairs:
        return False
    one, other = (_person(data.get(field)) for field in pairs[name])
    return one == other


def _subject(name, subject, data):
    """Subject and data name the same one."""
    if _differ(name, data):
        return "two different people"
    person = _person(subject)
    ids = {"handover.acknowledged": "handoverId", "engagement.recorded": "handoverId", "task.resolved": "taskId"}
    field = ids.get(name)
    if field:
        if UUID.fullmatch(subject):
            return None if subject.lower() == data[field].lower() else "subject and data agree"
        return None if name == "task.resolved" else "subject and data agree"
    if name == "identity.merged" and person not in (_person(data["survivingNoms"]), _person(data.get("removedNoms"))):
        return "subject and data agree"
    if name == "identity.booking_moved" and person != _person(data["toNoms"]):
        return "subject and data agree"
    if name != "record.corrected" and UUID.fullmatch(subject):
        return "subject and data agree"
    return None


def _hmpps(event):
    if "eventType" not in event and isinstance(event.get("Message"), str):
        event = json.loads(event["Message"])
    info = event["additionalInformation"]
    kind = event["eventType"].removeprefix("prison-offender-events.prisoner.")
    named = _referred(event)
    if named is not None and not re.fullmatch(r"[A-Z][0-9]{4}[A-Z]{2}", named):
        return "personReference names a person"
    if isinstance(info.get("bookingId"), str) and int(info["bookingId"]) > LARGEST:
        return "64 bits"
    if kind == "booking.moved":
        one, other = _person(info["movedFromNomsNumber"]), _person(info["movedToNomsNumber"])
        return "two different people" if one == other or named not in (None, one, other) else None
    inner = _person(info.get("nomsNumber"))
    if named is None and inner is None:
        return "somebody is named"
    if named is not None and inner not in (None, named):
        return "both name the same person"
    if kind == "merged" and _person(info.get("removedNomsNumber")) == (named or inner):
        return "two different people"
    return None


def _referred(event):
    """The first NOMS identifier, "" where it has none to read."""
    reference = event.get("personReference")
    entries = reference.get("identifiers") if isinstance(reference, dict) else None
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, dict) and entry.get("type") == "NOMS":
            return _person(entry.get("value")) or ""
    return None
