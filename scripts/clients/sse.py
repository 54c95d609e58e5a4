"""Reads the stream of handovers by sseclient-py, breaks off in the middle, and goes on where it was.

usage: sse.py BASE_URL TOKEN COUNT      prints the id of each handover; ends with 1 where one is missing or comes twice
"""
import json
import sys

import requests
import sseclient

base, token, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
headers = {"Authorization": f"Bearer {token}", "Accept": "text/event-stream"}


def read(last, wanted):
    """So many events after the one named, and the id of the last of them."""
    resume = {"Last-Event-ID": last} if last else {}
    with requests.get(f"{base}/v1/handovers/stream", headers=headers | resume, stream=True, timeout=30) as answer:
        answer.raise_for_status()
        assert answer.headers["content-type"].startswith("text/event-stream"), answer.headers
        found = []
        for event in sseclient.SSEClient(answer).events():
            assert event.event == "handover", event.event
            found.append(json.loads(event.data)["id"])
            last = event.id
            if len(found) == wanted:
                return found, last
    sys.exit(f"the stream ended after {len(found)} of {wanted}")


half = max(1, count // 2)
first, last = read(None, half)
rest, _ = read(last, count - half)
ids = first + rest
assert len(set(ids)) == count, ids
print("\n".join(ids))
