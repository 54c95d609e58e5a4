"""Whether an answer is as the description says: `described.py SCHEMA FILE`, a component of Schemas/openapi.yaml and a
file with the JSON. Says what differs and ends with 1 where something does."""
import json
import pathlib
import sys

import yaml
from jsonschema import Draft202012Validator

name, answer = sys.argv[1:]
described = yaml.safe_load((pathlib.Path(__file__).parents[2] / "Schemas/openapi.yaml").read_text())
schema = {"components": described["components"], "$ref": f"#/components/schemas/{name}"}
found = list(Draft202012Validator(schema).iter_errors(json.loads(pathlib.Path(answer).read_text())))
for problem in found:
    print(f"{name}: {'/'.join(map(str, problem.absolute_path))}: {problem.message}")
sys.exit(1 if found else 0)
