"""Publishes one event in each mode of the CloudEvents HTTP binding, built by the `cloudevents` package.

usage: ingest.py BASE_URL TOKEN PRISON
"""
import datetime
import json
import sys
import uuid

import requests
from cloudevents.v1.conversion import to_binary, to_structured
from cloudevents.v1.http import CloudEvent

base, token, prison = sys.argv[1:4]


def event():
    now = datetime.datetime.now(datetime.timezone.utc).isoformat()
    return CloudEvent({
        "id": str(uuid.uuid4()), "type": "throughgate.custody.received.v1", "source": f"/prisons/{prison}/nomis-feed",
        "subject": "Z1234BC", "time": now, "recordedtime": now, "datacontenttype": "application/json",
    }, {"prisonId": prison, "reason": "ADMISSION"})


def post(headers, body):
    headers = dict(headers) | {"Authorization": f"Bearer {token}"}
    answer = requests.post(f"{base}/v1/events", headers=headers, data=body, timeout=30)
    assert answer.status_code == 202, f"{answer.status_code} {answer.text}"
    print(answer.status_code)


post(*to_binary(event()))
post(*to_structured(event()))
batch = [json.loads(to_structured(event())[1]) for _ in range(3)]
post({"content-type": "application/cloudevents-batch+json"}, json.dumps(batch))
