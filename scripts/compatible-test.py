#!/usr/bin/env python3
"""compatible.py can fail: each kind of breaking change is found, each harmless one is not, and tags are found."""
import copy
import importlib.util
import json
import pathlib
import shutil
import subprocess
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
spec = importlib.util.spec_from_file_location("compatible", HERE / "compatible.py")
compatible = importlib.util.module_from_spec(spec)
spec.loader.exec_module(compatible)

BASE = {
    "type": "object", "required": ["a"], "additionalProperties": False,
    "properties": {
        "a": {"type": "string", "pattern": "^x$", "maxLength": 5}, "b": {"type": "integer", "minimum": 1, "maximum": 9},
        "c": {"enum": ["P", "Q"]}, "d": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        "e": {"type": "array", "items": {"$ref": "#/$defs/code"}, "maxItems": 3},
        "f": {"type": "object", "properties": {"g": {"const": 1}}},
    },
    "$defs": {"code": {"enum": ["K", "L"]}},
}


def changed(*way, to):
    schema = copy.deepcopy(BASE)
    holder = schema
    for step in way[:-1]:
        holder = holder[step]
    if to is None:
        del holder[way[-1]]
    else:
        holder[way[-1]] = to
    return schema


P = "properties"
# What is changed, and whether that breaks those who send, and those who read.
CASES = {
    "a field is removed": (changed(P, "b", to=None), True, True),
    "a field within a field is removed": (changed(P, "f", P, to={}), True, True),
    "a field is added": (changed(P, "h", to={"type": "string"}), False, False),
    "a field is required": (changed("required", to=["a", "b"]), True, False),
    "a field may be missing": (changed("required", to=[]), False, True),
    "a code is removed": (changed(P, "c", "enum", to=["P"]), True, False),
    "a code is added": (changed(P, "c", "enum", to=["P", "Q", "R"]), False, True),
    "a code behind a reference is removed": (changed("$defs", "code", "enum", to=["K"]), True, False),
    "a constant is another": (changed(P, "f", P, "g", "const", to=2), True, True),
    "a constant becomes one of a list": (changed(P, "f", P, "g", to={"enum": [1, 2]}), False, True),
    "a type is another": (changed(P, "b", "type", to="string"), True, True),
    "a type is narrower": (changed(P, "b", "type", to=["integer", "null"]), False, True),
    "a pattern is another": (changed(P, "a", "pattern", to="^y$"), True, True),
    "a pattern is gone": (changed(P, "a", "pattern", to=None), False, True),
    "a pattern is new": (changed(P, "b", "pattern", to="^y$"), True, False),
    "a ceiling is lower": (changed(P, "b", "maximum", to=8), True, False),
    "a ceiling is higher": (changed(P, "b", "maximum", to=10), False, True),
    "a floor is higher": (changed(P, "b", "minimum", to=2), True, False),
    "a floor is gone": (changed(P, "b", "minimum", to=None), False, True),
    "a list is shorter": (changed(P, "e", "maxItems", to=2), True, False),
    "null is taken no more": (changed(P, "d", "anyOf", to=[{"type": "string"}]), True, False),
    "a branch is added": (changed(P, "d", "anyOf", to=BASE[P]["d"]["anyOf"] + [{"type": "integer"}]), False, True),
    "members are opened": (changed("additionalProperties", to=None), False, True),
    "a rule that is not understood is new": (changed("not", to={"required": ["b"]}), True, False),
    "words are others": (changed("description", to="other words"), False, False),
    "nothing": (copy.deepcopy(BASE), False, False),
}


class Changes(unittest.TestCase):
    def test_each_change_breaks_whom_it_breaks(self):
        for name, (schema, breaks_senders, breaks_readers) in CASES.items():
            for goes_out, breaks in ((False, breaks_senders), (True, breaks_readers)):
                with self.subTest(name, goes_out=goes_out):
                    self.assertEqual(bool(compatible.Comparison(BASE, schema, goes_out).run()), breaks)

    def test_closing_an_open_object_breaks_senders(self):
        opened = changed("additionalProperties", to=None)
        self.assertTrue(compatible.Comparison(opened, BASE, False).run())
        self.assertFalse(compatible.Comparison(opened, BASE, True).run())

    def test_every_schema_of_this_repository_agrees_with_itself_and_not_without_its_fields(self):
        for path in sorted((HERE.parent / "Schemas").glob("*/*.schema.json")):
            schema = json.loads(path.read_text(encoding="utf-8"))
            with self.subTest(path.parent.name):
                self.assertEqual(compatible.Comparison(schema, copy.deepcopy(schema), False).run(), [])
                if "data" in schema.get(P, {}):
                    spoiled = copy.deepcopy(schema)
                    del spoiled[P]["data"]
                    self.assertTrue(compatible.Comparison(schema, spoiled, True).run())


class Tags(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        (self.folder / "scripts").mkdir()
        shutil.copy(HERE / "compatible.py", self.folder / "scripts")
        self.schema = self.folder / "Schemas/x/x.schema.json"
        self.schema.parent.mkdir(parents=True)
        self.schema.write_text(json.dumps(BASE))
        self.git("init", "--quiet")
        self.git("add", ".")
        self.git("-c", "user.name=test", "-c", "user.email=test@example.org", "commit", "--quiet", "-m", "first")

    def git(self, *arguments):
        subprocess.run(["git", "-C", self.folder, *arguments], check=True, capture_output=True)

    def verdict(self):
        said = subprocess.run(
            ["python3", self.folder / "scripts/compatible.py"], capture_output=True, text=True, check=False)
        return said.returncode, said.stdout

    def test_without_a_tag_it_says_so(self):
        status, said = self.verdict()
        self.assertEqual(status, 0)
        self.assertIn("no version is published yet", said)

    def test_against_the_last_tag_a_field_that_goes_fails_and_one_that_comes_passes(self):
        self.git("tag", "v1.0.0")
        self.assertEqual(self.verdict()[0], 0)
        self.schema.write_text(json.dumps(changed(P, "h", to={"type": "string"})))
        self.assertEqual(self.verdict()[0], 0)
        self.schema.write_text(json.dumps(changed(P, "b", to=None)))
        status, said = self.verdict()
        self.assertEqual(status, 1)
        self.assertIn("breaks v1.0.0: x /b: is gone", said)
        self.schema.unlink()
        self.assertEqual(self.verdict()[0], 1)


if __name__ == "__main__":
    unittest.main()
