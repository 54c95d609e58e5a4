"""The inbound schemas as `jsonschema` reads them: draft 2020-12, formats asserted, patterns as ECMA-262 has them."""
import functools
import json
import re

from jsonschema import Draft202012Validator, FormatChecker, ValidationError, validators
from rfc3339_validator import validate_rfc3339

formats = FormatChecker()


@formats.checks("date-time")
def _date_time(value):
    # RFC 3339 allows lower case and the leap second; the package knows neither.
    return not isinstance(value, str) or validate_rfc3339(re.sub(r":60(?=[.Z+-])", ":59", value.upper()))


@functools.cache
def _ecma(pattern):
    # Python's `$` also matches before a last line feed, which that of ECMA-262 does not.
    return re.compile(pattern.replace("$", r"\Z"))


def _pattern(validator, pattern, value, schema):
    if validator.is_type(value, "string") and not _ecma(pattern).search(value):
        yield ValidationError("has another form")


Validator = validators.extend(Draft202012Validator, {"pattern": _pattern})


class Schemas:
    def __init__(self, folder):
        self.names = {path.parent.name for path in folder.glob("*/*.schema.json")}
        self._roots = {n: json.loads((folder / n / f"{n}.schema.json").read_text()) for n in self.names}
        self._judges = {}
        for root in self._roots.values():
            Draft202012Validator.check_schema(root)
        corrected = self._roots["record.corrected"]["properties"]["data"]["properties"]["correctedType"]
        self.correctable = corrected["anyOf"][0]["enum"]
        self._by_type = {}
        for name, root in self._roots.items():
            event = root.get("$defs", {}).get("event", root)["properties"]
            kind = event.get("type", event.get("eventType", {})).get("const")
            if kind:
                self._by_type[kind] = name

    def root(self, name):
        return self._roots[name]

    def event(self, name):
        return self._roots[name]["$defs"]["event"]

    def data(self, name):
        return self._roots[name]["properties"]["data"]

    def problem(self, name, instance, part="root"):
        """What is wrong with it by that schema, None where nothing is."""
        judge = self._judges.get((name, part))
        if not judge:
            judge = Validator(getattr(self, part)(name), format_checker=formats)
            self._judges[name, part] = judge
        return next((f"{e.json_path}: {e.validator}" for e in judge.iter_errors(instance)), None)

    def problem_of(self, drawn_from, event):
        """As ``problem``, by the schema of the type that the event names: a mutation may name another."""
        named = event.get("type") if "specversion" in event else event.get("eventType")
        name = self._by_type.get(named if isinstance(named, str) else None, drawn_from)
        if "specversion" in event and name.startswith("hmpps."):
            return "type: is required of a CloudEvent"
        problem = self.problem(name, event)
        if not problem and isinstance(event.get("Message"), str) and "eventType" not in event:
            # jsonschema asserts no contentSchema.
            return self._inside(drawn_from, event["Message"])
        return problem

    def _inside(self, drawn_from, message):
        try:
            inner = json.loads(message)
        except ValueError:
            return "Message: is no JSON"
        named = inner.get("eventType") if isinstance(inner, dict) else None
        return self.problem(self._by_type.get(named if isinstance(named, str) else None, drawn_from), inner, "event")
