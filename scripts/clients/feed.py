"""Reads a recipient's handovers once and acknowledges each first version.

usage: feed.py BASE_URL TOKEN      prints one line a handover version, then the cursor to go on from
"""
import sys

import requests

base, token = sys.argv[1:3]
session = requests.Session()
session.headers["Authorization"] = f"Bearer {token}"
cursor, seen = "", set()
while True:
    answer = session.get(f"{base}/v1/handovers", params={"after": cursor, "limit": 2}, timeout=30)
    answer.raise_for_status()
    page = answer.json()
    for event in page["handovers"]:
        if event["id"] in seen:  # at least once: the id is always the same
            continue
        seen.add(event["id"])
        handover, version = event["id"].rsplit("/", 1)
        print(event["type"], event["id"], event["data"].get("kind"))
        reply = session.post(
            f"{base}/v1/handovers/{handover}/acknowledgements",
            json={"version": int(version), "decision": "ACCEPTED"}, timeout=30)
        assert reply.status_code == 202, reply.text
    cursor = page["next"]
    if not page["more"]:
        break
print("next", cursor)
