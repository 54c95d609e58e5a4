"""Reads asyncapi.yaml by an independent model of AsyncAPI 3.0, and once more with a fault in it.

usage: asyncapi.py FILE
"""
import copy
import sys
import warnings

import yaml
from pydantic import ValidationError

warnings.simplefilter("ignore")  # the package's own, about a field that it names `schema`
from asyncapi3.models.asyncapi import AsyncAPI3  # noqa: E402

with open(sys.argv[1], encoding="utf-8") as file:
    document = yaml.safe_load(file)
read = AsyncAPI3.model_validate(document)
spoiled = copy.deepcopy(document)
spoiled["operations"]["receiveTimers"]["action"] = "listen"
try:
    AsyncAPI3.model_validate(spoiled)
    sys.exit("an operation that listens is taken for good")
except ValidationError:
    print(f"AsyncAPI {document['asyncapi']}: {len(document['channels'])} channels, "
          f"{len(document['operations'])} operations, {len(document['components']['messages'])} messages")
