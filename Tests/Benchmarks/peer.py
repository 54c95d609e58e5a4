"""The job's simpler core as a competent Python developer would write it by hand: confluent-kafka with transactions,
psycopg with set-based statements and binary arrays, orjson, batches of up to 5,000 records.

The same promise as floor.c: PostgreSQL first, remembering the record each handover came from, then one Kafka
transaction with the offsets inside. No custody spell, order, versions, timers, corrections or merges.
Settings come from the environment; prints FIRST and DONE with the time, then waits for the end of standard input.
"""

import os
import sys
import time

import orjson
import psycopg
from confluent_kafka import Consumer, Producer, TopicPartition

setting = os.environ
releases, kits = setting["RELEASES"], setting["KITS"]
handovers, rejected = setting["HANDOVERS"], setting["REJECTED"]
total = int(setting["TOTAL"])

BATCH_MAX = 5000
ADVICE = (
    "Tolerance falls in custody. Offer to be seen on the same day, check that a naloxone kit is carried and in date, "
    "and tell the person where to get another."
)
KEEP_KITS = """
    insert into kit select distinct on (i) i, n, p, e::date, t::timestamptz
    from unnest(%b::text[], %b::text[], %b::text[], %b::text[], %b::text[]) as u(i, n, p, e, t)
    on conflict (kit_id) do nothing"""
LOOK_UP = """
    select r.i, p.name, p.born::text, p.postcode, p.authority, coalesce(c.provider, 'NOBODY'), k.kit_id, k.product,
        k.expiry::text
    from unnest(%b::text[]) with ordinality as r(noms, i) join person p on p.noms = r.noms
    left join coverage c on c.authority = p.authority
    left join lateral (select * from kit where kit.noms = r.noms order by issued_at desc limit 1) k on true
    where p.agreed"""
RECORD = """
    insert into handover select i, n, v, t::timestamptz, b::jsonb, s, o
    from unnest(%b::text[], %b::text[], %b::text[], %b::text[], %b::text[], %b::int4[], %b::int8[])
        as u(i, n, v, t, b, s, o)
    on conflict do nothing returning handover_id, partition, "offset" """
MINE = 'select handover_id, partition, "offset" from handover where handover_id = any(%b)'


def say(mark):
    print(mark, f"{time.time():.6f}", flush=True)


def columns(rows):
    return [list(column) for column in zip(*rows)]


def sort_out(messages):
    """Kits, releases, what is refused, and the offsets after the batch."""
    new_kits, released, refused, offsets = [], [], [], {}
    for m in messages:
        offsets[m.topic(), m.partition()] = m.offset() + 1
        try:
            event = orjson.loads(m.value())
            noms, when = m.key().decode(), dict(m.headers())["ce_time"].decode()
            if m.topic() == kits:
                new_kits.append((event["kitId"], noms, event["product"], event["expiryDate"], when))
            elif event["releaseReason"] != "DIED":
                at = event["releasedAt"]
                released.append((f"{noms}/{at}", noms, at, event, m.partition(), m.offset()))
        except (AttributeError, KeyError, TypeError, ValueError):
            refused.append(m)
    return new_kits, released, refused, offsets


def handover(row, release):
    identity, noms, at, event, _, _ = release
    return orjson.dumps({
        "handoverId": identity, "releasedAt": at, "prison": event["prisonId"],
        "person": {"noms": noms, "name": row[1], "dob": row[2], "postcode": row[3], "authority": row[4]},
        "provider": row[5], "kit": row[6] and {"id": row[6], "product": row[7], "expires": row[8]}, "advice": ADVICE,
    }).decode()


def record(postgres, new_kits, released):
    """Writes the batch in one transaction; gives back what this batch must send."""
    rows = []
    with postgres.transaction():
        if new_kits:
            postgres.execute(KEEP_KITS, columns(new_kits))
        if released:
            for row in postgres.execute(LOOK_UP, [[release[1] for release in released]]):
                identity, noms, at, _, partition, offset = release = released[row[0] - 1]
                rows.append((identity, noms, row[5], at, handover(row, release), partition, offset))
        if not rows:
            return []
        mine = set(postgres.execute(RECORD, columns(rows)).fetchall())
        absent = [row[0] for row in rows if (row[0], row[5], row[6]) not in mine]
        if absent:
            mine.update(postgres.execute(MINE, [absent]).fetchall())
    return [row for row in rows if (row[0], row[5], row[6]) in mine]


def main():
    common = {"bootstrap.servers": setting["KAFKA"]}
    consumer = Consumer(common | {
        "group.id": setting["GROUP"], "auto.offset.reset": "earliest", "enable.auto.commit": False,
        "isolation.level": "read_committed", "receive.message.max.bytes": 1_000_000_000, "fetch.wait.max.ms": 50})
    producer = Producer(common | {
        "transactional.id": setting["GROUP"], "linger.ms": 1, "compression.type": "lz4",
        "queue.buffering.max.messages": 1_000_000})
    producer.init_transactions(10)
    consumer.subscribe([releases, kits])
    postgres = psycopg.connect(setting["POSTGRES"], prepare_threshold=0)
    seen = 0
    while not total or seen < total:
        messages = [m for m in consumer.consume(BATCH_MAX, 0.01) if not m.error()]
        if not messages:
            continue
        if not seen:
            say("FIRST")
        new_kits, released, refused, offsets = sort_out(messages)
        sent = record(postgres, new_kits, released)
        producer.begin_transaction()
        for row in sent:
            producer.produce(handovers, key=row[0], value=row[4])
        for m in refused:
            producer.produce(rejected, key=m.key(), value=m.value())
        places = [TopicPartition(topic, partition, offset) for (topic, partition), offset in offsets.items()]
        producer.send_offsets_to_transaction(places, consumer.consumer_group_metadata(), 10)
        producer.commit_transaction(10)
        seen += len(messages)
    say("DONE")
    sys.stdin.read()


main()
